/** How components come by the texts of the island they are in. */
import { getContext } from 'svelte';
import type { Texts } from './texts.ts';

const CONTEXT = 'texts';

/** What `mount` is given so that components find their texts. */
export function textsContext(texts: Texts): Map<unknown, unknown> {
  return new Map([[CONTEXT, texts]]);
}

/** The texts of the island a component is in. Call while the component starts. */
export function useTexts(): Texts {
  return getContext<Texts>(CONTEXT);
}

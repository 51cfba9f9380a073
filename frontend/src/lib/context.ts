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

const READER = 'reader';

/** What `mount` is given so that components know who reads. */
export function readerContext(texts: Texts, reader: string | null): Map<unknown, unknown> {
  return textsContext(texts).set(READER, reader);
}

/** The signed-in person, where the island told its components. */
export function useReader(): string | null {
  return getContext<string | null | undefined>(READER) ?? null;
}

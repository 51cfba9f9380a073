/** The studio island: going live from the browser. Props come from the page. */
import { mount } from 'svelte';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { openLine } from './line.ts';
import { Sender } from './sender.svelte.ts';
import StudioView from './Studio.svelte';

export interface StudioProps {
  /** Where WHIP offers go. */
  endpoint: string;
  /** Paths of the stage's desk and of the stage itself. */
  desk: string;
  stage: string;
  lang: string;
}

export async function start(element: HTMLElement, props: StudioProps): Promise<void> {
  const texts = await loadTexts(props.lang, ['studio']);
  const sender = new Sender({
    openLine: (tracks, events) => openLine(props.endpoint, tracks, events),
    now: () => Date.now(),
  });
  element.replaceChildren();
  mount(StudioView, {
    target: element,
    props: { sender, desk: props.desk, stage: props.stage },
    context: textsContext(texts),
  });
}

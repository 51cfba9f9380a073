/** The player island: a stage while it is on, a recording after. Props come from the page. */
import { mount } from 'svelte';
import { live } from '../../lib/live.ts';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { stage } from '../../lib/api.ts';
import { startOf } from './links.ts';
import { follow, type Facts, type Followed } from './follow.ts';
import Player from './Player.svelte';

export interface PlayerProps extends Followed {
  /** Whether this is a stage, not a recording. */
  live: boolean;
  title: string;
  lang: string;
  zone?: string | null;
}

export async function start(element: HTMLElement, props: PlayerProps): Promise<void> {
  const texts = await loadTexts(props.lang, ['player', 'stages']);
  const facts: Facts = $state({ next: null });
  element.replaceChildren();
  const player = mount(Player, {
    target: element,
    props: {
      kind: props.live ? 'live' : 'replay',
      // A session's page has no playlist before its recording is there.
      src: props.src === '' ? null : props.src,
      live: props.on_air ?? false,
      title: props.title,
      from: startOf(location.search),
      times: timesIn(props.lang, props.zone),
      onplayback: (playback) => {
        if (props.topic !== null) live().playback(props.topic, playback);
      },
      get next() {
        return facts.next;
      },
    },
    context: textsContext(texts),
  });
  follow(props, facts, (input) => player.take(input), {
    subscribe: (topic, after, reader) => live().subscribe(topic, after, reader),
    stage,
    report: reportError,
  });
}

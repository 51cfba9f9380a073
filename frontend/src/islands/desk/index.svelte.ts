/**
 * The desk island: what the publisher sends, in words and at once; and the run
 * of show brought up to date when anyone starts or ends a session. The cues and
 * the stream key stay the server's forms.
 */
import { mount } from 'svelte';
import type { Audience, StageHealth } from '../../generated/protocol.ts';
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import Health from './Health.svelte';
import { words, type Words } from './health.ts';

export interface DeskProps {
  /** `desk:...` */
  topic: string;
  /** `stage:...`, which tells of sessions that start and end. */
  stage: string;
  lang: string;
  /** How it played at the viewers' when the page was made. */
  audience: Audience;
}

/** Few people have a desk open: they may all come at once. */
const SPREAD_MS = 300;

export async function start(element: HTMLElement, props: DeskProps): Promise<void> {
  const texts = await loadTexts(props.lang, ['desk', 'live']);
  const connection = live();
  const shown: { words: Words | null } = $state({ words: null });
  let audience = props.audience;
  let last: StageHealth | null = null;
  connection.subscribe(props.topic, undefined, {
    audience: (told) => {
      audience = told;
      if (last !== null) shown.words = words(last, audience, texts);
    },
    health: (health) => {
      const first = shown.words === null;
      last = health;
      shown.words = words(health, audience, texts);
      if (!first) return;
      // Until the first report the server's panel tells what it knew.
      element.replaceChildren();
      mount(Health, {
        target: element,
        props: {
          get words() {
            return shown.words ?? words(health, audience, texts);
          },
          status: connection.status,
        },
        context: textsContext(texts),
      });
    },
  });
  const show = refresher(['.cues', '.show'], SPREAD_MS);
  connection.subscribe(props.stage, undefined, {
    event: (event) => {
      if (event.type === 'session_started' || event.type === 'session_ended') show.soon();
    },
  });
}

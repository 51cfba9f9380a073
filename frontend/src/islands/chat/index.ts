/** The chat island: a channel's messages, live. Props come from the page. */
import { mount } from 'svelte';
import { messages } from '../../lib/api.ts';
import { live } from '../../lib/live.ts';
import { textsContext } from '../../lib/context.ts';
import { remember } from '../../lib/preferences.ts';
import { loadTexts } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { Channel } from './channel.svelte.ts';
import Chat from './Chat.svelte';

export interface ChatProps {
  channel: string;
  topic: string;
  /** The signed-in person. */
  me: string | null;
  /** Whether they may write and react, else what the page's gate tells them. */
  writing: 'open' | 'sign_in' | 'register' | 'closed';
  lang: string;
  /** The reader's zone, where they chose one. */
  zone?: string | null;
}

export async function start(element: HTMLElement, props: ChatProps): Promise<void> {
  const connection = live();
  const channel = new Channel(props.channel, props.topic, props.me, {
    subscribe: (topic, after, reader) => connection.subscribe(topic, after, reader),
    send: (command) => connection.send(command),
    messages,
    later: (ms, act) => void setTimeout(act, ms),
    report: reportError,
  });
  const [texts] = await Promise.all([
    loadTexts(props.lang, ['chat', 'channels', 'live']),
    channel.start(),
  ]);
  const gate = element.querySelector('.gate');
  // Somebody may have begun to write in the server's form while this loaded.
  const begun = element.querySelector<HTMLTextAreaElement>('form textarea[name=body]');
  if (begun?.value) remember(sessionStorage, `draft.${props.channel}`, begun.value);
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const message = focused?.closest('.message')?.id;
  element.replaceChildren();
  mount(Chat, {
    target: element,
    props: {
      channel,
      status: connection.status,
      times: timesIn(props.lang, props.zone),
      allowed: props.writing === 'open' && props.me !== null,
      gate,
    },
    context: textsContext(texts),
  });
  if (focused === null) return;
  // Who came by keys goes on where they were: at the gate, at their message, else at the field.
  const places = [
    gate?.contains(focused) ? focused : null,
    message ? document.getElementById(message) : null,
    element.querySelector('textarea'),
    element.querySelector('[data-message][tabindex="0"]'),
  ];
  places.find((place) => place instanceof HTMLElement)?.focus();
}

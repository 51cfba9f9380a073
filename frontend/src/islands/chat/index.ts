/** The chat island: a channel's messages, live. Props come from the page. */
import { mount } from 'svelte';
import { messages } from '../../lib/api.ts';
import { live } from '../../lib/live.ts';
import { loadTexts, textsContext } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { Channel } from './channel.svelte.ts';
import Chat from './Chat.svelte';

export interface ChatProps {
  channel: string;
  topic: string;
  /** The signed-in person, who may write. */
  me: string | null;
  /** Where a visitor signs in and comes back from. */
  sign_in: string;
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
  const [texts] = await Promise.all([loadTexts(props.lang, ['chat', 'live']), channel.start()]);
  element.replaceChildren();
  mount(Chat, {
    target: element,
    props: {
      channel,
      status: connection.status,
      times: timesIn(props.lang, props.zone),
      signIn: props.sign_in,
    },
    context: textsContext(texts),
  });
}

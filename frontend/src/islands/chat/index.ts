/** The chat island: a channel's messages, live. Props come from the page. */
import { mount } from 'svelte';
import type { Image, Message } from '../../generated/protocol.ts';
import { messages, removeAtOnce, thread } from '../../lib/api.ts';
import { live } from '../../lib/live.ts';
import { readerContext } from '../../lib/context.ts';
import { remember } from '../../lib/preferences.ts';
import { loadTexts } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { removeImage, sendImage } from './carrier.ts';
import { Channel, type Outside } from './channel.svelte.ts';
import Chat from './Chat.svelte';
import { openReport, type ReportForm } from './reports.ts';
import { Reading } from './reading.svelte.ts';

export interface ChatProps {
  channel: string;
  topic: string;
  /** The signed-in person. */
  me: string | null;
  /** `person:...`: where their other devices tell what they read. */
  person?: string | null;
  /** Number of the last message they have seen; null where they were never here. */
  mark?: number | null;
  /** Number of the channel's newest message when the page was made. */
  newest?: number;
  /** Whether they may write and react, else what the page's gate tells them. */
  writing: 'open' | 'sign_in' | 'register' | 'closed' | 'waiting';
  /** Of whom the reader wants nothing. */
  blocked?: string[];
  /** Path of the channel's page. */
  url?: string;
  /** Begins the addresses of people's cards, for those who may see them. */
  people?: string | null;
  /** The same for moderators' pages about people, for those who look after them here. */
  ward?: string | null;
  /** Where those who may learn who is here do so. */
  here?: { api: string; page: string } | null;
  /** For those who may report something. */
  report?: ReportForm | null;
  /** Number of the message that the page was opened for. */
  at?: number | null;
  /** The thread that the page is about. */
  thread?: { id: string; seq: number } | null;
  /** The reader's own messages that wait for a moderator, or were not let through. */
  held?: { source: string; images?: Image[]; refused: boolean }[];
  may_remove?: boolean;
  may_pin?: boolean;
  lang: string;
  /** The reader's zone, where they chose one. */
  zone?: string | null;
}

/** Opens the form here; where it cannot be loaded, its own page. */
function reporting(lang: string, form: ReportForm) {
  return async (message: Message, messages: Message[]): Promise<void> => {
    try {
      await openReport(lang, form, message, messages);
    } catch (reason) {
      reportError(reason);
      location.assign(`${form.url}?message=${message.id}`);
    }
  };
}

export async function start(element: HTMLElement, props: ChatProps): Promise<void> {
  const connection = live();
  const outside: Outside = {
    subscribe: (topic, begin, reader) => connection.subscribe(topic, begin, reader),
    send: (command) => connection.send(command),
    writing: (topic) => connection.writing(topic),
    messages,
    thread,
    removeAtOnce,
    sendImage,
    removeImage,
    // The last word of a channel's address is its own.
    go: (slug) => location.assign(new URL(slug, new URL(props.url ?? '', location.href))),
    later: (ms, act) => void setTimeout(act, ms),
    report: reportError,
  };
  const root = props.thread?.id ?? null;
  const channel = new Channel(props.channel, props.topic, props.me, outside, root);
  channel.showHeld(props.held ?? []);
  addEventListener('pagehide', () => channel.flush());
  const [texts] = await Promise.all([
    loadTexts(props.lang, ['chat', 'channels', 'live']),
    channel.start(props.at ?? undefined),
  ]);
  channel.newest = Math.max(channel.newest, props.newest ?? 0);
  // Whoever may write takes part, and has a place that is kept.
  const kept = props.writing === 'open' && props.me !== null;
  const reading = new Reading(props.channel, props.mark ?? null, channel.newest, kept, {
    subscribe: (topic, after, reader) => connection.subscribe(topic, after, reader),
    send: (command) => connection.send(command),
    later: (ms, act) => void setTimeout(act, ms),
  });
  if (props.person) reading.follow(props.person);
  const gate = element.querySelector('.gate');
  // Somebody may have begun to write in the server's form while this loaded.
  const begun = element.querySelector<HTMLTextAreaElement>('form textarea[name=body]');
  const place = root === null ? props.channel : `${props.channel}.${root}`;
  if (begun?.value) remember(sessionStorage, `draft.${place}`, begun.value);
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const message = focused?.closest('.message')?.id;
  element.replaceChildren();
  mount(Chat, {
    target: element,
    props: {
      channel,
      reading: root === null ? reading : null,
      status: connection.status,
      times: timesIn(props.lang, props.zone),
      allowed: props.writing === 'open' && props.me !== null,
      gate,
      blocked: props.blocked ?? [],
      mayRemove: props.may_remove ?? false,
      mayPin: props.may_pin ?? false,
      url: props.url ?? location.pathname,
      people: props.people ?? null,
      ward: props.ward ?? null,
      names: props.here ?? null,
      onreport: props.report ? reporting(props.lang, props.report) : null,
      optionsPlace: document.querySelector('[data-aloud]'),
      at: props.at ?? null,
      now: () => connection.now(),
    },
    context: readerContext(texts, props.me),
  });
  // In the strip of channels that a phone has, the open one is in sight.
  const here = document.querySelector('nav.channels [aria-current]');
  here?.scrollIntoView({ block: 'nearest', inline: 'center' });
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

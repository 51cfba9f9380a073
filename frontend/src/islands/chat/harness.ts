/** A channel's surroundings for tests: the test plays the server. */
import type {
  Command,
  Event,
  Image,
  Message,
  MessagePage,
  ThreadPage,
} from '../../generated/protocol.ts';
import type { Window } from '../../lib/api.ts';
import { Refused, type Reader } from '../../lib/live.ts';
import type { Beginning } from '../../lib/session.ts';
import type { Outside } from './channel.svelte.ts';
import type { Sending } from './uploads.svelte.ts';

interface Settle<Value> {
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

export function picture(id: string, over: Partial<Image> = {}): Image {
  const url = `/images/${id}`;
  return {
    ...{ id, alt: '', width: 800, height: 600, url: `${url}/large`, thumbnail: `${url}/small` },
    ...over,
  };
}

export function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    channel: 'c',
    seq,
    author: { id: 'bob', name: 'Bob', pronouns: null },
    sent_at: Date.UTC(2026, 10, 23, 9, 0, seq),
    source: `message ${seq}`,
    body: [{ type: 'paragraph', children: [{ type: 'text', text: `message ${seq}` }] }],
    reactions: [],
    kind: 'said',
    thread: null,
    in_channel: true,
    replies: 0,
    last_reply_at: null,
    reply_to: null,
    edited_at: null,
    removed: null,
    pinned: false,
    mentions: [],
    images: [],
    ...over,
  };
}

/** A page with nothing before, after or on top of it, unless told. */
export function page(messages: Message[], over: Partial<MessagePage> = {}): MessagePage {
  return {
    messages,
    seq: 10,
    more_before: false,
    more_after: false,
    pins: [],
    timeline: null,
    ...over,
  };
}

export class FakeServer implements Outside {
  pages: MessagePage[];
  reader: Reader = {};
  resumed: number[] = [];
  /** How often the newest messages were asked for over the live connection. */
  begun = 0;
  /** Whether the live connection says nothing. */
  silent = false;
  sent: { command: Command; settle: (refusal?: Refused) => void }[] = [];
  asked: (number | undefined)[] = [];
  timers: (() => void)[] = [];
  reported: unknown[] = [];
  removedAtOnce: string[] = [];
  gone: string[] = [];
  pictures: { file: Blob; progress: (part: number) => void; done: Settle<Image> }[] = [];
  removedImages: string[] = [];
  writings: string[] = [];
  #seq: number;

  /** Answers reads with these pages, one after the other. */
  constructor(...pages: MessagePage[]) {
    this.pages = pages;
    this.#seq = pages[0]?.seq ?? 0;
  }
  subscribe(_topic: string, begin: Beginning, reader: Reader) {
    this.reader = reader;
    if (begin === 'history') this.#begin();
    return {
      resume: (seq: number) => this.resumed.push(seq),
      anew: () => this.#begin(),
      close: () => undefined,
    };
  }
  #begin(): void {
    this.begun += 1;
    if (this.silent) return;
    queueMicrotask(() => {
      const page = this.pages.shift();
      if (page) this.reader.history?.(page);
    });
  }
  send(command: Command): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sent.push({ command, settle: (refusal) => (refusal ? reject(refusal) : resolve()) });
    });
  }
  messages(_channel: string, window: Window = {}): Promise<MessagePage> {
    this.asked.push(window.before ?? window.after ?? window.around);
    const page = this.pages.shift();
    return page ? Promise.resolve(page) : Promise.reject(new Error('the server is away'));
  }
  async thread(root: string, window: Window = {}): Promise<ThreadPage> {
    return { root: message(1, { id: root }), ...(await this.messages('c', window)) };
  }
  go(slug: string): void {
    this.gone.push(slug);
  }
  writing(topic: string): void {
    this.writings.push(topic);
  }
  removeAtOnce(id: string): void {
    this.removedAtOnce.push(id);
  }
  sendImage(_channel: string, file: Blob, progress: (part: number) => void): Sending {
    const done = new Promise<Image>((resolve, reject) => {
      this.pictures.push({ file, progress, done: { resolve, reject } });
    });
    return { done, stop: () => undefined };
  }
  removeImage(id: string): void {
    this.removedImages.push(id);
  }
  later(_ms: number, act: () => void): void {
    this.timers.push(act);
  }
  report(reason: unknown): void {
    this.reported.push(reason);
  }
  tell(event: Event, replayed = false): void {
    this.#seq += 1;
    this.reader.event?.(event, this.#seq, replayed);
  }
}

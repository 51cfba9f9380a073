/** A channel's surroundings for tests: the test plays the server. */
import type { Command, Event, Message, MessagePage } from '../../generated/protocol.ts';
import { Refused, type Reader } from '../../lib/live.ts';
import type { Outside } from './channel.svelte.ts';

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
    ...over,
  };
}

export class FakeServer implements Outside {
  pages: MessagePage[];
  reader: Reader = {};
  resumed: number[] = [];
  sent: { command: Command; settle: (refusal?: Refused) => void }[] = [];
  asked: (number | undefined)[] = [];
  timers: (() => void)[] = [];
  reported: unknown[] = [];
  #seq: number;

  /** Answers reads with these pages, one after the other. */
  constructor(...pages: MessagePage[]) {
    this.pages = pages;
    this.#seq = pages[0]?.seq ?? 0;
  }
  subscribe(_topic: string, _after: number | undefined, reader: Reader) {
    this.reader = reader;
    return { resume: (seq: number) => this.resumed.push(seq), close: () => undefined };
  }
  send(command: Command): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sent.push({ command, settle: (refusal) => (refusal ? reject(refusal) : resolve()) });
    });
  }
  messages(_channel: string, before?: number): Promise<MessagePage> {
    this.asked.push(before);
    const page = this.pages.shift();
    return page ? Promise.resolve(page) : Promise.reject(new Error('the server is away'));
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

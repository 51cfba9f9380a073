/** A channel as this page holds it: what was read, what arrives, what is on its way. */
import type { Command, Event, Message, MessagePage, Problem } from '../../generated/protocol.ts';
import { Refused, type Reader, type Subscription } from '../../lib/live.ts';
import { accepted, refused, replaced, without, type Pending } from './pending.ts';
import { apply, prepend, trim } from './reducer.ts';

/** What a channel needs of the world; `live()` and the JSON API on a page. */
export interface Outside {
  subscribe(topic: string, after: number | undefined, reader: Reader): Subscription;
  send(command: Command): Promise<void>;
  /** The newest page, or the one before message number `before`. */
  messages(channel: string, before?: number): Promise<MessagePage>;
  /** Calls back once, later; for what must not stay for ever. */
  later(ms: number, act: () => void): void;
  report(reason: unknown): void;
}

/** After an acknowledgement the event is due; a stand-in is not kept much longer. */
const STAND_IN_MS = 5_000;
const FETCH_AGAIN_MS = 5_000;

export class Channel {
  page: MessagePage = $state.raw({ messages: [], seq: 0, more_before: false });
  pending: Pending[] = $state.raw([]);
  /** Whether older messages are being fetched, or could not be. */
  older: 'idle' | 'loading' | 'failed' = $state('idle');
  /** Why the last reaction was refused. */
  problem: Problem | null = $state.raw(null);
  readonly id: string;
  readonly me: string | null;
  #topic: string;
  #outside: Outside;
  #subscription: Subscription | undefined;
  #next = 0;
  /** Called for each message that is new to the reader and from somebody else. */
  onmessage: (message: Message) => void = () => undefined;

  constructor(id: string, topic: string, me: string | null, outside: Outside) {
    this.id = id;
    this.me = me;
    this.#topic = topic;
    this.#outside = outside;
  }

  /** Reads the newest messages and follows what comes after them. */
  async start(): Promise<void> {
    this.page = await this.#outside.messages(this.id);
    this.#subscription = this.#outside.subscribe(this.#topic, this.page.seq, {
      event: (event, seq, replayed) => this.#take(event, seq, replayed),
      resync: () => void this.#refetch(),
    });
  }

  stop(): void {
    this.#subscription?.close();
  }

  async post(body: string): Promise<void> {
    this.#next += 1;
    const id = this.#next;
    this.pending = [...this.pending, { id, body, state: 'sending', problem: null }];
    try {
      await this.#outside.send({ type: 'post_message', channel: this.id, body });
      this.pending = accepted(this.pending, id);
      this.#outside.later(STAND_IN_MS, () => (this.pending = without(this.pending, id)));
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      this.pending = refused(this.pending, id, reason.problem);
    }
  }

  /** Puts a refused message away and gives back its text. */
  takeBack(id: number): string {
    const body = this.pending.find((one) => one.id === id)?.body ?? '';
    this.pending = without(this.pending, id);
    return body;
  }

  /** Adds the reader's reaction, or takes it back where it is there. */
  async react(message: Message, emoji: string): Promise<void> {
    const mine = message.reactions.some((one) => one.emoji === emoji && one.mine);
    this.problem = null;
    try {
      await this.#outside.send({
        type: mine ? 'remove_reaction' : 'add_reaction',
        message: message.id,
        emoji,
      });
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      this.problem = reason.problem;
    }
  }

  /** Fetches the page before the oldest message; `prepend` puts it in. */
  async fetchOlder(): Promise<MessagePage | null> {
    const first = this.page.messages[0];
    if (!first || this.older === 'loading') return null;
    this.older = 'loading';
    try {
      const page = await this.#outside.messages(this.id, first.seq);
      this.older = 'idle';
      return page;
    } catch (reason) {
      this.older = 'failed';
      this.#outside.report(reason);
      return null;
    }
  }

  prepend(page: MessagePage): void {
    this.page = prepend(this.page, page);
  }

  /** Lets go of the oldest messages; for when the reader looks at the newest. */
  trim(): void {
    this.page = trim(this.page);
  }

  #take(event: Event, seq: number, replayed: boolean): void {
    const before = this.page;
    this.page = apply(before, { seq, event }, this.me);
    if (event.type !== 'message_posted' || this.page === before) return;
    if (event.message.author?.id === this.me && this.me !== null) {
      this.pending = replaced(this.pending, event.message);
    } else if (!replayed) {
      this.onmessage(event.message);
    }
  }

  async #refetch(): Promise<void> {
    try {
      const page = await this.#outside.messages(this.id);
      this.page = page;
      // Acknowledged means that it is in what was just read.
      this.pending = this.pending.filter((one) => one.state !== 'sent');
      this.#subscription?.resume(page.seq);
    } catch (reason) {
      this.#outside.report(reason);
      this.#outside.later(FETCH_AGAIN_MS, () => void this.#refetch());
    }
  }
}

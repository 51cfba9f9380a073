/**
 * A channel, or one of its threads, as this page holds it: what was read, what
 * arrives, what is on its way.
 */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type {
  Command,
  Event,
  Image,
  Message,
  MessagePage,
  Problem,
  ThreadPage,
} from '../../generated/protocol.ts';
import type { Window } from '../../lib/api.ts';
import { Refused, type Reader, type Subscription } from '../../lib/live.ts';
import type { Beginning } from '../../lib/session.ts';
import { interpret } from './commands.ts';
import { accepted, refused, replaced, without, type Pending } from './pending.ts';
import { Uploads, type Carrier } from './uploads.svelte.ts';
import { append, apply, prepend, trim } from './reducer.ts';

/** What a channel needs of the world; `live()` and the JSON API on a page. */
export interface Outside extends Carrier {
  subscribe(topic: string, begin: Beginning, reader: Reader): Subscription;
  send(command: Command): Promise<void>;
  /** The newest page of a channel, or another part of it. */
  messages(channel: string, window?: Window): Promise<MessagePage>;
  thread(root: string, window?: Window): Promise<ThreadPage>;
  /** Tells those who are there that the reader writes. */
  writing(topic: string): void;
  /** Removes a message while the page goes away. */
  removeAtOnce(message: string): void;
  /** Goes to the channel that this one was merged into. */
  go(slug: string): void;
  /** Calls back once, later; for what must not stay for ever. */
  later(ms: number, act: () => void): void;
  report(reason: unknown): void;
}

/** After an acknowledgement the event is due; a stand-in is not kept much longer. */
const STAND_IN_MS = 5_000;
/** After this long without the live connection the newest messages are fetched by HTTP. */
const PATIENCE_MS = 2_000;
const FETCH_AGAIN_MS = 5_000;
/** How long somebody counts as writing; told again every few seconds while they do. */
const FADES_MS = 6_000;
const TELL_EVERY_MS = 3_000;
/** Among more than these it is not told; the server says the same. */
const MOST_TOLD = 20;
/** How long a removal can be undone: it is asked for only then. */
export const UNDO_MS = 10_000;

const NOTHING: MessagePage = {
  messages: [],
  seq: 0,
  more_before: false,
  more_after: false,
  pins: [],
  timeline: null,
};

export class Channel {
  page: MessagePage = $state.raw(NOTHING);
  pending: Pending[] = $state.raw([]);
  /** Whether a host, or its end, lets nobody write any more. */
  closed = $state(false);
  /** How many are here; 0 while it is not known. */
  here = $state(0);
  /** Who writes at this moment, and when that mark fades. */
  readonly writers = new SvelteMap<string, { name: string; until: number }>();
  /** Number of the channel's newest message, also where it is not shown here. */
  newest = $state(0);
  /** Whether older or newer messages are being fetched, or could not be. */
  older: 'idle' | 'loading' | 'failed' = $state('idle');
  newer: 'idle' | 'loading' | 'failed' = $state('idle');
  /** Why the last thing that was done to a message was refused. */
  problem: Problem | null = $state.raw(null);
  /** Own messages whose removal can still be undone, and those that are on their way out. */
  readonly removing = new SvelteSet<string>();
  readonly leaving = new SvelteSet<string>();
  /** Pictures for the message that is being written here. */
  readonly uploads: Uploads;
  readonly id: string;
  readonly me: string | null;
  /** The root's id, where this is a thread. */
  readonly thread: string | null;
  /** The root itself, as a page of one message. */
  #root: MessagePage = $state.raw(NOTHING);
  #topic: string;
  #outside: Outside;
  #subscription: Subscription | undefined;
  #next = 0;
  /** When it was last told that the reader writes. */
  #toldAt = 0;
  /** Called for each message that is new to the reader and from somebody else. */
  onmessage: (message: Message) => void = () => undefined;

  constructor(
    id: string,
    topic: string,
    me: string | null,
    outside: Outside,
    thread: string | null = null,
  ) {
    this.id = id;
    this.me = me;
    this.thread = thread;
    this.#topic = topic;
    this.#outside = outside;
    this.uploads = new Uploads(id, outside);
  }

  /** The message that a thread hangs on. */
  get root(): Message | null {
    return this.#root.messages[0] ?? null;
  }

  /** A thread of this channel; start it to read it. */
  threadOf(root: string): Channel {
    return new Channel(this.id, this.#topic, this.me, this.#outside, root);
  }

  /** Reads the newest messages, or those around a number, and follows what comes after them. */
  async start(around?: number): Promise<void> {
    if (around === undefined && this.thread === null) return this.#open();
    this.#show(await this.#read(around === undefined ? {} : { around }));
    this.#subscription = this.#outside.subscribe(this.#topic, this.page.seq, this.#reader());
  }

  /** The newest messages come over the live connection, and what follows them. */
  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#subscription = this.#outside.subscribe(this.#topic, 'history', {
        ...this.#reader(),
        history: (page) => {
          this.#show(page);
          resolve();
        },
        problem: (problem) => reject(new Refused(problem)),
      });
      this.#outside.later(PATIENCE_MS, () => {
        if (this.page === NOTHING) void this.#refetch({}).then((read) => read && resolve());
      });
    });
  }

  #reader(): Reader {
    return {
      event: (event, seq, replayed) => this.#take(event, seq, replayed),
      history: (page) => this.#show(page),
      resync: () => this.#anew(),
      present: true,
      count: (count) => (this.here = count),
      writing: (person, name) => this.#writes(person, name),
    };
  }

  #writes(person: string, name: string): void {
    // A thread is read by fewer than its channel, and of whom nobody knows.
    if (person === this.me || this.thread !== null) return;
    this.writers.delete(person);
    this.writers.set(person, { name, until: Date.now() + FADES_MS });
    this.#outside.later(FADES_MS, () => {
      const writer = this.writers.get(person);
      if (writer && writer.until <= Date.now()) this.writers.delete(person);
    });
  }

  /** The reader writes: told now and then, and only to few. */
  writing(): void {
    const now = Date.now();
    const few = this.here > 1 && this.here <= MOST_TOLD;
    if (!few || this.thread !== null || now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#outside.writing(this.#topic);
  }

  stop(): void {
    this.flush();
    this.#subscription?.close();
  }

  async post(
    body: string,
    replyTo?: string,
    alsoInChannel = false,
    images: Image[] = [],
  ): Promise<void> {
    this.#next += 1;
    const id = this.#next;
    const typed = interpret(body);
    const expected = typed.type === 'words' ? typed.text : body;
    const one = { id, body, expected, images, state: 'sending' as const, problem: null };
    this.pending = [...this.pending, one];
    try {
      await this.#outside.send({
        type: 'post_message',
        channel: this.id,
        body,
        ...(replyTo === undefined ? {} : { reply_to: replyTo }),
        ...(this.thread === null ? {} : { thread: this.thread }),
        ...(alsoInChannel ? { also_in_channel: true } : {}),
        ...(images.length === 0 ? {} : { images: images.map(({ id, alt }) => ({ id, alt })) }),
      });
      this.pending = accepted(this.pending, id);
      this.#outside.later(STAND_IN_MS, () => (this.pending = without(this.pending, id)));
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      this.pending = refused(this.pending, id, reason.problem);
    }
  }

  /** Shows what this page's reader said earlier and what waits for a moderator. */
  showHeld(held: { source: string; images?: Image[]; refused: boolean }[]): void {
    this.pending = [
      ...held.map(({ source, images = [], refused }) => {
        this.#next += 1;
        return {
          ...{ id: this.#next, body: source, expected: source, images, problem: null },
          state: refused ? ('stopped' as const) : ('held' as const),
        };
      }),
      ...this.pending,
    ];
  }

  /** Puts a refused message away and gives back its text; its pictures are attached again. */
  takeBack(id: number): string {
    const one = this.pending.find((one) => one.id === id);
    this.pending = without(this.pending, id);
    this.uploads.put(one?.images ?? []);
    return one?.body ?? '';
  }

  /** Adds the reader's reaction, or takes it back where it is there. */
  react(message: Message, emoji: string): Promise<void> {
    const mine = message.reactions.some((one) => one.emoji === emoji && one.mine);
    return this.#do({
      type: mine ? 'remove_reaction' : 'add_reaction',
      message: message.id,
      emoji,
    });
  }

  edit(message: Message, body: string): Promise<void> {
    return this.#do({ type: 'edit_message', message: message.id, body });
  }

  pin(message: Message): Promise<void> {
    const type = message.pinned ? 'unpin_message' : 'pin_message';
    return this.#do({ type, message: message.id });
  }

  /** Removes what somebody else wrote. */
  remove(message: Message): Promise<void> {
    return this.#do({ type: 'remove_message', message: message.id });
  }

  /** Removes an own message, unless that is undone in time. */
  removeOwn(message: Message): void {
    this.removing.add(message.id);
    this.#outside.later(UNDO_MS, () => {
      if (!this.removing.delete(message.id)) return;
      this.leaving.add(message.id);
      void this.remove(message).finally(() => this.leaving.delete(message.id));
    });
  }

  undoRemoval(message: Message): void {
    this.removing.delete(message.id);
  }

  /** The page goes away: what was to be removed is, without more waiting. */
  flush(): void {
    for (const id of this.removing) this.#outside.removeAtOnce(id);
    this.removing.clear();
  }

  async #do(command: Command): Promise<void> {
    this.problem = null;
    try {
      await this.#outside.send(command);
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
      const page = await this.#read({ before: first.seq });
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

  /** Fetches and puts in the page after the newest message that is here. */
  async fetchNewer(): Promise<void> {
    const last = this.page.messages.at(-1);
    if (!last || this.newer === 'loading') return;
    this.newer = 'loading';
    try {
      this.page = append(this.page, await this.#read({ after: last.seq }));
      this.newer = 'idle';
    } catch (reason) {
      this.newer = 'failed';
      this.#outside.report(reason);
    }
  }

  /** Reads what stands around a message; whether it is there then. */
  async jump(seq: number): Promise<boolean> {
    if (!this.#has(seq)) await this.#refetch({ around: seq });
    return this.#has(seq);
  }

  /** Leaves a part of the past for the newest messages. */
  async toNewest(): Promise<void> {
    if (this.page.more_after) await this.#refetch({});
  }

  /** Lets go of the oldest messages; for when the reader looks at the newest. */
  trim(): void {
    this.page = trim(this.page);
  }

  #has(seq: number): boolean {
    return this.page.messages.some((message) => message.seq === seq);
  }

  async #read(window: Window): Promise<MessagePage> {
    if (this.thread === null) return this.#outside.messages(this.id, window);
    const { root, ...page } = await this.#outside.thread(this.thread, window);
    this.#root = { ...NOTHING, messages: [root], seq: page.seq, more_after: true };
    return page;
  }

  #take(event: Event, seq: number, replayed: boolean): void {
    const before = this.page;
    this.page = apply(before, { seq, event }, this.me, this.thread);
    if (this.thread !== null) {
      this.#root = apply(this.#root, { seq, event }, this.me, this.thread);
    }
    if (this.page === before) return;
    if (event.type === 'channel_changed') this.closed = event.state !== 'open';
    if (event.type === 'channel_merged') {
      // What came with it stands in the history alone.
      if (event.into === this.id) this.#anew();
      else this.#outside.go(event.slug);
    }
    if (event.type !== 'message_posted') return;
    const { message } = event;
    if (message.author) this.writers.delete(message.author.id);
    this.newest = Math.max(this.newest, message.seq);
    const mine = message.author?.id === this.me && this.me !== null;
    // An own answer stands in for what was written in its thread, not here.
    if (mine && message.thread === this.thread) {
      this.pending = replaced(this.pending, message);
    }
    const here = this.thread === null ? message.in_channel : message.thread === this.thread;
    if (!mine && !replayed && here) this.onmessage(message);
  }

  /** Events do not tell what changed: the newest messages are read again. */
  #anew(): void {
    if (this.thread === null) return this.#subscription?.anew();
    void this.#refetch({}).then((read) => {
      if (!read) this.#outside.later(FETCH_AGAIN_MS, () => this.#anew());
    });
  }

  #show(page: MessagePage): void {
    this.page = page;
    this.newest = Math.max(this.newest, page.messages.at(-1)?.seq ?? 0);
    // Acknowledged means that it is in what was just read.
    this.pending = this.pending.filter((one) => one.state !== 'sent');
  }

  /** Whether another part of the history could be read and is shown. */
  async #refetch(window: Window): Promise<boolean> {
    try {
      const page = await this.#read(window);
      this.#show(page);
      this.#subscription?.resume(page.seq);
      return true;
    } catch (reason) {
      this.#outside.report(reason);
      return false;
    }
  }
}

/**
 * The way around for those whom WebSockets do not reach: the server's frames
 * come as server-sent events, ours go by POST. To the session it looks like a
 * socket.
 */
import type { ClientFrame, Problem, ServerFrame } from '../generated/protocol.ts';

export interface Ends {
  opened: () => void;
  closed: () => void;
  received: (frame: ServerFrame) => void;
}

interface Followed {
  /** Number of the last event that came, or that is had already. */
  after: number | undefined;
  /** Newest messages that are to come first. */
  history: number | undefined;
  present: boolean;
  /** Whether the session was told that its subscription stands. */
  told: boolean;
}

/** The server says something every 20 s; after this long it is gone. */
const SILENCE_MS = 45_000;

export class EventStream {
  #topics = new Map<string, Followed>();
  #source: EventSource | undefined;
  #heard = Date.now();
  #greeted = false;
  #over = false;
  #changing = false;
  /** Commands go one after the other, in their order. */
  #sending: Promise<void> = Promise.resolve();
  readonly #base: string;
  readonly #ends: Ends;

  /** `base` is the address of `/live`. */
  constructor(base: string, ends: Ends) {
    this.#base = base;
    this.#ends = ends;
    // As a socket does: not before whoever made us is done.
    queueMicrotask(() => {
      if (!this.#over) ends.opened();
    });
  }

  send(frame: ClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        this.#topics.set(frame.topic, {
          after: frame.after,
          history: frame.history,
          present: frame.present ?? false,
          told: false,
        });
        return this.#change();
      case 'unsubscribe':
        if (this.#topics.delete(frame.topic)) this.#change();
        return;
      case 'command':
        this.#sending = this.#sending.then(() => this.#post(frame));
        return;
      case 'playback':
        return;
      case 'writing':
        // It would be over before it got through.
        return;
      case 'ping':
        if (Date.now() - this.#heard < SILENCE_MS) {
          queueMicrotask(() => this.#hand({ type: 'pong' }));
        }
    }
  }

  close(): void {
    this.#over = true;
    this.#source?.close();
  }

  /** Opens the stream anew, once for all that was asked for at this moment. */
  #change(): void {
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      if (!this.#over) this.#open();
    });
  }

  #open(): void {
    this.#source?.close();
    this.#source = undefined;
    if (this.#topics.size === 0) return;
    const query = new URLSearchParams();
    for (const [topic, { after, history, present }] of this.#topics) {
      query.append('topic', topic);
      if (history !== undefined) query.append('history', String(history));
      else if (after !== undefined) query.append('after', String(after));
      if (present) query.append('present', 'yes');
    }
    const source = new EventSource(`${this.#base}/events?${query.toString()}`);
    this.#source = source;
    source.addEventListener('message', (message: MessageEvent<string>) => {
      if (this.#source !== source) return;
      this.#heard = Date.now();
      this.#receive(JSON.parse(message.data) as ServerFrame);
    });
    // The browser would try the same address again, with numbers of long ago.
    source.addEventListener('error', () => {
      if (this.#source === source) this.#lose();
    });
  }

  /** What only a new stream says again is not told again. */
  #receive(frame: ServerFrame): void {
    if (frame.type === 'hello') {
      if (this.#greeted) return;
      this.#greeted = true;
    } else if (frame.type === 'subscribed') {
      const followed = this.#topics.get(frame.topic);
      if (!followed) return;
      followed.after ??= frame.seq;
      // A lower number tells of a restored server, which is news.
      if (followed.told && frame.seq >= followed.after) return;
      followed.told = true;
    } else if (frame.type === 'history') {
      const followed = this.#topics.get(frame.topic);
      if (!followed) return;
      followed.history = undefined;
      followed.after = frame.page.seq;
    } else if (frame.type === 'event') {
      const followed = this.#topics.get(frame.topic);
      if (!followed) return;
      followed.after = Math.max(frame.seq, followed.after ?? 0);
    } else if (frame.type === 'problem' && frame.topic !== undefined) {
      this.#topics.delete(frame.topic);
    }
    this.#hand(frame);
  }

  #hand(frame: ServerFrame): void {
    if (!this.#over) this.#ends.received(frame);
  }

  #lose(): void {
    if (this.#over) return;
    this.close();
    this.#ends.closed();
  }

  async #post(frame: Extract<ClientFrame, { type: 'command' }>): Promise<void> {
    if (this.#over) return;
    try {
      const answer = await fetch(`${this.#base}/command`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(frame),
      });
      const told: unknown = await answer.json();
      if (answer.ok) this.#hand(told as ServerFrame);
      else this.#hand({ type: 'problem', key: frame.key, problem: told as Problem });
    } catch {
      // Nobody knows whether it arrived: it is sent again under its key.
      this.#lose();
    }
  }
}

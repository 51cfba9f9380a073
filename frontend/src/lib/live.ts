/**
 * The page's one connection to `/live`: carries out what session.ts orders,
 * and hands topics' news to the islands. Nothing else opens a socket.
 */
import type { Readable } from 'svelte/store';
import type {
  Command,
  Event,
  Me,
  Problem,
  ServerFrame,
  StageHealth,
} from '../generated/protocol.ts';
import { Cell } from './stores.ts';
import { Session, type News, type Output, type Status } from './session.ts';

export interface Reader {
  /** `replayed` is true for what happened before this subscription stood. */
  event?: (event: Event, seq: number, replayed: boolean) => void;
  /** Events were missed: fetch the state anew, then call `resume`. */
  resync?: () => void;
  count?: (count: number) => void;
  /** Whether the reader counts as being there, as a stage's viewer does. */
  present?: boolean;
  health?: (health: StageHealth) => void;
  problem?: (problem: Problem) => void;
}

export interface Subscription {
  /** Goes on after the state numbered `seq`. */
  resume(seq: number): void;
  close(): void;
}

interface Seat {
  reader: Reader;
  /** Number of the last event this reader has; readers of a topic may differ. */
  last: number;
}

/** A command was refused; `problem` says why and what to do. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export class Live {
  readonly status: Readable<Status>;
  readonly person: Readable<Me | null>;
  #status = new Cell<Status>('connecting');
  #person = new Cell<Me | null>(null);
  #session = new Session(Math.random);
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seats = new Map<string, Set<Seat>>();
  #counts = new Map<string, number>();
  #settlers = new Map<string, (problem: Problem | null) => void>();
  #clockAhead = 0;
  #running = false;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.status = this.#status;
    this.person = this.#person;
    addEventListener('online', () => this.#nudge());
    addEventListener('offline', () => this.#nudge());
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#nudge();
    });
    // An open socket keeps a page out of the back/forward cache.
    addEventListener('pagehide', () => {
      this.#socket?.close();
      this.#closed();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#nudge();
    });
  }

  /** The server's clock, milliseconds since 1970, as far as it is known. */
  now(): number {
    return Date.now() + this.#clockAhead;
  }

  /** Reads `topic` after the event numbered `after`, or from now on. */
  subscribe(topic: string, after: number | undefined, reader: Reader): Subscription {
    const seat: Seat = { reader, last: after ?? 0 };
    const seats = this.#seats.get(topic) ?? new Set();
    seats.add(seat);
    this.#seats.set(topic, seats);
    if (reader.present) this.#session.attend(topic);
    this.#session.subscribe(Date.now(), topic, after);
    const count = this.#counts.get(topic);
    if (count !== undefined) reader.count?.(count);
    this.#run();
    return {
      resume: (seq) => {
        seat.last = seq;
        this.#session.subscribe(Date.now(), topic, seq);
        this.#run();
      },
      close: () => {
        seats.delete(seat);
        if (seats.size > 0) return;
        this.#seats.delete(topic);
        this.#counts.delete(topic);
        this.#session.unsubscribe(topic);
        this.#run();
      },
    };
  }

  /**
   * Sends a command; resolves when it is durable, rejects with `Refused`.
   * Through lost connections it simply takes longer.
   */
  send(command: Command): Promise<void> {
    const key = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.#settlers.set(key, (problem) => {
        if (problem) reject(new Refused(problem));
        else resolve();
      });
      if (!this.#session.command(Date.now(), key, command)) {
        this.#settlers.delete(key);
        const title = 'Too much is waiting to be sent.';
        reject(new Refused({ type: '/problems/too-many', status: 429, title }));
      }
      this.#run();
    });
  }

  #nudge(): void {
    this.#session.nudge(Date.now());
    this.#run();
  }

  /** Carries out every order, then sets the timer. Calls from within only add orders. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    for (let out = this.#session.poll(); out; out = this.#session.poll()) this.#obey(out);
    this.#running = false;
    clearTimeout(this.#timer);
    const wake = this.#session.wake();
    if (wake === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#session.tick(Date.now());
        this.#run();
      },
      Math.max(0, wake - Date.now()),
    );
  }

  #obey(out: Output): void {
    switch (out.type) {
      case 'connect':
        return this.#connect();
      case 'disconnect':
        this.#socket?.close();
        this.#socket = undefined;
        return;
      case 'send':
        if (this.#socket?.readyState === WebSocket.OPEN) {
          this.#socket.send(JSON.stringify(out.frame));
        }
        return;
      case 'news':
        return this.#deliver(out.topic, out.news);
      case 'settled': {
        const settle = this.#settlers.get(out.key);
        this.#settlers.delete(out.key);
        settle?.(out.problem);
        return;
      }
      case 'status':
        return this.#status.set(out.status);
      case 'hello':
        this.#clockAhead = out.serverNow - Date.now();
        return this.#person.set(out.person);
    }
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const mine = (act: () => void) => () => {
      if (this.#socket !== socket) return;
      act();
      this.#run();
    };
    socket.addEventListener(
      'open',
      mine(() => this.#session.opened(Date.now())),
    );
    socket.addEventListener(
      'close',
      mine(() => this.#closed()),
    );
    socket.addEventListener('message', (message: MessageEvent<unknown>) => {
      if (this.#socket !== socket || typeof message.data !== 'string') return;
      this.#session.received(Date.now(), JSON.parse(message.data) as ServerFrame);
      this.#run();
    });
  }

  #closed(): void {
    this.#socket = undefined;
    this.#session.closed(Date.now());
  }

  #deliver(topic: string, news: News): void {
    const seats = [...(this.#seats.get(topic) ?? [])];
    if (news.type === 'count') this.#counts.set(topic, news.count);
    if (news.type === 'resync' && !seats.some((seat) => seat.reader.resync)) {
      // Nobody here keeps a state that could be stale: what is new is enough.
      this.#session.subscribe(Date.now(), topic);
    }
    for (const seat of seats) {
      const { reader } = seat;
      try {
        if (news.type === 'event' && news.seq > seat.last) {
          seat.last = news.seq;
          reader.event?.(news.event, news.seq, news.replayed);
        } else if (news.type === 'resync') reader.resync?.();
        else if (news.type === 'count') reader.count?.(news.count);
        else if (news.type === 'health') reader.health?.(news.health);
        else if (news.type === 'problem') reader.problem?.(news.problem);
      } catch (reason) {
        // One island's fault must not silence the others.
        reportError(reason);
      }
    }
  }
}

let shared: Live | undefined;

/** The connection of this page, opened on first use. */
export function live(): Live {
  shared ??= new Live(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`);
  return shared;
}

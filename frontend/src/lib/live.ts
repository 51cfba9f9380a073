/**
 * The page's one connection to `/live`: carries out what session.ts orders,
 * and hands topics' news to the islands. Nothing else opens a socket. Where
 * WebSockets are blocked on the way it goes around them (streams.ts), and comes
 * back to them when they get through.
 */
import type { Readable } from 'svelte/store';
import type {
  Audience,
  ClientFrame,
  Command,
  Event,
  Me,
  MessagePage,
  Playback,
  Problem,
  ServerFrame,
  StageHealth,
} from '../generated/protocol.ts';
import { Cell } from './stores.ts';
import { Session, type Beginning, type News, type Output, type Status } from './session.ts';
import { EventStream } from './streams.ts';

export interface Reader {
  /** `replayed` is true for what happened before this subscription stood. */
  event?: (event: Event, seq: number, replayed: boolean) => void;
  /** A channel's newest messages, where the reader begins with them. */
  history?: (page: MessagePage) => void;
  /** Events were missed: fetch the state anew, then call `resume`, or begin `anew`. */
  resync?: () => void;
  count?: (count: number) => void;
  /** Whether the reader counts as being there, as a stage's viewer does. */
  present?: boolean;
  health?: (health: StageHealth) => void;
  /** How a stage plays at its viewers'. */
  audience?: (audience: Audience) => void;
  /** Somebody writes there at this moment. */
  writing?: (person: string, name: string) => void;
  problem?: (problem: Problem) => void;
}

export interface Subscription {
  /** Goes on after the state numbered `seq`. */
  resume(seq: number): void;
  /** Begins again with a channel's newest messages. */
  anew(): void;
  close(): void;
}

interface Seat {
  reader: Reader;
  /**
   * Number of the last event this reader has; readers of a topic may differ. Of
   * one who waits for the newest messages it is Infinity.
   */
  last: number;
}

/** Sockets in a row that did not even open, until the way around is taken. */
const BLOCKED_AFTER = 2;
/** How often it is tried whether sockets get through again. */
const HEAL_MS = 5 * 60_000;

/** What frames go through. */
interface Line {
  send: (frame: ClientFrame) => void;
  close: () => void;
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
  #line: Line | undefined;
  /** Sockets in a row that did not open. */
  #unopened = 0;
  #healing: ReturnType<typeof setTimeout> | undefined;
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
      clearTimeout(this.#healing);
      const line = this.#line;
      this.#closed();
      line?.close();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#nudge();
    });
  }

  /** The server's clock, milliseconds since 1970, as far as it is known. */
  now(): number {
    return Date.now() + this.#clockAhead;
  }

  subscribe(topic: string, begin: Beginning, reader: Reader): Subscription {
    const seat: Seat = { reader, last: begin === 'history' ? Infinity : (begin ?? 0) };
    const seats = this.#seats.get(topic) ?? new Set();
    seats.add(seat);
    this.#seats.set(topic, seats);
    if (reader.present) this.#session.attend(topic);
    this.#session.subscribe(Date.now(), topic, begin);
    const count = this.#counts.get(topic);
    if (count !== undefined) reader.count?.(count);
    this.#run();
    return {
      resume: (seq) => {
        seat.last = seq;
        this.#session.subscribe(Date.now(), topic, seq);
        this.#run();
      },
      anew: () => {
        seat.last = Infinity;
        this.#session.subscribe(Date.now(), topic, 'history');
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

  /** Tells those on a topic that the reader writes there, if that can be told now. */
  writing(topic: string): void {
    this.#session.writing(topic);
    this.#run();
  }

  /** Tells how a stage plays here, if that can be told now. */
  playback(topic: string, playback: Playback): void {
    this.#session.playback(topic, playback);
    this.#run();
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
        this.#hangUp();
        return;
      case 'send':
        this.#line?.send(out.frame);
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
    clearTimeout(this.#healing);
    if (this.#unopened >= BLOCKED_AFTER) this.#goAround();
    else this.#openSocket();
  }

  #openSocket(): void {
    const socket = new WebSocket(this.#url);
    let opened = false;
    const line: Line = {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
      },
      close: () => socket.close(),
    };
    this.#line = line;
    const mine = (act: () => void) => () => {
      if (this.#line !== line) return;
      act();
      this.#run();
    };
    socket.addEventListener(
      'open',
      mine(() => {
        opened = true;
        this.#unopened = 0;
        this.#session.opened(Date.now());
      }),
    );
    socket.addEventListener(
      'close',
      mine(() => {
        if (!opened) this.#unopened += 1;
        this.#closed();
      }),
    );
    socket.addEventListener('message', (message: MessageEvent<unknown>) => {
      if (this.#line !== line || typeof message.data !== 'string') return;
      this.#session.received(Date.now(), JSON.parse(message.data) as ServerFrame);
      this.#run();
    });
  }

  /** Follows by server-sent events, and looks now and then for the better way. */
  #goAround(): void {
    let heard = false;
    const line = new EventStream(this.#url.replace(/^ws/, 'http'), {
      opened: () => {
        if (this.#line !== line) return;
        this.#session.opened(Date.now());
        this.#run();
      },
      closed: () => {
        if (this.#line !== line) return;
        // Nothing gets through: the server is away, and sockets are as good.
        if (!heard) this.#unopened = 0;
        this.#closed();
        this.#run();
      },
      received: (frame) => {
        if (this.#line !== line) return;
        heard = true;
        this.#session.received(Date.now(), frame);
        this.#run();
      },
    });
    this.#line = line;
    this.#healing = setTimeout(() => this.#heal(line), HEAL_MS);
  }

  /** Tries a socket beside the stream; where it opens, the page moves over. */
  #heal(line: Line): void {
    if (this.#line !== line) return;
    const probe = new WebSocket(this.#url);
    probe.addEventListener('open', () => {
      probe.close();
      if (this.#line !== line) return;
      this.#unopened = 0;
      this.#closed();
      line.close();
      this.#run();
    });
    this.#healing = setTimeout(() => this.#heal(line), HEAL_MS);
  }

  /** Ends the connection because the session gave it up. */
  #hangUp(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.close();
  }

  #closed(): void {
    this.#line = undefined;
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
        } else if (news.type === 'history' && seat.last === Infinity) {
          seat.last = news.page.seq;
          reader.history?.(news.page);
        } else if (news.type === 'resync') reader.resync?.();
        else if (news.type === 'count') reader.count?.(news.count);
        else if (news.type === 'health') reader.health?.(news.health);
        else if (news.type === 'audience') reader.audience?.(news.audience);
        else if (news.type === 'writing') reader.writing?.(news.person, news.name);
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

/**
 * The client's side of `/live` as a state machine without socket, clock or
 * chance of its own: time and frames go in, orders come out. The driver in
 * live.ts carries the orders out. docs/protocol.md tells the rules.
 */
import {
  MAX_CLIENT_FRAME,
  MAX_TOPICS,
  type Audience,
  type ClientFrame,
  type Command,
  type Event,
  type Me,
  type MessagePage,
  type Playback,
  type Problem,
  type ServerFrame,
  type StageHealth,
} from '../generated/protocol.ts';
import { wholeEvent, wholePage } from './messages.ts';

/** What the reader is told about the connection. */
export type Status = 'connecting' | 'connected' | 'lost';

/** News of one topic. */
export type News =
  /** `replayed` is true for what happened before this subscription stood. */
  | { type: 'event'; seq: number; event: Event; replayed: boolean }
  /** A channel's newest messages, where they were asked for. */
  | { type: 'history'; page: MessagePage }
  /** Fetch the state anew, then `subscribe` after the number it came with. */
  | { type: 'resync' }
  | { type: 'count'; count: number }
  | { type: 'health'; health: StageHealth }
  | { type: 'audience'; audience: Audience }
  /** Somebody writes there at this moment. */
  | { type: 'writing'; person: string; name: string }
  /** The subscription was refused and will not be tried again. */
  | { type: 'problem'; problem: Problem };

export type Output =
  | { type: 'connect' }
  | { type: 'disconnect' }
  | { type: 'send'; frame: ClientFrame }
  | { type: 'news'; topic: string; news: News }
  /** The command is durable, or refused with a problem. */
  | { type: 'settled'; key: string; problem: Problem | null }
  | { type: 'status'; status: Status }
  | { type: 'hello'; person: Me | null; serverNow: number };

/** Back-off of attempt n waits a random time below min(CAP, BASE * 2^n): "full jitter". */
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 30_000;
/** A connection that lived this long counts as good: the back-off starts again. */
const STABLE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
/** However much comes in: the server gives up a client that says nothing for 90 s. */
const HEARTBEAT_MS = 25_000;
const PONG_TIMEOUT_MS = 10_000;
/** After a nudge (page shown again, network changed) the answer is due sooner. */
const PROBE_TIMEOUT_MS = 5_000;
/** A quick reconnection is nobody's business: only a longer gap is told. */
const LOST_AFTER_MS = 3_000;
/** Commands that wait for their acknowledgement. */
export const MAX_PENDING = 100;
/** Newest messages that a reader of a channel begins with. */
export const HISTORY = 50;
/** Gaps in a row on one topic before its state is fetched anew. */
const MAX_GAPS = 3;

/** Where a reader begins: after the event so numbered, with a channel's newest messages, or now. */
export type Beginning = number | 'history' | undefined;

interface TopicState {
  /** Number of the last event delivered; undefined until the server tells it. */
  last: number | undefined;
  /** Whether the newest messages are asked for and have not come. */
  history: boolean;
  /** `waiting`: asked for; `standing`: live; `stopped`: needs the reader's resume. */
  phase: 'waiting' | 'standing' | 'stopped';
  /** Events up to this one had happened when the subscription was made. */
  replayUpTo: number;
  gaps: number;
  retryAt: number | undefined;
}

interface PendingCommand {
  command: Command;
  retryAt: number | undefined;
}

type Connection =
  | { type: 'closed'; retryAt: number | undefined }
  | { type: 'connecting'; since: number }
  | {
      type: 'open';
      since: number;
      greeted: boolean;
      /** When a ping was sent last, or the connection opened. */
      pinged: number;
      /** When the connection is given up unless something is heard. */
      deadline: number | undefined;
      /** Set by `closing`: when to leave and come back. */
      moveAt: number | undefined;
    };

export class Session {
  #connection: Connection = { type: 'closed', retryAt: undefined };
  #status: Status = 'connecting';
  #topics = new Map<string, TopicState>();
  /** Topics where this page counts as being there. */
  #attended = new Set<string>();
  #pending = new Map<string, PendingCommand>();
  #attempt = 0;
  #lostAt: number | undefined;
  #out: Output[] = [];
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next order, or undefined when all are told. */
  poll(): Output | undefined {
    return this.#out.shift();
  }

  /** When `tick` wants to be called next, if nothing else happens before. */
  wake(): number | undefined {
    const times: (number | undefined)[] = [];
    const connection = this.#connection;
    if (connection.type === 'closed') times.push(connection.retryAt);
    if (connection.type === 'connecting') times.push(connection.since + CONNECT_TIMEOUT_MS);
    if (connection.type === 'open') {
      times.push(connection.deadline ?? connection.pinged + HEARTBEAT_MS, connection.moveAt);
      for (const topic of this.#topics.values()) times.push(topic.retryAt);
      for (const pending of this.#pending.values()) times.push(pending.retryAt);
    }
    if (this.#lostAt !== undefined && this.#status !== 'lost') {
      times.push(this.#lostAt + LOST_AFTER_MS);
    }
    return times.reduce(
      (first, time) => (time === undefined ? first : Math.min(first ?? time, time)),
      undefined,
    );
  }

  /**
   * Wants the events of `topic` from `begin` on. Also how a reader goes on after
   * a `resync`. False when the connection holds as many topics as it may.
   */
  subscribe(now: number, topic: string, begin?: Beginning): boolean {
    const history = begin === 'history';
    const after = history ? undefined : begin;
    const known = this.#topics.get(topic);
    if (known) {
      const covered =
        known.phase !== 'stopped' &&
        !history &&
        (after === undefined || (known.last !== undefined && after >= known.last));
      if (covered) return true;
      if (history) known.history = true;
      if (known.phase === 'stopped' || known.last === undefined) known.last = after;
      else known.last = Math.min(known.last, after ?? known.last);
      known.retryAt = undefined;
      this.#ask(topic, known, { again: true });
      return true;
    }
    if (this.#topics.size >= MAX_TOPICS) return false;
    const state: TopicState = {
      last: after,
      history,
      phase: 'waiting',
      replayUpTo: after ?? 0,
      gaps: 0,
      retryAt: undefined,
    };
    this.#topics.set(topic, state);
    this.#ask(topic, state, { again: false });
    this.#connectIfIdle(now);
    return true;
  }

  /** Counts as being on `topic`, from now on and after each reconnection. */
  attend(topic: string): void {
    if (this.#attended.has(topic)) return;
    this.#attended.add(topic);
    const known = this.#topics.get(topic);
    if (known && known.phase !== 'stopped') this.#ask(topic, known, { again: true });
  }

  unsubscribe(topic: string): void {
    this.#attended.delete(topic);
    if (this.#topics.delete(topic) && this.#connection.type === 'open') {
      this.#send({ type: 'unsubscribe', topic });
    }
  }

  /**
   * Sends a command under its idempotency key, now or as soon as there is a
   * connection, again after each reconnection, until it is settled. False when
   * too many are waiting already.
   */
  command(now: number, key: string, command: Command): boolean {
    if (this.#pending.size >= MAX_PENDING) return false;
    const frame: ClientFrame = { type: 'command', key, command };
    if (new TextEncoder().encode(JSON.stringify(frame)).length > MAX_CLIENT_FRAME) {
      const problem = {
        type: '/problems/too-large',
        status: 413,
        title: 'What was sent is too large.',
      };
      this.#out.push({ type: 'settled', key, problem });
      return true;
    }
    this.#pending.set(key, { command, retryAt: undefined });
    if (this.#connection.type === 'open') this.#send(frame);
    this.#connectIfIdle(now);
    return true;
  }

  /** The reader writes on a topic: told now or never. */
  writing(topic: string): void {
    if (this.#topics.get(topic)?.phase === 'standing') this.#send({ type: 'writing', topic });
  }

  /** How a stage plays here: told now or never. */
  playback(topic: string, playback: Playback): void {
    if (this.#topics.get(topic)?.phase !== 'standing') return;
    this.#send({ type: 'playback', topic, playback });
  }

  /** The socket is open. */
  opened(now: number): void {
    if (this.#connection.type !== 'connecting') return;
    this.#connection = {
      type: 'open',
      since: now,
      greeted: false,
      pinged: now,
      deadline: now + CONNECT_TIMEOUT_MS,
      moveAt: undefined,
    };
    for (const [topic, state] of this.#topics) {
      if (state.phase !== 'stopped') this.#ask(topic, state, { again: false });
    }
    for (const [key, pending] of this.#pending) {
      pending.retryAt = undefined;
      this.#send({ type: 'command', key, command: pending.command });
    }
  }

  /** The socket closed, or could not be opened. */
  closed(now: number): void {
    const before = this.#connection;
    if (before.type === 'closed') return;
    let wait: number;
    if (before.type === 'open' && before.moveAt !== undefined) {
      wait = Math.max(0, before.moveAt - now);
    } else {
      if (before.type === 'open' && now - before.since >= STABLE_MS) this.#attempt = 0;
      const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#attempt);
      wait = Math.floor(this.#random() * ceiling);
      this.#attempt = Math.min(this.#attempt + 1, 30);
    }
    for (const state of this.#topics.values()) {
      if (state.phase === 'standing') state.phase = 'waiting';
      state.retryAt = undefined;
    }
    this.#connection = { type: 'closed', retryAt: now + wait };
    this.#lostAt ??= now;
  }

  /** A hint that the network may work again or that the reader is back. */
  nudge(now: number): void {
    const connection = this.#connection;
    if (connection.type === 'closed' && connection.retryAt !== undefined) {
      // Everyone behind one access point gets the same hint: spread a little.
      connection.retryAt = Math.min(connection.retryAt, now + Math.floor(this.#random() * 1_000));
    } else if (connection.type === 'open' && connection.deadline === undefined) {
      this.#ping(connection, now, PROBE_TIMEOUT_MS);
    }
  }

  tick(now: number): void {
    const connection = this.#connection;
    if (connection.type === 'closed' && (connection.retryAt ?? Infinity) <= now) {
      this.#connect(now);
    } else if (connection.type === 'connecting' && connection.since + CONNECT_TIMEOUT_MS <= now) {
      this.#giveUp(now);
    } else if (connection.type === 'open') {
      if ((connection.deadline ?? Infinity) <= now || (connection.moveAt ?? Infinity) <= now) {
        this.#giveUp(now);
      } else {
        if (connection.deadline === undefined && connection.pinged + HEARTBEAT_MS <= now) {
          this.#ping(connection, now, PONG_TIMEOUT_MS);
        }
        this.#retryDue(now);
      }
    }
    if (this.#lostAt !== undefined && this.#lostAt + LOST_AFTER_MS <= now) this.#tell('lost');
  }

  received(now: number, frame: ServerFrame): void {
    const connection = this.#connection;
    if (connection.type !== 'open') return;
    if (connection.greeted) connection.deadline = undefined;
    switch (frame.type) {
      case 'hello':
        connection.greeted = true;
        connection.deadline = undefined;
        this.#lostAt = undefined;
        this.#out.push({ type: 'hello', person: frame.person, serverNow: frame.now });
        this.#tell('connected');
        return;
      case 'subscribed':
        return this.#subscribed(frame.topic, frame.seq);
      case 'history':
        return this.#history(frame.topic, wholePage(frame.page));
      case 'event':
        return this.#event(frame.topic, frame.seq, wholeEvent(frame.event));
      case 'resync':
        return this.#resync(frame.topic);
      case 'count':
        return this.#news(frame.topic, { type: 'count', count: frame.count });
      case 'health':
        return this.#news(frame.topic, { type: 'health', health: frame.health });
      case 'audience':
        return this.#news(frame.topic, { type: 'audience', audience: frame.audience });
      case 'writing':
        return this.#news(frame.topic, {
          type: 'writing',
          person: frame.person,
          name: frame.name,
        });
      case 'ack':
        return this.#settle(frame.key, null);
      case 'problem':
        return this.#problem(now, frame);
      case 'closing':
        connection.moveAt = now + Math.floor(this.#random() * frame.reconnect_within_ms);
        return;
      case 'pong':
        return;
    }
  }

  #ping(connection: Extract<Connection, { type: 'open' }>, now: number, within: number): void {
    connection.pinged = now;
    connection.deadline = now + within;
    this.#send({ type: 'ping' });
  }

  #history(topic: string, page: MessagePage): void {
    const state = this.#topics.get(topic);
    if (!state || state.phase === 'stopped') return;
    if (state.history) this.#news(topic, { type: 'history', page });
    state.history = false;
    state.last ??= page.seq;
    // Another reader of the topic lacks what the page has already.
    if (state.last < page.seq) this.#ask(topic, state, { again: true });
  }

  #subscribed(topic: string, seq: number): void {
    const state = this.#topics.get(topic);
    if (!state || state.phase === 'stopped') return;
    state.phase = 'standing';
    state.retryAt = undefined;
    state.replayUpTo = seq;
    if (state.last === undefined) state.last = seq;
    // Numbers only grow; a smaller one means that the server's past changed,
    // as after a restore: what is shown may never have happened.
    else if (seq < state.last) this.#resync(topic);
  }

  #event(topic: string, seq: number, event: Event): void {
    const state = this.#topics.get(topic);
    if (state?.phase !== 'standing') return;
    const last = state.last ?? seq - 1;
    if (seq <= last) return;
    if (seq > last + 1) {
      state.gaps += 1;
      if (state.gaps >= MAX_GAPS) this.#resync(topic);
      else this.#ask(topic, state, { again: true });
      return;
    }
    state.gaps = 0;
    state.last = seq;
    const replayed = seq <= state.replayUpTo;
    this.#news(topic, { type: 'event', seq, event, replayed });
  }

  #resync(topic: string): void {
    const state = this.#topics.get(topic);
    if (!state || state.phase === 'stopped') return;
    state.phase = 'stopped';
    state.gaps = 0;
    this.#news(topic, { type: 'resync' });
  }

  #problem(now: number, frame: Extract<ServerFrame, { type: 'problem' }>): void {
    const { key, topic, problem } = frame;
    // 429 and 503 say "later", everything else says "no".
    const later = problem.status === 429 || problem.status === 503;
    const retryAt = now + (problem.retry_after ?? 5) * 1_000 + Math.floor(this.#random() * 1_000);
    if (key !== undefined) {
      const pending = this.#pending.get(key);
      if (pending && later) pending.retryAt = retryAt;
      else this.#settle(key, problem);
    } else if (topic !== undefined) {
      const state = this.#topics.get(topic);
      if (!state) return;
      if (later) {
        state.phase = 'waiting';
        state.retryAt = retryAt;
      } else {
        this.#news(topic, { type: 'problem', problem });
        this.#topics.delete(topic);
      }
    }
  }

  #retryDue(now: number): void {
    for (const [topic, state] of this.#topics) {
      if ((state.retryAt ?? Infinity) > now) continue;
      state.retryAt = undefined;
      this.#ask(topic, state, { again: false });
    }
    for (const [key, pending] of this.#pending) {
      if ((pending.retryAt ?? Infinity) > now) continue;
      pending.retryAt = undefined;
      this.#send({ type: 'command', key, command: pending.command });
    }
  }

  #ask(topic: string, state: TopicState, { again }: { again: boolean }): void {
    state.phase = 'waiting';
    if (this.#connection.type !== 'open') return;
    if (again) this.#send({ type: 'unsubscribe', topic });
    this.#send({
      type: 'subscribe',
      topic,
      ...(state.history ? { history: HISTORY } : state.last !== undefined && { after: state.last }),
      ...(this.#attended.has(topic) && { present: true }),
    });
  }

  #settle(key: string, problem: Problem | null): void {
    if (this.#pending.delete(key)) this.#out.push({ type: 'settled', key, problem });
  }

  #news(topic: string, news: News): void {
    if (this.#topics.has(topic)) this.#out.push({ type: 'news', topic, news });
  }

  #connectIfIdle(now: number): void {
    const connection = this.#connection;
    if (connection.type === 'closed' && connection.retryAt === undefined) this.#connect(now);
  }

  #connect(now: number): void {
    this.#connection = { type: 'connecting', since: now };
    this.#lostAt ??= now;
    this.#out.push({ type: 'connect' });
  }

  #giveUp(now: number): void {
    this.#out.push({ type: 'disconnect' });
    this.closed(now);
  }

  #send(frame: ClientFrame): void {
    this.#out.push({ type: 'send', frame });
  }

  #tell(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#out.push({ type: 'status', status });
  }
}

/** Brings what is shown and heard, the line to the server, and the states together. */
import { troubleOf } from './devices.ts';
import type { Line, LineEvents, Tracks } from './line.ts';
import { Sources } from './sources.svelte.ts';
import { initial, isSending, step, type Input, type State } from './states.ts';

/** What this needs of the world. */
export interface Outside {
  openLine(tracks: Tracks, events: LineEvents): Line;
  now(): number;
}

export class Sender {
  state: State = $state.raw(initial);
  readonly sources = new Sources();
  readonly #outside: Outside;
  #line: Line | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(outside: Outside) {
    this.#outside = outside;
    this.sources.onchange = (track) => this.#line?.replace(track);
  }

  check(): Promise<void> {
    if (this.state.phase !== 'idle') return Promise.resolve();
    this.#take({ type: 'check' });
    return this.choose(() => this.sources.open());
  }

  /** Has a device opened, and tells where it cannot be. */
  async choose(open: () => Promise<void>): Promise<void> {
    try {
      await open();
      this.#take({ type: 'opened' });
    } catch (reason) {
      this.#take({ type: 'kept_out', trouble: troubleOf(reason) });
    }
  }

  goLive(): void {
    if (this.state.phase !== 'ready' && this.state.phase !== 'failed') return;
    this.#take({ type: 'go_live' });
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#line?.stop();
    this.#line = null;
    this.#take({ type: 'stop' });
  }

  #connect(): void {
    this.#line?.drop();
    const now = () => this.#outside.now();
    const line = this.#outside.openLine(this.sources.tracks(), {
      connected: () => this.#of(line, { type: 'connected', now: now() }),
      failed: (failure) => this.#of(line, { type: 'failed', failure, now: now() }),
      lost: () => this.#of(line, { type: 'lost', now: now() }),
    });
    this.#line = line;
  }

  /** What an earlier line has to say is old news. */
  #of(line: Line, input: Input): void {
    if (line !== this.#line) return;
    const before = this.state;
    this.#take(input);
    const { phase, retryAt } = this.state;
    if (phase === 'failed' && before.lostAt === null) {
      // Nothing was on yet that could go on: the server need not wait for us.
      line.stop();
    } else if (phase === 'failed' || phase === 'reconnecting') line.drop();
    if (retryAt === null) return;
    this.#retry = setTimeout(() => {
      this.#take({ type: 'retry' });
      if (isSending(this.state)) this.#connect();
    }, retryAt - this.#outside.now());
  }

  #take(input: Input): void {
    this.state = step(this.state, input);
  }
}

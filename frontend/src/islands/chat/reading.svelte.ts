/**
 * The reader's place in a channel: what they have seen, here and on their other
 * devices. It moves on only by what was in front of somebody's eyes.
 */
import type { Command, Event } from '../../generated/protocol.ts';
import { Refused, type Reader, type Subscription } from '../../lib/live.ts';

/** What a place needs of the world. */
export interface Beyond {
  subscribe(topic: string, after: number | undefined, reader: Reader): Subscription;
  send(command: Command): Promise<void>;
  later(ms: number, act: () => void): void;
}

/** What is seen within this time is told at once. */
const TELL_AFTER_MS = 1_500;

export class Reading {
  /** Number of the last message seen on any device. */
  mark: number = $state(0);
  /** After this number the new messages began when the reader came; null: nowhere. */
  line: number | null = $state(null);
  readonly #channel: string;
  readonly #kept: boolean;
  readonly #beyond: Beyond;
  #told: number;
  #telling = false;
  /** Somebody put the mark back: looking on does not move it until they come again. */
  #held = false;

  /**
   * `mark` is where the reader was when the page was made (null: never here),
   * `last` the newest message then. `kept` says whether the server keeps it.
   */
  constructor(channel: string, mark: number | null, last: number, kept: boolean, beyond: Beyond) {
    this.#channel = channel;
    this.#kept = kept;
    this.#beyond = beyond;
    this.mark = mark ?? last;
    this.#told = mark ?? -1;
    this.line = mark !== null && mark < last ? mark : null;
  }

  /** Hears of what the reader's other devices read. */
  follow(topic: string): Subscription {
    return this.#beyond.subscribe(topic, undefined, { event: (event) => this.#take(event) });
  }

  /** The newest message in view, while somebody looks. */
  see(seq: number): void {
    if (this.#held || (seq <= this.mark && seq <= this.#told)) return;
    this.mark = Math.max(this.mark, seq);
    if (!this.#kept || this.#telling) return;
    this.#telling = true;
    this.#beyond.later(TELL_AFTER_MS, () => void this.#tell());
  }

  /** Somebody came back to the page: what they look at counts again. */
  come(): void {
    this.#held = false;
  }

  /** Everything from message `seq` on is new again. */
  async unread(seq: number): Promise<void> {
    this.#held = true;
    await this.#send({ type: 'mark_unread', channel: this.#channel, seq });
    this.#put(seq - 1);
  }

  async #tell(): Promise<void> {
    this.#telling = false;
    const seq = this.mark;
    if (this.#held || seq <= this.#told) return;
    this.#told = seq;
    await this.#send({ type: 'mark_read', channel: this.#channel, seq });
  }

  async #send(command: Command): Promise<void> {
    try {
      await this.#beyond.send(command);
    } catch (reason) {
      // A place that could not be kept is no reason to disturb a reader.
      if (!(reason instanceof Refused)) throw reason;
    }
  }

  #take(event: Event): void {
    if (event.type !== 'read_mark_moved' || event.channel !== this.#channel) return;
    if (event.seq < this.#told) {
      // Put back on another device: it stays there until somebody looks anew.
      this.#held = true;
      this.#put(event.seq);
      return;
    }
    this.#told = event.seq;
    this.mark = Math.max(this.mark, event.seq);
  }

  #put(mark: number): void {
    this.mark = mark;
    this.#told = mark;
    this.line = mark;
  }
}

/**
 * What a screen reader is told of new messages: each by itself while it is
 * quiet; in a flood only how many there were, at most every ten seconds. Pure:
 * the caller brings the time and speaks.
 */
export interface Announcement {
  /** How many messages this stands for; `text` is set where it is one. */
  count: number;
  text: string | null;
}

/** A message this soon after another is part of a flood. */
const QUIET_MS = 3_000;
const SUMMARY_EVERY_MS = 10_000;

export class Announcements {
  #lastMessage = -Infinity;
  #lastSummary = -Infinity;
  #waiting = 0;
  #waitingText: string | null = null;
  #due: number | undefined;

  /** A message came; gives what is to be said at once, if anything. */
  message(now: number, text: string): Announcement | undefined {
    const quiet = this.#waiting === 0 && now - this.#lastMessage >= QUIET_MS;
    this.#lastMessage = now;
    if (quiet) return { count: 1, text };
    this.#waiting += 1;
    this.#waitingText = this.#waiting === 1 ? text : null;
    this.#due ??= Math.max(now + QUIET_MS, this.#lastSummary + SUMMARY_EVERY_MS);
    return undefined;
  }

  /** When `tick` has something to say. */
  wake(): number | undefined {
    return this.#due;
  }

  tick(now: number): Announcement | undefined {
    if (this.#due === undefined || now < this.#due) return undefined;
    const announcement = { count: this.#waiting, text: this.#waitingText };
    this.#lastSummary = now;
    this.#waiting = 0;
    this.#waitingText = null;
    this.#due = undefined;
    return announcement;
  }

  /** Forgets what waits: the reader switched announcements off. */
  clear(): void {
    this.#waiting = 0;
    this.#waitingText = null;
    this.#due = undefined;
  }
}

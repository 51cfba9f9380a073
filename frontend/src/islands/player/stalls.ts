/** How long the picture stood still in the last minute. Pure. */

const MINUTE = 60_000;

export class Stalls {
  #past: { from: number; to: number }[] = [];
  #since: number | null = null;

  begin(now: number): void {
    this.#since ??= now;
  }

  end(now: number): void {
    if (this.#since === null) return;
    this.#past.push({ from: this.#since, to: now });
    this.#since = null;
  }

  /** Milliseconds of the minute before `now`. */
  within(now: number): number {
    const begun = now - MINUTE;
    this.#past = this.#past.filter(({ to }) => to > begun);
    const all = this.#since === null ? this.#past : [...this.#past, { from: this.#since, to: now }];
    return all.reduce((sum, { from, to }) => sum + to - Math.max(from, begun), 0);
  }
}

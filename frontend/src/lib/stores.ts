/**
 * A value that tells of its changes, in the shape that components read by `$`.
 * Our own few lines instead of the framework's: pages whose islands need no
 * components then load none of its runtime.
 */
import type { Readable } from 'svelte/store';

export class Cell<Value> implements Readable<Value> {
  #value: Value;
  #readers = new Set<(value: Value) => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  /** Tells the value now and after each change, until the answer is called. */
  subscribe(reader: (value: Value) => void): () => void {
    // The same function may read twice; each reading ends by itself.
    const own = (value: Value) => reader(value);
    this.#readers.add(own);
    own(this.#value);
    return () => this.#readers.delete(own);
  }

  set(value: Value): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const reader of [...this.#readers]) reader(value);
  }
}

/** Pictures that are on their way into a message that is being written. */
import { SvelteMap } from 'svelte/reactivity';
import type { Image, Problem } from '../../generated/protocol.ts';

/** Pictures of one message, and bytes of one, as the server counts them. */
export const MAX_IMAGES = 4;
export const MAX_BYTES = 8 * 1024 * 1024;

/** A picture on its way to the server; `done` fails with the server's problem. */
export interface Sending {
  done: Promise<Image>;
  stop(): void;
}

/** What this needs of the world. */
export interface Carrier {
  /** Calls `progress` with the part that has left, 0 to 1. */
  sendImage(channel: string, file: Blob, progress: (part: number) => void): Sending;
  removeImage(id: string): void;
}

/** Why the server takes no picture, where it says so itself. */
export class NotTaken extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export interface Upload {
  /** Of this page only. */
  id: number;
  name: string;
  /** What it shows, as its sender puts it. */
  alt: string;
  progress: number;
  state: 'sending' | 'ready' | 'failed';
  /** The text that says what to do, where it failed. */
  why: string;
  /** Whether sending the same again may help. */
  again: boolean;
  image: Image | null;
}

export class Uploads {
  items: Upload[] = $state([]);
  /** Whether more were given than a message takes. */
  tooMany = $state(false);
  #channel: string;
  #carrier: Carrier;
  #next = 0;
  readonly #files = new SvelteMap<number, Blob>();
  readonly #sending = new SvelteMap<number, Sending>();

  constructor(channel: string, carrier: Carrier) {
    this.#channel = channel;
    this.#carrier = carrier;
  }

  /** Whether something is still on its way, or could not be sent. */
  get unfinished(): boolean {
    return this.items.some((item) => item.state !== 'ready');
  }
  get full(): boolean {
    return this.items.length >= MAX_IMAGES;
  }

  add(files: Iterable<File>): void {
    this.tooMany = false;
    for (const file of files) {
      if (this.full) {
        this.tooMany = true;
        return;
      }
      this.#begin(file, file.name);
    }
  }

  /** Puts pictures back that were sent already. */
  put(images: Image[]): void {
    for (const image of images.slice(0, MAX_IMAGES - this.items.length)) {
      this.items.push({ ...this.#fresh(''), alt: image.alt, progress: 1, state: 'ready', image });
    }
  }

  remove(id: number): void {
    const item = this.items.find((one) => one.id === id);
    this.#sending.get(id)?.stop();
    if (item?.image) this.#carrier.removeImage(item.image.id);
    this.#forget(id);
    this.items = this.items.filter((one) => one.id !== id);
    this.tooMany = false;
  }

  retry(id: number): void {
    const item = this.items.find((one) => one.id === id);
    const file = this.#files.get(id);
    if (item && file) this.#send(item, file);
  }

  /** What is ready, with what it shows; it is the message's from now on. */
  take(): Image[] {
    const images = this.items.flatMap(({ image, alt }) =>
      image ? [{ ...image, alt: alt.trim() }] : [],
    );
    for (const { id } of this.items) this.#forget(id);
    this.items = [];
    this.tooMany = false;
    return images;
  }

  #fresh(name: string): Upload {
    this.#next += 1;
    return {
      ...{ id: this.#next, name, alt: '', progress: 0, why: '', again: false, image: null },
      state: 'sending',
    };
  }

  #begin(file: File, name: string): void {
    this.items.push(this.#fresh(name));
    // The list's own, so that what becomes of it is seen.
    const item = this.items.at(-1);
    if (!item) return;
    if (file.size > MAX_BYTES) {
      Object.assign(item, { state: 'failed', why: 'chat-image-heavy' });
      return;
    }
    this.#files.set(item.id, file);
    this.#send(item, file);
  }

  #send(item: Upload, file: Blob): void {
    Object.assign(item, { state: 'sending', progress: 0, why: '', again: false });
    const sending = this.#carrier.sendImage(this.#channel, file, (part) => (item.progress = part));
    this.#sending.set(item.id, sending);
    sending.done.then(
      (image) => {
        const kept = this.items.some((one) => one.id === item.id);
        if (!kept) {
          this.#carrier.removeImage(image.id);
          return;
        }
        Object.assign(item, { image, progress: 1, state: 'ready' });
        this.#forget(item.id);
      },
      (reason: unknown) => Object.assign(item, { state: 'failed', ...told(reason) }),
    );
  }

  #forget(id: number): void {
    this.#files.delete(id);
    this.#sending.delete(id);
  }
}

/** What to do about a picture that is not there. */
function told(reason: unknown): { why: string; again: boolean } {
  const word = reason instanceof NotTaken ? reason.problem.type.replace('/problems/', '') : '';
  switch (word) {
    case 'too-large':
      return { why: 'chat-image-heavy', again: false };
    case 'invalid':
      return { why: 'chat-image-other', again: false };
    case 'images-off':
      return { why: 'chat-image-new', again: false };
    case 'too-many':
      return { why: 'chat-image-often', again: true };
    case 'unavailable':
    case '':
      return { why: 'chat-image-failed', again: true };
    default:
      return { why: 'chat-image-closed', again: false };
  }
}

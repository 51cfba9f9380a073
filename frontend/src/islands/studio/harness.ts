/** A browser's cameras and a server for tests: no picture, no sound, no line. */
import { vi } from 'vitest';
import type { Line, LineEvents, Tracks } from './line.ts';

export class FakeTrack extends EventTarget {
  readonly kind: string;
  readonly id: string;
  enabled = true;
  stopped = false;
  constructor(kind: string, id: string) {
    super();
    this.kind = kind;
    this.id = id;
  }
  getSettings() {
    return { deviceId: this.id };
  }
  stop() {
    this.stopped = true;
  }
  /** Ends without our doing, as by the browser's own button. */
  end() {
    this.dispatchEvent(new Event('ended'));
  }
}

export class FakeDevices extends EventTarget {
  devices = [
    { kind: 'videoinput', deviceId: 'cam-1', label: 'Front' },
    { kind: 'videoinput', deviceId: 'cam-2', label: 'Back' },
    { kind: 'audioinput', deviceId: 'mic-1', label: 'Headset' },
  ];
  /** Names of the errors that the next openings end in. */
  refusals: string[] = [];
  opened: FakeTrack[] = [];
  readonly wishes: MediaStreamConstraints[] = [];

  enumerateDevices() {
    return Promise.resolve(this.devices);
  }
  getUserMedia(wish: MediaStreamConstraints) {
    this.wishes.push(wish);
    return this.#open([
      ...(wish.video ? [new FakeTrack('video', exact(wish.video) ?? 'cam-1')] : []),
      ...(wish.audio ? [new FakeTrack('audio', exact(wish.audio) ?? 'mic-1')] : []),
    ]);
  }
  getDisplayMedia() {
    return this.#open([new FakeTrack('video', 'screen')]);
  }
  #open(tracks: FakeTrack[]) {
    const refusal = this.refusals.shift();
    if (refusal) return Promise.reject(new DOMException('', refusal));
    this.opened.push(...tracks);
    return Promise.resolve({ getTracks: () => tracks });
  }
}

function exact(wish: boolean | MediaTrackConstraints): string | undefined {
  const id = typeof wish === 'object' ? wish.deviceId : undefined;
  return typeof id === 'object' && 'exact' in id ? String(id.exact) : undefined;
}

/** Puts the devices where the browser has its own. */
export function plugIn(): FakeDevices {
  const devices = new FakeDevices();
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: devices });
  return devices;
}

export class FakeLine implements Line {
  readonly tracks: Tracks;
  readonly events: LineEvents;
  replace = vi.fn();
  stop = vi.fn();
  drop = vi.fn();
  constructor(tracks: Tracks, events: LineEvents) {
    this.tracks = tracks;
    this.events = events;
  }
}

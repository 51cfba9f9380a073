/** What is shown and heard: camera or screen, microphone, and what stands in for them. */
import {
  choices,
  openBoth,
  openCamera,
  openMicrophone,
  openScreen,
  type Choices,
} from './devices.ts';
import { darkness, silence } from './fillers.ts';
import type { Tracks } from './line.ts';

/** What came to an end without being asked to. */
export type Ended = 'screen' | 'camera' | 'microphone';

export class Sources {
  camera: MediaStreamTrack | null = $state.raw(null);
  screen: MediaStreamTrack | null = $state.raw(null);
  microphone: MediaStreamTrack | null = $state.raw(null);
  choices: Choices = $state.raw({ cameras: [], microphones: [] });
  muted = $state(false);
  hidden = $state(false);
  ended: Ended | null = $state(null);
  /** Told of each track that takes the place of another of its kind. */
  onchange: (track: MediaStreamTrack) => void = () => undefined;
  readonly #opening: Partial<Record<'camera' | 'microphone', Promise<MediaStreamTrack>>> = {};
  #dark: MediaStreamTrack | null = null;
  #silent: MediaStreamTrack | null = null;

  /** The picture that is meant to be seen, where there is one. */
  get picture(): MediaStreamTrack | null {
    return this.screen ?? this.camera;
  }

  /** What goes out: always a picture and a sound, or the stage would wait for them. */
  tracks(): Tracks {
    return { video: this.#video(), audio: this.#audio() };
  }

  async open(): Promise<void> {
    for (const track of await openBoth()) {
      if (track.kind === 'video') this.#setCamera(track);
      else this.#setMicrophone(track);
    }
    await this.list();
  }

  /** Names are told only after a person has said yes. */
  async list(): Promise<void> {
    this.choices = await choices();
  }

  /** `id` is empty for none. */
  async chooseCamera(id: string): Promise<void> {
    // Some devices have no two users, not even us twice.
    this.camera?.stop();
    this.#setCamera(null);
    delete this.#opening.camera;
    if (id !== '') await this.#latest('camera', openCamera(id), (track) => this.#setCamera(track));
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.microphone?.stop();
    this.#setMicrophone(null);
    delete this.#opening.microphone;
    if (id !== '')
      await this.#latest('microphone', openMicrophone(id), (track) => this.#setMicrophone(track));
  }

  async shareScreen(): Promise<void> {
    const track = await openScreen();
    if (track === null) return;
    this.screen?.stop();
    this.#setScreen(track);
  }

  showCamera(): void {
    this.screen?.stop();
    this.#setScreen(null);
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
  }

  hide(hidden: boolean): void {
    this.hidden = hidden;
    for (const track of [this.camera, this.screen]) if (track) track.enabled = !hidden;
  }

  /** Who chooses again before the first is open has changed their mind. */
  async #latest(
    what: 'camera' | 'microphone',
    opening: Promise<MediaStreamTrack>,
    set: (track: MediaStreamTrack) => void,
  ): Promise<void> {
    this.#opening[what] = opening;
    const track = await opening;
    if (this.#opening[what] === opening) set(track);
    else track.stop();
  }

  #setCamera(track: MediaStreamTrack | null): void {
    this.camera = track;
    if (track) this.#watch(track, 'camera', () => this.#setCamera(null));
    if (!this.screen) this.#pictureChanged();
  }

  #setScreen(track: MediaStreamTrack | null): void {
    this.screen = track;
    if (track) this.#watch(track, 'screen', () => this.#setScreen(null));
    this.#pictureChanged();
  }

  #setMicrophone(track: MediaStreamTrack | null): void {
    this.microphone = track;
    if (track) {
      track.enabled = !this.muted;
      this.#watch(track, 'microphone', () => this.#setMicrophone(null));
    }
    this.onchange(this.#audio());
  }

  #pictureChanged(): void {
    if (this.picture) this.picture.enabled = !this.hidden;
    this.onchange(this.#video());
  }

  /** A track tells of its end only where somebody else ended it: the browser's bar, a pulled plug. */
  #watch(track: MediaStreamTrack, what: Ended, gone: () => void): void {
    this.ended = null;
    track.addEventListener('ended', () => {
      if (this[what] !== track) return;
      gone();
      this.ended = what;
    });
  }

  #video(): MediaStreamTrack {
    return this.picture ?? (this.#dark ??= darkness());
  }

  #audio(): MediaStreamTrack {
    return this.microphone ?? (this.#silent ??= silence());
  }
}

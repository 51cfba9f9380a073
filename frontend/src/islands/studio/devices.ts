/** Cameras, microphones and the screen, as the browser gives them. */

/** Why one cannot be had, by what the person can do about it. */
export type Trouble =
  | 'denied'
  | 'missing'
  | 'busy'
  /** The browser has none of it, or the page did not come by HTTPS. */
  | 'unable';

export interface Choices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
}

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

export function troubleOf(reason: unknown): Trouble {
  switch (reason instanceof DOMException ? reason.name : '') {
    case 'NotAllowedError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unable';
  }
}

export async function choices(): Promise<Choices> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind);
  return { cameras: of('videoinput'), microphones: of('audioinput') };
}

/** Asks once for whatever there is: who has no camera is still heard. */
export async function openBoth(): Promise<MediaStreamTrack[]> {
  const { cameras, microphones } = await choices();
  if (cameras.length + microphones.length === 0) throw new DOMException('', 'NotFoundError');
  const stream = await navigator.mediaDevices.getUserMedia({
    video: cameras.length > 0 && PICTURE,
    audio: microphones.length > 0,
  });
  return stream.getTracks();
}

export function openCamera(id: string): Promise<MediaStreamTrack> {
  return only({ video: { ...PICTURE, deviceId: { exact: id } } });
}

export function openMicrophone(id: string): Promise<MediaStreamTrack> {
  return only({ audio: { deviceId: { exact: id } } });
}

async function only(wish: MediaStreamConstraints): Promise<MediaStreamTrack> {
  return first(await navigator.mediaDevices.getUserMedia(wish));
}

/** Phones cannot share theirs. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** Nothing where the person thought better of it. */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  try {
    const video = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 30 } };
    return first(await navigator.mediaDevices.getDisplayMedia({ video, audio: false }));
  } catch (reason) {
    if (troubleOf(reason) === 'denied') return null;
    throw reason;
  }
}

function first(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getTracks();
  if (!track) throw new DOMException('', 'NotFoundError');
  return track;
}

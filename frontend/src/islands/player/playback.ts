/**
 * Puts a playlist on a video element: by hls.js where the browser has Media
 * Source, else by the browser's own HLS. Loaded only when somebody watches.
 *
 * hls.js runs without its worker: our media is fragmented MP4 already, so there
 * is nothing to convert, and the policy needs no `worker-src blob:`.
 */
import Hls, { ErrorTypes, Events, type ErrorData, type LoadPolicy } from 'hls.js/light';
import { variantsIn, type Variant } from './variants.ts';

export interface Playback {
  /** Seconds behind the live edge, where it is known. */
  latency(): number | null;
  goLive(): void;
  stop(): void;
}

/** What a stage is offered as now; empty where that cannot be read. */
export async function offered(url: string): Promise<Variant[]> {
  try {
    const answer = await fetch(url);
    return answer.ok ? variantsIn(await answer.text()) : [];
  } catch {
    // Whether it plays is told by the player itself.
    return [];
  }
}

export interface PlaybackOptions {
  live: boolean;
  /** Seconds into a recording to begin at. */
  from: number;
  /** The playlist or its media cannot be read any more; the caller tries again. */
  onfail: (reason: string) => void;
}

/** Media errors that hls.js may mend by itself within this time. */
const MEND_EVERY_MS = 5_000;

/**
 * A stage whose line broke answers "try again" for half a minute, each time after
 * some seconds of waiting: its picture goes on as soon as the line is back.
 */
const PATIENT: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 10, retryDelayMs: 1_000, maxRetryDelayMs: 1_000 },
  },
};

export function play(video: HTMLVideoElement, url: string, options: PlaybackOptions): Playback {
  if (Hls.isSupported()) return byMediaSource(video, url, options);
  if (video.canPlayType('application/vnd.apple.mpegurl') !== '')
    return byBrowser(video, url, options);
  options.onfail('unsupported');
  return { latency: () => null, goLive: () => undefined, stop: () => undefined };
}

function byMediaSource(
  video: HTMLVideoElement,
  url: string,
  { live, from, onfail }: PlaybackOptions,
): Playback {
  const hls = new Hls({
    enableWorker: false,
    lowLatencyMode: live,
    // A phone keeps a minute behind it, not the whole day.
    backBufferLength: 60,
    maxBufferLength: live ? 10 : 30,
    // After a stall it catches up gently. How far behind it plays is the
    // playlist's PART-HOLD-BACK: a count of ours would override it.
    ...(live && { maxLiveSyncPlaybackRate: 1.05, playlistLoadPolicy: PATIENT }),
    ...(from > 0 && { startPosition: from }),
  });
  let mended = -Infinity;
  hls.on(Events.ERROR, (_: Events.ERROR, data: ErrorData) => {
    if (!data.fatal) return;
    const now = performance.now();
    if (data.type === ErrorTypes.MEDIA_ERROR && now - mended > MEND_EVERY_MS) {
      mended = now;
      hls.recoverMediaError();
    } else onfail(data.details);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return {
    latency: () => (live && hls.latency > 0 ? hls.latency : null),
    goLive: () => {
      if (hls.liveSyncPosition !== null) video.currentTime = hls.liveSyncPosition;
    },
    stop: () => hls.destroy(),
  };
}

function byBrowser(
  video: HTMLVideoElement,
  url: string,
  { live, from, onfail }: PlaybackOptions,
): Playback {
  const failed = () => onfail(video.error?.message ?? 'media');
  video.addEventListener('error', failed);
  video.src = url;
  const begin = () => (video.currentTime = from);
  if (from > 0) video.addEventListener('loadedmetadata', begin, { once: true });
  const edge = () =>
    video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null;
  return {
    latency: () => {
      const end = edge();
      return live && end !== null ? Math.max(0, end - video.currentTime) : null;
    },
    goLive: () => {
      const end = edge();
      if (end !== null) video.currentTime = end;
    },
    stop: () => {
      video.removeEventListener('error', failed);
      video.removeEventListener('loadedmetadata', begin);
      video.removeAttribute('src');
      video.load();
    },
  };
}

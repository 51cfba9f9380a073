/** One connection to the server that carries picture and sound, from its offer to its end. */
import { ApiError } from '../../lib/api.ts';
import type { Failure } from './states.ts';
import { NoH264, publish, type Session } from './whip.ts';

export interface Tracks {
  video: MediaStreamTrack;
  audio: MediaStreamTrack;
}

export interface LineEvents {
  connected(): void;
  /** It never carried anything. */
  failed(failure: Failure): void;
  /** It did, and broke. */
  lost(): void;
}

export interface Line {
  /** Sends another track of the same kind from now on. */
  replace(track: MediaStreamTrack): void;
  /** Says goodbye: the broadcast is over. */
  stop(): void;
  /** Lets go without a word: the broadcast waits for another line. */
  drop(): void;
}

const MAX_BITRATE = 2_500_000;
const MAX_FRAMERATE = 30;
const CONNECT_MS = 10_000;
/** A line that is silent this long is broken; shorter, it often mends itself. */
const BROKEN_MS = 5_000;

export function openLine(endpoint: string, tracks: Tracks, events: LineEvents): Line {
  const pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
  addTracks(pc, tracks);
  let session: Session | null = null;
  let carried = false;
  let end: 'stop' | 'drop' | null = null;
  let late: ReturnType<typeof setTimeout> | undefined;

  const wait = (ms: number, then: () => void) => {
    clearTimeout(late);
    late = setTimeout(then, ms);
  };
  const fail = (failure: Failure) => {
    if (end === null) events.failed(failure);
  };
  const broken = () => (carried ? events.lost() : fail({ kind: 'unreachable' }));
  const close = (how: 'stop' | 'drop') => {
    end ??= how;
    clearTimeout(late);
    if (how === 'stop') void session?.stop();
    pc.close();
  };

  pc.addEventListener('connectionstatechange', () => {
    if (end !== null) return;
    if (pc.connectionState === 'failed') broken();
    else if (pc.connectionState === 'disconnected') wait(BROKEN_MS, broken);
    else if (pc.connectionState === 'connected') {
      clearTimeout(late);
      carried = true;
      events.connected();
    }
  });

  publish(endpoint, pc).then(
    (made) => {
      session = made;
      // Stopped while the server thought about it.
      if (end === 'stop') void made.stop();
      else if (end === null && !carried) wait(CONNECT_MS, broken);
    },
    (reason: unknown) => fail(failureOf(reason)),
  );

  return {
    replace: (track) => {
      const sender = pc.getSenders().find((sender) => sender.track?.kind === track.kind);
      if (end === null) sender?.replaceTrack(track).catch((reason: unknown) => reportError(reason));
    },
    stop: () => close('stop'),
    drop: () => close('drop'),
  };
}

function addTracks(pc: RTCPeerConnection, { video, audio }: Tracks): void {
  const streams = [new MediaStream()];
  pc.addTransceiver(audio, { direction: 'sendonly', streams });
  const { sender } = pc.addTransceiver(video, {
    direction: 'sendonly',
    streams,
    sendEncodings: [{ maxBitrate: MAX_BITRATE, maxFramerate: MAX_FRAMERATE }],
  });
  // A picture of another size is another beginning for every viewer. Where the
  // browser does not know this wish, it does as it thinks best.
  sender
    .setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' })
    .catch(() => undefined);
}

export function failureOf(reason: unknown): Failure {
  if (reason instanceof ApiError) return { kind: 'refused', problem: reason.problem };
  return { kind: reason instanceof NoH264 ? 'codec' : 'unreachable' };
}

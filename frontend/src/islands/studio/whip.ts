/** Publishing by WHIP: an offer goes, an answer comes (RFC 9725). */
import { ApiError, problemOf } from '../../lib/api.ts';

export interface Session {
  url: string;
  /** Ends it at once, even while the page goes away. */
  stop(): Promise<void>;
}

/** This browser cannot send H.264, and the stage takes nothing else. */
export class NoH264 extends Error {}

const START_KBPS = 1_500;
const GATHER_MS = 1_000;
const ANSWER_MS = 10_000;

/** `pc` has its tracks already; candidates go with the offer, none follow. */
export async function publish(endpoint: string, pc: RTCPeerConnection): Promise<Session> {
  preferH264(pc);
  await pc.setLocalDescription();
  await gathered(pc);
  const answer = await fetch(endpoint, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/sdp' },
    body: pc.localDescription?.sdp ?? '',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const place = answer.headers.get('location');
  if (answer.status !== 201 || place === null) throw new ApiError(await problemOf(answer));
  const url = new URL(place, new URL(endpoint, location.href)).href;
  const stop = async () => {
    const end = { method: 'DELETE', credentials: 'same-origin', keepalive: true } as const;
    // Where this does not arrive, the server finds out by itself.
    await fetch(url, end).catch(() => undefined);
  };
  try {
    await pc.setRemoteDescription({ type: 'answer', sdp: startingHigh(await answer.text()) });
  } catch (reason) {
    await stop();
    throw reason;
  }
  return { url, stop };
}

/** H.264 before all else, and of its forms first the one that may split a picture over packets. */
export function preferH264(pc: RTCPeerConnection): void {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  const rank = ({ mimeType, sdpFmtpLine = '' }: RTCRtpCodec) => {
    if (mimeType.toLowerCase() !== 'video/h264') return 2;
    return /packetization-mode=1/.test(sdpFmtpLine) ? 0 : 1;
  };
  if (!codecs.some((codec) => rank(codec) < 2)) throw new NoH264();
  const ordered = [...codecs].sort((a, b) => rank(a) - rank(b));
  for (const transceiver of pc.getTransceivers()) {
    if (transceiver.sender.track?.kind === 'video') transceiver.setCodecPreferences(ordered);
  }
}

/**
 * Chromium begins with 300 kbit/s and dares more step by step; words on a screen
 * cannot be read until then. Other browsers pass over this word.
 */
export function startingHigh(answer: string): string {
  const h264 = [...answer.matchAll(/^a=rtpmap:(\d+) H264\/90000/gim)].map(([, type]) => type);
  return answer.replace(/^a=fmtp:(\d+) [^\r\n]+/gm, (line, type: string) =>
    h264.includes(type) ? `${line};x-google-start-bitrate=${START_KBPS}` : line,
  );
}

/** Waits for the browser's own addresses, but not long: the server needs none of them. */
async function gathered(pc: RTCPeerConnection): Promise<void> {
  if (pc.iceGatheringState === 'complete') return;
  await new Promise<void>((resolve) => {
    const done = () => {
      if (pc.iceGatheringState === 'complete') resolve();
    };
    pc.addEventListener('icegatheringstatechange', done);
    setTimeout(resolve, GATHER_MS);
  });
}

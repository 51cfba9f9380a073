import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../lib/api.ts';
import { NoH264, preferH264, publish, startingHigh } from './whip.ts';

const ENDPOINT = '/summit/organise/stage/main/whip';
const codec = (name: string, sdpFmtpLine?: string) => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
  ...(sdpFmtpLine && { sdpFmtpLine }),
});
const VP8 = codec('VP8');
const RTX = codec('rtx', 'apt=96');
const SINGLE = codec('H264', 'level-asymmetry-allowed=1;packetization-mode=0');
const SPLIT = codec('H264', 'level-asymmetry-allowed=1;packetization-mode=1');

let codecs: unknown[];
let preferred: { video: unknown[]; audio: unknown[] };
let answers: Response[];
let asked: { url: string; method: string; body: unknown; keepalive: boolean }[];

function peer(over: Partial<RTCPeerConnection> = {}): RTCPeerConnection {
  const transceiver = (kind: 'video' | 'audio') => ({
    sender: { track: { kind } },
    setCodecPreferences: (order: unknown[]) => (preferred[kind] = order),
  });
  return {
    iceGatheringState: 'complete',
    localDescription: { type: 'offer', sdp: 'OFFER' },
    setLocalDescription: vi.fn(() => Promise.resolve()),
    setRemoteDescription: vi.fn(() => Promise.resolve()),
    getTransceivers: () => [transceiver('audio'), transceiver('video')],
    addEventListener: () => undefined,
    ...over,
  } as unknown as RTCPeerConnection;
}
const created = (headers: Record<string, string> = { location: 'whip/7' }) =>
  new Response('ANSWER', { status: 201, headers });

beforeEach(() => {
  codecs = [VP8, RTX, SINGLE, SPLIT];
  preferred = { video: [], audio: [] };
  answers = [];
  asked = [];
  vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs, headerExtensions: [] }) });
  vi.stubGlobal('fetch', (url: string, { method = '', body, keepalive = false }: RequestInit) => {
    asked.push({ url, method, body, keepalive });
    return Promise.resolve(answers.shift() ?? new Response(null, { status: 200 }));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('H.264 goes first, split over packets before whole, and the rest keeps its order', () => {
  preferH264(peer());
  expect(preferred).toEqual({ video: [SPLIT, SINGLE, VP8, RTX], audio: [] });
});

test('a browser without H.264 sends no offer', async () => {
  codecs = [VP8, RTX];
  await expect(publish(ENDPOINT, peer())).rejects.toBeInstanceOf(NoH264);
  expect(asked).toEqual([]);
});

test('the answer is taken, and the session is where the answer says, seen from the endpoint', async () => {
  answers = [created()];
  const pc = peer();
  const session = await publish(ENDPOINT, pc);
  expect(asked[0]).toMatchObject({ url: ENDPOINT, method: 'POST', body: 'OFFER' });
  expect(pc.setRemoteDescription).toHaveBeenCalledWith({ type: 'answer', sdp: 'ANSWER' });
  const url = new URL('/summit/organise/stage/main/whip/7', location.href).href;
  expect(session.url).toBe(url);
  await session.stop();
  expect(asked[1]).toMatchObject({ url, method: 'DELETE', keepalive: true });
});

test('a refusal keeps the problem’s own words', async () => {
  const problem = {
    type: '/problems/stage-taken',
    title: 'Taken',
    status: 409,
    detail: 'Ada sends.',
  };
  answers = [
    new Response(JSON.stringify(problem), {
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
    }),
  ];
  const refusal = await publish(ENDPOINT, peer()).catch((reason: unknown) => reason);
  expect(refusal).toBeInstanceOf(ApiError);
  expect(refusal).toMatchObject({ message: 'Ada sends.', problem });
});

test('an answer that the browser cannot take ends the session', async () => {
  answers = [created()];
  const pc = peer({ setRemoteDescription: () => Promise.reject(new Error('no')) });
  await expect(publish(ENDPOINT, pc)).rejects.toThrow('no');
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
});

test('addresses are waited for a second at most', async () => {
  vi.useFakeTimers();
  answers = [created()];
  const session = publish(ENDPOINT, peer({ iceGatheringState: 'gathering' }));
  await vi.advanceTimersByTimeAsync(999);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.length).toBe(1);
  await session;
});

test('Chromium is asked to begin with a picture that can be read', () => {
  const answer = [
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10',
    'a=rtpmap:102 H264/90000',
    'a=fmtp:102 packetization-mode=1',
    'a=rtpmap:103 rtx/90000',
    'a=fmtp:103 apt=102',
    '',
  ].join('\r\n');
  expect(startingHigh(answer)).toBe(
    answer.replace('packetization-mode=1', 'packetization-mode=1;x-google-start-bitrate=1500'),
  );
});

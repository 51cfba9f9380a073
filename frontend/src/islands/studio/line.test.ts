import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../../lib/api.ts';
import { openLine, type LineEvents } from './line.ts';
import { NoH264, publish } from './whip.ts';

vi.mock('./whip.ts', { spy: true });

class FakeConnection extends EventTarget {
  connectionState = 'new';
  readonly asked: [MediaStreamTrack, RTCRtpTransceiverInit][] = [];
  readonly replaced: unknown[] = [];
  closed = false;
  addTransceiver(track: MediaStreamTrack, init: RTCRtpTransceiverInit) {
    this.asked.push([track, init]);
    return {
      sender: { getParameters: () => ({}), setParameters: () => Promise.resolve() },
    };
  }
  getSenders() {
    return this.asked.map(([track]) => ({
      track,
      replaceTrack: (next: unknown) => Promise.resolve(this.replaced.push(next)),
    }));
  }
  close() {
    this.closed = true;
  }
  become(state: string) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

const track = (kind: string) => ({ kind }) as MediaStreamTrack;
const TRACKS = { video: track('video'), audio: track('audio') };
let pc: FakeConnection;
let told: unknown[];
const events: LineEvents = {
  connected: () => told.push('connected'),
  failed: (failure) => told.push(failure),
  lost: () => told.push('lost'),
};
const session = { url: '/whip/7', stop: vi.fn(() => Promise.resolve()) };

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  session.stop.mockClear();
  vi.mocked(publish).mockResolvedValue(session);
  vi.stubGlobal('MediaStream', vi.fn());
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends FakeConnection {
      constructor() {
        super();
        // The test plays the network.
        // eslint-disable-next-line @typescript-eslint/no-this-alias
        pc = this;
      }
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connected() {
  const line = openLine('/whip', TRACKS, events);
  await vi.advanceTimersByTimeAsync(0);
  pc.become('connected');
  return line;
}

test('one picture and one sound go out, and nothing comes in', async () => {
  const line = await connected();
  expect(pc.asked.map(([track, { direction }]) => [track.kind, direction])).toEqual([
    ['audio', 'sendonly'],
    ['video', 'sendonly'],
  ]);
  expect(pc.asked[1]?.[1].sendEncodings).toEqual([{ maxBitrate: 2_500_000, maxFramerate: 30 }]);
  const screen = track('video');
  line.replace(screen);
  expect([pc.replaced, told]).toEqual([[screen], ['connected']]);
});

test('a line that comes back within five seconds was never lost', async () => {
  await connected();
  pc.become('disconnected');
  await vi.advanceTimersByTimeAsync(4_900);
  pc.become('connected');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['connected', 'connected']);
});

test('one that does not, or that the browser gives up, is', async () => {
  await connected();
  pc.become('disconnected');
  await vi.advanceTimersByTimeAsync(5_000);
  await connected();
  pc.become('failed');
  expect(told).toEqual(['connected', 'lost', 'connected', 'lost']);
});

test('a line that never carries anything fails', async () => {
  openLine('/whip', TRACKS, events);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([{ kind: 'unreachable' }]);
});

test.each([
  [new NoH264(), { kind: 'codec' }],
  [new TypeError('offline'), { kind: 'unreachable' }],
  [
    new ApiError({ type: 'about:blank', status: 409, title: 'Taken' }),
    { kind: 'refused', problem: { type: 'about:blank', status: 409, title: 'Taken' } },
  ],
])('%s is told as what it means', async (reason, failure) => {
  vi.mocked(publish).mockRejectedValue(reason);
  openLine('/whip', TRACKS, events);
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([failure]);
});

test('stopping says goodbye, even where the server has not answered yet', async () => {
  const line = await connected();
  line.stop();
  expect([pc.closed, session.stop.mock.calls.length]).toEqual([true, 1]);
  openLine('/whip', TRACKS, events).stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([session.stop.mock.calls.length, told]).toEqual([2, ['connected']]);
});

test('a line that is let go says nothing', async () => {
  const line = await connected();
  line.drop();
  pc.become('failed');
  expect([pc.closed, session.stop.mock.calls.length, told]).toEqual([true, 0, ['connected']]);
});

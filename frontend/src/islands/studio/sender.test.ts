import { beforeEach, afterEach, expect, test, vi } from 'vitest';
import { FakeLine, plugIn, type FakeDevices } from './harness.ts';
import { Sender } from './sender.svelte.ts';

const darkness = vi.hoisted(() => ({ kind: 'video', id: 'dark' }));
const silence = vi.hoisted(() => ({ kind: 'audio', id: 'silent' }));
vi.mock('./fillers.ts', () => ({
  darkness: () => darkness,
  silence: () => silence,
}));

let devices: FakeDevices;
let lines: FakeLine[];
let sender: Sender;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
  devices = plugIn();
  lines = [];
  sender = new Sender({
    openLine: (tracks, events) => {
      lines.push(new FakeLine(tracks, events));
      return lines.at(-1) as FakeLine;
    },
    now: () => Date.now(),
  });
});
afterEach(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(navigator, 'mediaDevices');
});

const line = () => lines.at(-1) as FakeLine;
const ids = () => [line().tracks.video.id, line().tracks.audio.id];
async function goLive() {
  await sender.check();
  sender.goLive();
  line().events.connected();
}
const unreachable = { kind: 'unreachable' } as const;
const refused = (status: number) =>
  ({ kind: 'refused', problem: { type: '/problems/some', status, title: 'No' } }) as const;

test('camera and microphone go out on the person’s word', async () => {
  await sender.check();
  expect([sender.state.phase, lines.length]).toEqual(['ready', 0]);
  sender.goLive();
  expect([sender.state.phase, ...ids()]).toEqual(['connecting', 'cam-1', 'mic-1']);
  line().events.connected();
  expect([sender.state.phase, sender.state.since]).toEqual(['live', 1_000]);
  sender.stop();
  expect(sender.state.phase).toBe('ready');
  expect(line().stop).toHaveBeenCalledOnce();
});

test.each([
  ['NotAllowedError', 'denied'],
  ['NotFoundError', 'missing'],
  ['NotReadableError', 'busy'],
  ['SecurityError', 'unable'],
])('%s is told as %s, and may be tried again', async (name, trouble) => {
  devices.refusals = [name];
  await sender.check();
  expect([sender.state.phase, sender.state.trouble]).toEqual(['idle', trouble]);
  await sender.check();
  expect([sender.state.phase, sender.state.trouble]).toEqual(['ready', null]);
});

test('a page that gets no devices at all says so', async () => {
  Reflect.deleteProperty(navigator, 'mediaDevices');
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: undefined });
  await sender.check();
  expect(sender.state.trouble).toBe('unable');
});

test('without a camera darkness is sent, without a microphone silence', async () => {
  devices.devices = devices.devices.filter(({ kind }) => kind === 'audioinput');
  await sender.check();
  expect(devices.wishes[0]?.video).toBe(false);
  await sender.sources.chooseMicrophone('');
  sender.goLive();
  expect(ids()).toEqual(['dark', 'silent']);
});

test('the screen takes the camera’s place on the same line, and gives it back', async () => {
  await goLive();
  await sender.sources.shareScreen();
  expect(line().replace).toHaveBeenLastCalledWith(expect.objectContaining({ id: 'screen' }));
  devices.opened.at(-1)?.end();
  expect(line().replace).toHaveBeenLastCalledWith(expect.objectContaining({ id: 'cam-1' }));
  expect([sender.sources.ended, lines.length]).toEqual(['screen', 1]);
});

test('a screen without a camera behind it leaves darkness', async () => {
  await goLive();
  await sender.sources.shareScreen();
  await sender.sources.chooseCamera('');
  expect(sender.sources.picture?.id).toBe('screen');
  devices.opened.at(-1)?.end();
  expect(sender.sources.picture).toBeNull();
  expect(line().replace).toHaveBeenLastCalledWith(darkness);
});

test('who thinks better of sharing the screen changes nothing', async () => {
  await goLive();
  devices.refusals = ['NotAllowedError'];
  await sender.choose(() => sender.sources.shareScreen());
  expect([sender.state.trouble, sender.sources.picture?.id]).toEqual([null, 'cam-1']);
});

test('another camera is as hidden, another microphone as mute, as the one before', async () => {
  await goLive();
  sender.sources.mute(true);
  sender.sources.hide(true);
  await sender.sources.chooseCamera('cam-2');
  await sender.sources.chooseMicrophone('mic-1');
  const [camera, microphone] = devices.opened.slice(-2);
  expect([camera?.enabled, microphone?.enabled]).toEqual([false, false]);
  expect(devices.opened.slice(0, 2).map(({ stopped }) => stopped)).toEqual([true, true]);
});

test('of two quick choices the later counts', async () => {
  await sender.check();
  await Promise.all([sender.sources.chooseCamera('cam-2'), sender.sources.chooseCamera('cam-1')]);
  expect(sender.sources.camera?.id).toBe('cam-1');
  expect(devices.opened.slice(-2).map(({ id, stopped }) => [id, stopped])).toEqual([
    ['cam-2', true],
    ['cam-1', false],
  ]);
});

test('a broken line is let go without a goodbye, and another is tried', async () => {
  await goLive();
  const first = line();
  first.events.lost();
  expect(sender.state.phase).toBe('reconnecting');
  expect([first.drop.mock.calls.length, first.stop.mock.calls.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(1_000);
  expect(lines.length).toBe(2);
  line().events.failed(refused(409));
  vi.advanceTimersByTime(2_000);
  expect(lines.length).toBe(3);
  first.events.lost();
  line().events.connected();
  expect([sender.state.phase, sender.state.since]).toEqual(['live', 1_000]);
  expect(lines.every(({ stop }) => stop.mock.calls.length === 0)).toBe(true);
});

test('stopping while it is tried again ends the trying', async () => {
  await goLive();
  line().events.lost();
  sender.stop();
  vi.advanceTimersByTime(60_000);
  expect([sender.state.phase, lines.length]).toEqual(['ready', 1]);
});

test('a first line that never carried anything is ended, and tried again by hand', async () => {
  await sender.check();
  sender.goLive();
  line().events.failed(unreachable);
  expect([sender.state.phase, sender.state.failure]).toEqual(['failed', unreachable]);
  expect(line().stop).toHaveBeenCalledOnce();
  sender.goLive();
  expect([sender.state.phase, lines.length]).toEqual(['connecting', 2]);
});

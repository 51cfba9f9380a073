import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { FakeLine, plugIn, type FakeDevices } from './harness.ts';
import { Sender } from './sender.svelte.ts';
import StudioView from './Studio.svelte';

let hear: (level: number) => void = () => undefined;
vi.mock('./levels.ts', async (original) => ({
  ...(await original<typeof import('./levels.ts')>()),
  listen: (_: unknown, onlevel: typeof hear) => {
    hear = onlevel;
    return () => undefined;
  },
}));

const texts = await loadTexts('en', ['studio']);
const button = (name: string) => screen.getByRole('button', { name });
const [words, sound] = [0, 1].map((i) => () => screen.getAllByRole('status')[i]?.textContent ?? '');

class FakeStream {
  readonly tracks: { kind: string }[];
  constructor(tracks: { kind: string }[]) {
    this.tracks = tracks;
  }
}

/** What the preview was last given. */
let shown: FakeStream | null;
let devices: FakeDevices;
let lines: FakeLine[];

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeStream);
  shown = null;
  vi.spyOn(HTMLMediaElement.prototype, 'srcObject', 'set').mockImplementation(
    (stream) => (shown = stream as unknown as FakeStream | null),
  );
  devices = plugIn();
  lines = [];
  const sender = new Sender({
    openLine: (tracks, events) => {
      lines.push(new FakeLine(tracks, events));
      return lines.at(-1) as FakeLine;
    },
    now: () => Date.now(),
  });
  const props = { sender, desk: '/desk/', stage: '/stage/' };
  render(StudioView, { props, context: textsContext(texts) });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'mediaDevices');
});

async function ready() {
  button('Check camera and microphone').focus();
  await fireEvent.click(button('Check camera and microphone'));
  await screen.findByRole('button', { name: 'Go live' });
}
async function live() {
  await ready();
  await fireEvent.click(button('Go live'));
  lines[0]?.events.connected();
  await screen.findByRole('button', { name: 'Stop sending' });
}

test('nothing is asked of the browser before the person says so', () => {
  expect(devices.wishes).toEqual([]);
  expect(words?.()).toContain('Nothing is being sent.');
});

test('the preview is mute and has a picture alone', async () => {
  await ready();
  const video = screen.getByLabelText<HTMLVideoElement>(/^What you send/);
  expect(video.muted).toBe(true);
  expect(shown?.tracks.map(({ kind }) => kind)).toEqual(['video']);
  expect(document.querySelectorAll('video, audio').length).toBe(1);
});

test('the focus stays in the studio when its button goes', async () => {
  await ready();
  const heading = screen.getByRole('heading', { name: 'Your picture and sound' });
  await vi.waitFor(() => expect(document.activeElement).toBe(heading));
});

test('going live, muting, stopping', async () => {
  await live();
  expect(words?.()).toContain('You are live');
  expect(screen.getByText('Live')).toBeTruthy();
  await fireEvent.click(button('Mute microphone'));
  expect(button('Mute microphone').getAttribute('aria-pressed')).toBe('true');
  expect(devices.opened.map(({ kind, enabled }) => [kind, enabled])).toEqual([
    ['video', true],
    ['audio', false],
  ]);
  await fireEvent.click(button('Stop sending'));
  expect(lines[0]?.stop).toHaveBeenCalledOnce();
  expect(button('Go live')).toBeTruthy();
});

test('a stage that is taken tells how to take over and the way to the desk', async () => {
  await ready();
  await fireEvent.click(button('Go live'));
  lines[0]?.events.failed({
    kind: 'refused',
    problem: { type: '/problems/taken', status: 409, title: 'Taken' },
  });
  await screen.findByRole('button', { name: 'Try again' });
  expect(words?.()).toContain('Somebody is sending to this stage already');
  expect(words?.()).toContain('Let another program take over');
  expect(screen.getByRole('link', { name: 'To the desk' }).getAttribute('href')).toBe('/desk/');
});

test('who is kept out reads what to do', async () => {
  devices.refusals = ['NotReadableError'];
  await fireEvent.click(button('Check camera and microphone'));
  await vi.waitFor(() => expect(words?.()).toContain('in use by another program'));
});

test('a silent microphone is told after three seconds, a muted one is not', async () => {
  await ready();
  vi.useFakeTimers({ now: Date.now() + 4_000 });
  hear(0);
  await vi.waitFor(() => expect(sound?.()).toContain('No sound from the microphone'));
  hear(0.4);
  await vi.waitFor(() => expect(sound?.()).toBe(''));
  await fireEvent.click(button('Mute microphone'));
  expect(sound?.()).toContain('is muted');
});

test('leaving asks first while live, and ends the broadcast at once', async () => {
  await ready();
  const leave = () => {
    const event = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  await fireEvent.click(button('Go live'));
  lines[0]?.events.connected();
  expect(leave()).toBe(true);
  window.dispatchEvent(new Event('pagehide'));
  expect(lines[0]?.stop).toHaveBeenCalledOnce();
});

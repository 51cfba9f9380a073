import { expect, test } from 'vitest';
import { initial, step, type Input, type State } from './states.ts';

const STAGE = '/hls/summit/main/index.m3u8';
const CUT = '/hls/summit/talk/ABC/index.m3u8';
const after = (state: State, ...inputs: Input[]) => inputs.reduce(step, state);
const published: Input = { type: 'recording_published', code: 'ABC', url: CUT };

test('a live stage waits for the reader: nothing plays unasked', () => {
  expect(initial('live', STAGE, true).phase).toBe('ready');
  expect(after(initial('live', STAGE, true), { type: 'broadcast_started' }).phase).toBe('ready');
});

test('a dark stage waits and becomes ready when its broadcast starts', () => {
  const dark = initial('live', STAGE, false);
  expect(dark.phase).toBe('waiting');
  expect(after(dark, { type: 'broadcast_started' }).phase).toBe('ready');
});

test('who asked to watch is taken back in when the broadcast returns', () => {
  const state = after(
    initial('live', STAGE, true),
    { type: 'watch' },
    { type: 'playing' },
    { type: 'broadcast_ended' },
    { type: 'finished' },
  );
  expect(state.phase).toBe('ended');
  expect(after(state, { type: 'broadcast_started' }).phase).toBe('loading');
});

test('the end of a broadcast lets the buffered rest play', () => {
  const state = after(
    initial('live', STAGE, true),
    { type: 'watch' },
    { type: 'playing' },
    { type: 'broadcast_ended' },
  );
  expect([state.phase, state.live]).toEqual(['playing', false]);
  expect(after(state, { type: 'stalled' }).phase).toBe('ended');
});

test('a failing playlist of a stage that went off is its end, not a fault', () => {
  const state = after(
    initial('live', STAGE, true),
    { type: 'watch' },
    { type: 'broadcast_ended' },
    { type: 'failed', now: 0, chance: 0 },
  );
  expect([state.phase, state.retryAt]).toEqual(['ended', null]);
});

test('failures are tried again later and later, with jitter, at most every 30 s', () => {
  let state = after(initial('live', STAGE, true), { type: 'watch' });
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    state = step(state, { type: 'failed', now: 1_000, chance: 0.5 });
    waits.push((state.retryAt ?? 0) - 1_000);
    state = step(state, { type: 'retry' });
  }
  expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
  expect(after(state, { type: 'playing' }).failures).toBe(0);
});

test('the recording is offered, never forced on who is watching', () => {
  const state = after(
    initial('live', STAGE, true),
    { type: 'watch' },
    { type: 'playing' },
    published,
  );
  expect([state.phase, state.source?.url]).toEqual(['playing', STAGE]);
  const replay = after(state, { type: 'watch_recording' });
  expect([replay.phase, replay.source, replay.recording]).toEqual([
    'loading',
    { kind: 'replay', url: CUT },
    null,
  ]);
  expect(after(replay, { type: 'broadcast_ended' }).phase).toBe('loading');
  expect(after(replay, { type: 'go_to_stage' }).source).toEqual({ kind: 'live', url: STAGE });
});

test('a session page without a recording waits, and takes it when it is published', () => {
  const state = initial('replay', null, false);
  expect([state.phase, after(state, { type: 'watch' }).phase]).toEqual(['waiting', 'waiting']);
  const offered = after(state, published, { type: 'watch_recording' });
  expect([offered.phase, offered.source?.url]).toEqual(['loading', CUT]);
});

test('a pause of the person is kept when the broadcast restarts', () => {
  const state = after(
    initial('live', STAGE, true),
    { type: 'watch' },
    { type: 'playing' },
    { type: 'paused' },
    { type: 'broadcast_started' },
  );
  expect(state.phase).toBe('paused');
});

test('another quality is loaded at once, but where somebody paused nothing plays unasked', () => {
  const playing = after(initial('live', STAGE, true), { type: 'watch' }, { type: 'playing' });
  expect(step(playing, { type: 'quality_changed' }).phase).toBe('loading');
  expect(after(playing, { type: 'paused' }, { type: 'quality_changed' }).phase).toBe('paused');
  expect(step(initial('live', STAGE, true), { type: 'quality_changed' }).phase).toBe('ready');
});

import { expect, test } from 'vitest';
import type { StageHealth } from '../../generated/protocol.ts';
import { loadTexts } from '../../lib/texts.ts';
import { words } from './health.ts';

const t = await loadTexts('en', ['desk']);
/** Without the marks that keep directions of text apart. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '');

const health = (over: Partial<StageHealth>): StageHealth => ({
  publishing: true,
  video: 'avc1.64001f',
  audio: 'mp4a.40.2',
  width: 1280,
  height: 720,
  keyframe_interval_ms: 2_000,
  kbps: 2_400,
  encoder: 'OBS 31',
  recording: true,
  problems: [],
  ...over,
});

test('a good stage is told with its figures', () => {
  const told = words(health({}), null, t);
  expect([told.tone, told.verdict, told.problems]).toEqual([
    'good',
    'Picture and sound arrive as they should.',
    [],
  ]);
  expect(told.figures.map(({ value }) => plain(value))).toEqual([
    'H.264, 1280 × 720',
    'AAC',
    '2,400 kbit/s',
    '2.0 s',
    'OBS 31',
    'running',
  ]);
});

test('what is not known is not shown', () => {
  const told = words(health({ kbps: null, encoder: null, width: null }), null, t);
  expect(told.figures.map(({ value }) => plain(value))).toEqual([
    'H.264',
    'AAC',
    '2.0 s',
    'running',
  ]);
});

test('every problem has its words, worst first as they came', () => {
  const told = words(
    health({
      problems: [
        { type: 'silent', ms: 11_001 },
        { type: 'video_codec', codec: 'hvc1' },
        { type: 'audio_codec', codec: 'opus' },
        { type: 'keyframe_interval', ms: 8_300 },
        { type: 'no_video' },
        { type: 'no_audio' },
        { type: 'recording_gap', segments: 2 },
        { type: 'away', ms: 29_500 },
        { type: 'setup', reason: 'no SPS' },
        { type: 'damaged', frames: 1 },
        { type: 'sample_rate', hz: 96_000 },
        { type: 'b_frames', ms: 333 },
        { type: 'refused' },
      ],
    }),
    null,
    t,
  );
  expect([told.tone, told.problems.length]).toEqual(['bad', 13]);
  expect(plain(told.problems[0] ?? '')).toContain('Nothing has come for 12 s');
  expect(plain(told.problems[3] ?? '')).toContain('8.3 s apart');
  expect(told.problems.filter((text) => text.startsWith('desk-'))).toEqual([]);
});

test('how it plays at the viewers is told where any has told', () => {
  const audience = {
    players: 20,
    latency_p50_ms: 1_400,
    latency_p95_ms: 2_100,
    stalled_p50_ms: 0,
    stalled_p95_ms: 300,
  };
  const told = words(health({}), audience, t).figures.slice(-2);
  expect(told.map(({ name, value }) => [name, plain(value)])).toEqual([
    ['Viewers’ delay', '1.4 s for half, at most 2.1 s for 95 %'],
    ['Stood still, last minute', '0.0 s for half, at most 0.3 s for 95 %'],
  ]);
  expect(words(health({}), { ...audience, players: 0 }, t).figures).toHaveLength(6);
});

test('an idle stage has no figures', () => {
  const told = words(health({ publishing: false }), null, t);
  expect([told.tone, told.figures]).toEqual(['quiet', []]);
});

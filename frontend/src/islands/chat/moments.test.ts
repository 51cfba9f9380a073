import { expect, test } from 'vitest';
import { message } from './harness.ts';
import { momentOf } from './moments.ts';

const timeline = { from: 1_000_000, to: 6_000_000, url: '/summit/talk/ABC/' };
const at = (sent_at: number) => momentOf(message(1, { sent_at }), timeline);

test('a message knows its place in the recording', () => {
  expect(at(1_000_000 + 760_900)).toEqual({ href: '/summit/talk/ABC/?t=760', clock: '12:40' });
  expect(at(1_000_000 + 3_723_000)?.clock).toBe('1:02:03');
  expect(at(1_000_000)?.clock).toBe('0:00');
});

test('what was said before, after, or without a recording has none', () => {
  expect([at(999_999), at(6_000_001), momentOf(message(1), null)]).toEqual([null, null, null]);
});

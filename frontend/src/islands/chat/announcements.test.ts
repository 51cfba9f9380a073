import { expect, test } from 'vitest';
import { Announcements, type Announcement } from './announcements.ts';

/** Everything said for messages at these times (ms), with the time it is said. */
function said(times: number[]): [number, Announcement][] {
  const announcements = new Announcements();
  const all: [number, Announcement][] = [];
  const until = (now: number) => {
    for (let due = announcements.wake(); due !== undefined && due <= now;) {
      const announcement = announcements.tick(due);
      if (announcement) all.push([due, announcement]);
      due = announcements.wake();
    }
  };
  times.forEach((now, i) => {
    until(now);
    const announcement = announcements.message(now, `message ${i}`);
    if (announcement) all.push([now, announcement]);
  });
  until(Infinity);
  return all;
}

test('in quiet times every message is told', () => {
  expect(said([0, 3_000, 60_000]).map(([, a]) => a.text)).toEqual([
    'message 0',
    'message 1',
    'message 2',
  ]);
});

test('two close together are both told', () => {
  expect(said([0, 1_000])).toEqual([
    [0, { count: 1, text: 'message 0' }],
    [4_000, { count: 1, text: 'message 1' }],
  ]);
});

test('500 messages in a minute are at most ten announcements, and none is lost', () => {
  const all = said(Array.from({ length: 500 }, (_, i) => i * 120));
  expect(all.length).toBeLessThanOrEqual(10);
  expect(all.reduce((sum, [, a]) => sum + a.count, 0)).toBe(500);
  const summaries = all.filter(([, a]) => a.count > 1).map(([at]) => at);
  const distances = summaries.slice(1).map((at, i) => at - (summaries[i] ?? 0));
  expect(Math.min(...distances)).toBeGreaterThanOrEqual(10_000);
});

test('what was switched off is not told later', () => {
  const announcements = new Announcements();
  announcements.message(0, 'a');
  announcements.message(1, 'b');
  announcements.clear();
  expect(announcements.wake()).toBeUndefined();
});

import { expect, test } from 'vitest';
import { duration, timesIn } from './times.ts';

const AT = Date.UTC(2026, 10, 23, 23, 5);

test('a time is told in the zone asked for', () => {
  expect(timesIn('en', 'Europe/Berlin').full(AT)).toBe('Tuesday 24 November, 00:05');
  expect(timesIn('de', 'America/New_York').full(AT)).toBe('Montag, 23. November, 18:05');
});

test('an unknown zone falls back to the browser’s own', () => {
  expect(timesIn('en', 'Nowhere/Land').clock(AT)).toBe(timesIn('en').clock(AT));
});

test('durations grow an hour only when they have one', () => {
  expect([duration(0), duration(75.9), duration(3_675), duration(-1)]).toEqual([
    '0:00',
    '1:15',
    '1:01:15',
    '0:00',
  ]);
});

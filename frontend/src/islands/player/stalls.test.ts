import { expect, test } from 'vitest';
import { Stalls } from './stalls.ts';

test('what stood still in the last minute is added up', () => {
  const stalls = new Stalls();
  expect(stalls.within(0)).toBe(0);
  stalls.begin(1_000);
  stalls.begin(2_000);
  stalls.end(3_000);
  stalls.end(9_000);
  expect(stalls.within(10_000)).toBe(2_000);
  stalls.begin(50_000);
  expect(stalls.within(55_000)).toBe(7_000);
  stalls.end(55_000);
  expect(stalls.within(62_000)).toBe(6_000);
  expect(stalls.within(63_001)).toBe(5_000);
  expect(stalls.within(200_000)).toBe(0);
});

test('it stands still as long as it lasts, but a minute at most is told', () => {
  const stalls = new Stalls();
  stalls.begin(0);
  expect(stalls.within(90_000)).toBe(60_000);
});

import { expect, test } from 'vitest';
import { level, rms, silenceWatch } from './levels.ts';

const constant = (value: number) => new Float32Array(64).fill(value);

test('loudness is the root mean square', () => {
  expect(rms(new Float32Array([0.5, -0.5, 0.5, -0.5]))).toBe(0.5);
  expect(rms(new Float32Array())).toBe(0);
});

test('the level goes from nothing to the loudest over 60 decibels', () => {
  expect([level(constant(0)), level(constant(0.0001)), level(constant(1))]).toEqual([0, 0, 1]);
  expect(level(constant(0.0316))).toBeCloseTo(0.5, 2);
});

test('silence is told after three seconds, and ends with the first sound', () => {
  const silent = silenceWatch(1_000);
  expect([silent(0, 2_000), silent(0, 3_999), silent(0, 4_000)]).toEqual([false, false, true]);
  expect([silent(0.2, 4_070), silent(0, 7_000), silent(0, 7_070)]).toEqual([false, false, true]);
});

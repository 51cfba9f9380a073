import { expect, test } from 'vitest';
import { startOf } from './links.ts';

test('a link names a moment; what makes no sense is the beginning', () => {
  expect(startOf('?t=760')).toBe(760);
  expect(['', '?t=', '?t=-5', '?t=later', '?t=Infinity'].map(startOf)).toEqual([0, 0, 0, 0, 0]);
});

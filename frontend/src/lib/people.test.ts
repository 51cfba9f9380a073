import { expect, test } from 'vitest';
import { initials, palette } from './people.ts';

test('initials are of the first and last word', () => {
  expect(initials('Ada King Lovelace')).toBe('AL');
  expect(initials('  plato ')).toBe('P');
  expect(initials('Ngũgĩ wa Thiong’o')).toBe('NT');
  expect(initials('(he) ... 世界')).toBe('H世');
  expect(initials('')).toBe('');
});

test('a colour is stable and within the twelve', () => {
  // By hand: 7 * 31 + 97 = 314 = 26 * 12 + 2.
  expect(palette('a')).toBe(2);
  // Long texts wrap at 32 bits instead of losing precision.
  const colours = Array.from({ length: 300 }, (_, i) => palette(`0192f0c4-aaaa-7bbb-8ccc-${i}`));
  expect(new Set(colours).size).toBe(12);
});

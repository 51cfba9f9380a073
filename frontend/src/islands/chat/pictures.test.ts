import { expect, test } from 'vitest';
import { loadTexts } from '../../lib/texts.ts';
import { message, picture } from './harness.ts';
import { altOf, boxed, inShort, spoken } from './pictures.ts';

const t = await loadTexts('en', ['chat', 'channels']);

test('a picture keeps its shape in the box, as on the page', () => {
  expect(boxed({ width: 2_048, height: 1_024 })).toEqual({ width: 480, height: 240 });
  expect(boxed({ width: 1_000, height: 2_000 })).toEqual({ width: 160, height: 320 });
  expect(boxed({ width: 30, height: 20 })).toEqual({ width: 30, height: 20 });
  expect(boxed({ width: 16_000, height: 1 })).toEqual({ width: 480, height: 1 });
});

test('a picture is named by what it shows, else by whose it is', () => {
  expect(altOf(picture('a', { alt: 'A red door' }), 'Bob', t)).toBe('A red door');
  expect(altOf(picture('a'), 'Bob', t)).toContain('Bob');
  expect(altOf(picture('a'), '', t)).toBe('A picture without a description');
});

test('a message without words is told by its pictures', () => {
  const images = [picture('a', { alt: 'A red door' }), picture('b')];
  const silent = message(1, { body: [], source: '', images });
  expect(inShort(silent, t)).toBe('A picture');
  expect(spoken(silent, t)).toBe('A red door. A picture');
  expect(spoken(message(2, { images }), t)).toBe('message 2. A red door. A picture');
  expect(inShort(message(2, { images }), t)).toBe('message 2');
});

import { beforeEach, expect, test } from 'vitest';
import { filterRows, matches } from './filter.ts';

beforeEach(() => {
  document.body.innerHTML = `<div class="slots">
    <section><h3>10:00</h3><ol>
      <li><a href="#">Rust in Zürich</a> <span>Ada</span></li>
      <li><a href="#">Go home</a></li></ol></section>
    <section><h3>11:00</h3><ol><li><a href="#">Lunch</a></li></ol></section>
  </div>`;
});
const shown = () =>
  [...document.querySelectorAll<HTMLElement>('li')]
    .filter((row) => !row.hidden)
    .map((row) => row.querySelector('a')?.textContent);

test('every word must be there, in any order, accent or case', () => {
  expect(matches('Rust in Zürich Ada', 'ada zurich')).toBe(true);
  expect(matches('Rust in Zürich', 'rust berlin')).toBe(false);
  expect(matches('anything', '  ')).toBe(true);
});

test('rows that do not match go, with headings that are left alone', () => {
  expect(filterRows(document, 'zuri')).toBe(1);
  expect(shown()).toEqual(['Rust in Zürich']);
  expect([...document.querySelectorAll('section')].map((s) => s.hidden)).toEqual([false, true]);
  expect(filterRows(document, '')).toBe(3);
  expect(shown()).toHaveLength(3);
});

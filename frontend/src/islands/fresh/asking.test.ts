import { beforeEach, expect, test } from 'vitest';
import { asking } from './asking.ts';

const ASK = { show: 'Show what is new', words: '[data-waiting]' };

function page(html: string): Document {
  const fresh = document.implementation.createHTMLDocument('');
  fresh.body.innerHTML = html;
  return fresh;
}

const queue = (waiting: string, ...reports: number[]) =>
  `<div class="queue"><p data-waiting>${waiting}</p><ol>${reports
    .map((n) => `<li><a href="/report/${n}">Report ${n}</a></li>`)
    .join('')}</ol><form action="/answer"><textarea name="answer"></textarea></form></div>`;

let put: ReturnType<typeof asking>;
const line = () => document.querySelector('.asks');
const listed = () => [...document.querySelectorAll('li')].map((li) => li.textContent);

function open(html: string): void {
  document.body.innerHTML = `${html}<div id="place"></div>`;
  const place = document.getElementById('place');
  if (!place) throw new Error('no place');
  put = asking(place, ASK);
}

beforeEach(() => open(queue('One thing waits', 1)));

test('what is listed stays until its reader asks for the news', () => {
  put(['.queue'], page(queue('2 things wait', 1, 2)));
  expect(listed()).toEqual(['Report 1']);
  expect(line()?.textContent).toBe('2 things wait Show what is new');
  put(['.queue'], page(queue('3 things wait', 1, 2, 3)));
  line()?.querySelector('button')?.click();
  expect(listed()).toEqual(['Report 1', 'Report 2', 'Report 3']);
  expect(line()?.textContent).toBe('');
  expect(document.activeElement?.textContent).toBe('Report 2');
});

test('what somebody has typed goes along', () => {
  const field = () => document.querySelector('textarea');
  const before = field();
  if (before) before.value = 'We looked at it';
  put(['.queue'], page(queue('2 things wait', 1, 2)));
  line()?.querySelector('button')?.click();
  expect(field()).not.toBe(before);
  expect(field()?.value).toBe('We looked at it');
});

test('where nothing is listed the news are put at once', () => {
  open(queue('Nothing waits'));
  put(['.queue'], page(queue('One thing waits', 1)));
  expect(listed()).toEqual(['Report 1']);
  expect(line()?.textContent).toBe('');
});

test('what says the same is no news, and what was taken back is none any more', () => {
  put(['.queue'], page(queue('One thing waits', 1)));
  expect(line()?.textContent).toBe('');
  put(['.queue'], page(queue('2 things wait', 1, 2)));
  put(['.queue'], page(queue('One thing waits', 1)));
  expect(line()?.textContent).toBe('');
});

test('without anything new to go to, the focus goes to how things stand', () => {
  put(['.queue'], page(queue('Nothing waits')));
  line()?.querySelector('button')?.click();
  expect(document.activeElement?.textContent).toBe('Nothing waits');
});

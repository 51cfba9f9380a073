import { beforeEach, expect, test } from 'vitest';
import { exchange } from './refresh.ts';

function page(html: string): Document {
  const fresh = document.implementation.createHTMLDocument('');
  fresh.body.innerHTML = html;
  return fresh;
}

beforeEach(() => {
  document.body.innerHTML = `
    <section class="show"><ol><li>Planned</li></ol>
      <form action="/start"><input type="hidden" name="key" value="old"><button>Start</button></form>
    </section>
    <section class="keys"><form action="/key"><input type="checkbox" name="sure"></form></section>`;
});

test('only the named parts change, and keys of forms are new', () => {
  exchange(
    ['.show'],
    page(`<section class="show lit"><p>Live</p>
      <form action="/end"><input type="hidden" name="key" value="new"></form></section>
      <section class="keys">other</section>`),
  );
  expect(document.querySelector('.show')?.textContent.trim()).toBe('Live');
  expect(document.querySelector('.show')?.className).toBe('show lit');
  expect(document.querySelector<HTMLInputElement>('.show input')?.value).toBe('new');
  expect(document.querySelector('.keys input')).not.toBeNull();
});

test('the focus stays on the same button', () => {
  document.querySelector('button')?.focus();
  exchange(
    ['.show'],
    page('<section class="show"><form action="/start"><button>Start</button></form></section>'),
  );
  expect(document.activeElement?.textContent).toBe('Start');
});

test('what somebody has ticked is not taken from them', () => {
  const tick = document.querySelector<HTMLInputElement>('.keys input');
  if (tick) tick.checked = true;
  exchange(['.keys'], page('<section class="keys">new</section>'));
  expect(document.querySelector<HTMLInputElement>('.keys input')?.checked).toBe(true);
});

test('a part that is missing on either page is left alone', () => {
  exchange(['.show', '.nowhere'], page('<p>an error page</p>'));
  expect(document.querySelector('.show li')?.textContent).toBe('Planned');
});

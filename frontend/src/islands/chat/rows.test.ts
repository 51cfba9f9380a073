import { expect, test } from 'vitest';
import type { Message } from '../../generated/protocol.ts';
import { MAX_ROWS, rows } from './rows.ts';

const DAY = 86_400_000;
const message = (seq: number, sent_at: number, author: string | null = 'alice') =>
  ({ id: `m${seq}`, seq, sent_at, author: author && { id: author, name: author } }) as Message;
const dayOf = (at: number) => `day ${Math.floor(at / DAY)}`;

test('a day is named once and a run of one author shows the name once', () => {
  const shown = rows(
    [message(1, 0), message(2, 1_000), message(3, 2_000, 'bob'), message(4, DAY, 'bob')],
    4,
    dayOf,
  );
  expect(shown.map((row) => [row.day, row.continued])).toEqual([
    ['day 0', false],
    [null, true],
    [null, false],
    ['day 1', false],
  ]);
});

test('messages of deleted accounts are never taken for one person', () => {
  const shown = rows([message(1, 0, null), message(2, 1, null)], 2, dayOf);
  expect(shown.map((row) => row.continued)).toEqual([false, false]);
});

test('a window of a long history is shown', () => {
  const many = Array.from({ length: 500 }, (_, i) => message(i + 1, i));
  expect(rows(many, 500, dayOf)).toHaveLength(MAX_ROWS);
  expect(rows(many, 300, dayOf).at(-1)?.message.seq).toBe(300);
  expect(rows(many, 50, dayOf)[0]?.message.seq).toBe(1);
});

test('rows that did not change stay the same objects', () => {
  const three = [message(1, 0), message(2, 1), message(3, 2)];
  const first = rows(three, 3, dayOf);
  const changed = [message(1, 0), ...three.slice(1), message(4, 3)];
  const second = rows(changed, 4, dayOf, first);
  expect(second.map((row, i) => row === first[i])).toEqual([false, true, true, false]);
});

import { expect, test } from 'vitest';
import type { Message } from '../../generated/protocol.ts';
import { accepted, refused, replaced, without, type Pending } from './pending.ts';

const waiting = (id: number, body: string): Pending => ({
  id,
  body,
  expected: body,
  images: [],
  state: 'sending',
  problem: null,
});
const real = (source: string) => ({ source, images: [] as Message['images'] }) as Message;
const problem = { type: '/problems/forbidden', status: 403, title: 'No.' };

test('the real message replaces its stand-in, whichever comes first: event or ack', () => {
  const two = [waiting(1, 'Hi'), waiting(2, 'Hi')];
  expect(replaced(two, real('Hi\n'))).toEqual([waiting(2, 'Hi')]);
  expect(replaced(accepted(two, 1), real('Hi'))).toEqual([waiting(2, 'Hi')]);
});

test("another's message replaces nothing", () => {
  const one = [waiting(1, 'Hi')];
  expect(replaced(one, real('Hello'))).toBe(one);
});

test('a refused one stays with its reason until it is put away', () => {
  const one = refused([waiting(1, 'Hi')], 1, problem);
  expect(one).toEqual([
    { id: 1, body: 'Hi', expected: 'Hi', images: [], state: 'refused', problem },
  ]);
  expect(replaced(one, real('Hi'))).toBe(one);
  expect(without(one, 1)).toEqual([]);
});

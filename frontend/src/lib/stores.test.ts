import { expect, test } from 'vitest';
import { Cell } from './stores.ts';

test('tells the value at once, after each change, and no more once left', () => {
  const cell = new Cell('a');
  const heard: string[] = [];
  const leave = cell.subscribe((value) => heard.push(value));
  cell.set('b');
  cell.set('b');
  leave();
  cell.set('c');
  expect(heard).toEqual(['a', 'b']);
});

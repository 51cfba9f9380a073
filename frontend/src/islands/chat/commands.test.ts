import { expect, test } from 'vitest';
import { interpret } from './commands.ts';

const said = (text: string) => ({ type: 'words', text, kind: 'said' });

test('words and paths are sent as they are', () => {
  for (const text of ['hello', '/etc/hosts', '/', '/ x', '1/2', '/2', 'a /me b']) {
    expect(interpret(text)).toEqual(said(text));
  }
  expect(interpret('//me waves')).toEqual(said('/me waves'));
});

test('commands say what they mean', () => {
  const waves = { type: 'words', text: 'waves *twice*', kind: 'action' };
  expect(interpret('/me waves *twice*')).toEqual(waves);
  expect(interpret('  /ME  waves *twice* ')).toEqual(waves);
  expect(interpret('/shrug who knows')).toEqual(said(String.raw`who knows ¯\\\_(ツ)\_/¯`));
});

test('a typo is told and never sent', () => {
  expect(interpret('/mee waves')).toEqual({ type: 'unknown', word: 'mee' });
  for (const typed of ['/help', '/me', '/me  ']) expect(interpret(typed)).toEqual({ type: 'help' });
});

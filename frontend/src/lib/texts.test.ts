import { expect, test } from 'vitest';
import { loadTexts, textsOf } from './texts.ts';

test('a key of the language wins, English stands in, and a missing key names itself', () => {
  const t = textsOf([
    { lang: 'de', ftl: ['hello = Hallo'] },
    { lang: 'en', ftl: ['hello = Hello\nbye = Bye'] },
  ]);
  expect([t('hello'), t('bye'), t('nothing')]).toEqual(['Hallo', 'Bye', 'nothing']);
});

test('numbers choose their plural', () => {
  const t = textsOf([
    {
      lang: 'en',
      ftl: ['new = { $count ->\n    [one] one message\n   *[other] more messages\n }'],
    },
  ]);
  expect([t('new', { count: 1 }), t('new', { count: 3 })]).toEqual([
    'one message',
    'more messages',
  ]);
});

test('loads the shared files of a language', async () => {
  const [en, de] = await Promise.all([loadTexts('en', ['live']), loadTexts('de', ['live'])]);
  expect(en('live-lost')).not.toBe('live-lost');
  expect(de('live-lost')).not.toBe(en('live-lost'));
});

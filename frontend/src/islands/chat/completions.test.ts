import { expect, test } from 'vitest';
import { accept, complete, withEmoji } from './completions.ts';
import { find } from './emoji.ts';

const NAMES = ['Ada Lindqvist', 'Adam Bolzano', 'José Núñez'];
const offered = (text: string, lang = 'en') =>
  complete(text, text.length, NAMES, lang)?.offers.map((offer) => offer.label) ?? null;

test('names are offered after an @ that begins a word', () => {
  expect(offered('@ad')).toEqual(['Ada Lindqvist', 'Adam Bolzano']);
  expect(offered('hello @ada l')).toEqual(['Ada Lindqvist']);
  expect(offered('(@bol')).toEqual(['Adam Bolzano']);
  expect(offered('mail ada@bol')).toBeNull();
  expect(offered('@nobody')).toBeNull();
  // Written out, it needs no offer.
  expect(offered('@José Núñez')).toBeNull();
});

test('emoji are offered by code and by a word of the reader’s language', () => {
  expect(offered(':tad')).toEqual(['🎉 :tada:']);
  expect(offered('so :feie', 'de')?.[0]).toContain('🎉');
  expect(offered(':feie')).toBeNull();
  expect(offered('at 10:30')).toBeNull();
  // A name before it ends where it ends.
  expect(offered('@Ada Lindqvist :tad')).toEqual(['🎉 :tada:']);
  expect(find('  HERZ', 'de')[0]?.emoji).toBe('❤️');
});

test('commands are offered at the beginning alone', () => {
  expect(offered('/')).toEqual(['/me', '/shrug', '/help']);
  expect(offered('/sh')).toEqual(['/shrug']);
  expect(offered('and /sh')).toBeNull();
});

test('an offer takes the place of what was typed', () => {
  const text = 'hi @ada how are you';
  const completion = complete(text, 7, NAMES, 'en');
  if (!completion?.offers[0]) throw new Error('nothing offered');
  expect(accept(text, 7, completion, completion.offers[0])).toEqual({
    text: 'hi @Ada Lindqvist how are you',
    caret: 18,
  });
});

test('codes become emoji where they are words, and not in code', () => {
  expect(withEmoji(':tada: well done :+1:')).toBe('🎉 well done 👍');
  expect(withEmoji('`a :tada: b` x:tada: :nothing_like_it:')).toBe(
    '`a :tada: b` x:tada: :nothing_like_it:',
  );
});

/**
 * What a typed line that begins with a slash means, as the server reads it
 * (crates/model/src/commands.rs). Pure.
 */
export type Typed =
  | { type: 'words'; text: string; kind: 'said' | 'action' }
  | { type: 'help' }
  | { type: 'unknown'; word: string };

/** Commands, as help lists them. */
export const COMMANDS = ['/me', '/shrug', '/help'];

const SHRUG = String.raw`¯\\\_(ツ)\_/¯`;

export function interpret(typed: string): Typed {
  const said = (text: string): Typed => ({ type: 'words', text, kind: 'said' });
  const line = typed.trimStart();
  if (!line.startsWith('/')) return said(typed);
  if (line.startsWith('//')) return said(line.slice(1));
  const word = /^\/(\S*)/.exec(line)?.[1] ?? '';
  if (!/^\p{Alphabetic}+$/u.test(word)) return said(typed);
  const words = line.slice(word.length + 1).trim();
  switch (word.toLowerCase()) {
    case 'me':
      return words === '' ? { type: 'help' } : { type: 'words', text: words, kind: 'action' };
    case 'shrug':
      return said(`${words} ${SHRUG}`.trimStart());
    case 'help':
      return { type: 'help' };
    default:
      return { type: 'unknown', word };
  }
}

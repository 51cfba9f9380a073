/**
 * How a person is drawn where there is no picture. The same as the templates
 * do it (crates/views/src/shell.rs), so that a face keeps its colour when an
 * island takes over.
 */

import type { Author } from '../generated/protocol.ts';

/** First letters of the first and the last word. */
export function initials(name: string): string {
  const letters = name.split(/\s+/).flatMap((word) => /[\p{Alphabetic}\p{N}]/u.exec(word) ?? []);
  const [first = '', ...rest] = letters;
  return (first + (rest.at(-1) ?? '')).toUpperCase();
}

/** A colour class, 0 to 11, always the same for the same text. */
export function palette(text: string): number {
  let sum = 7;
  for (const byte of new TextEncoder().encode(text)) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return sum % 12;
}

/** Where somebody's card is, under the address of all cards; a program has none. */
export function cardOf(people: string | null, author: Author | null): string | null {
  return people !== null && author !== null && !author.kind ? `${people}${author.id}` : null;
}

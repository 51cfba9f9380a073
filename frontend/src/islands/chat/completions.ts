/** What the field offers while something is typed: names, emoji, commands. Pure. */
import { COMMANDS } from './commands.ts';
import { find } from './emoji.ts';

export interface Offer {
  /** What takes the place of what was typed. */
  insert: string;
  label: string;
}

export interface Completion {
  /** Where in the text the typed part begins; it ends at the caret. */
  from: number;
  offers: Offer[];
}

const MOST = 8;

/** `names`: who can be called; `caret`: where the writer is in the text. */
export function complete(
  text: string,
  caret: number,
  names: string[],
  lang: string,
): Completion | null {
  const before = text.slice(0, caret);
  const found = [command(before), person(before, names), emoji(before, lang)];
  return found.find((one) => one !== null && one.offers.length > 0) ?? null;
}

function command(before: string): Completion | null {
  if (!/^\/\p{Alphabetic}*$/u.test(before)) return null;
  const offers = COMMANDS.filter((one) => one.startsWith(before.toLowerCase()));
  return { from: 0, offers: offers.map((one) => ({ insert: `${one} `, label: one })) };
}

function person(before: string, names: string[]): Completion | null {
  // A name has spaces, so the typed part goes back to the last @ of the line.
  const typed = /(?:^|[^\p{Alphabetic}\p{N}])@([^@\n]{0,40})$/u.exec(before)?.[1];
  if (typed === undefined) return null;
  const wanted = typed.toLowerCase();
  const begins = (name: string) =>
    name.toLowerCase().startsWith(wanted) ||
    (!wanted.includes(' ') &&
      name
        .toLowerCase()
        .split(/\s+/)
        .some((word) => word.startsWith(wanted)));
  const offers = names.filter((name) => begins(name) && name.toLowerCase() !== wanted);
  return {
    from: before.length - typed.length - 1,
    offers: offers.slice(0, MOST).map((name) => ({ insert: `@${name} `, label: name })),
  };
}

function emoji(before: string, lang: string): Completion | null {
  const typed = /(?:^|\s):([\p{Alphabetic}\p{N}_+]{2,})$/u.exec(before)?.[1];
  if (typed === undefined) return null;
  return {
    from: before.length - typed.length - 1,
    offers: find(typed, lang)
      .slice(0, MOST)
      .map((one) => ({ insert: `${one.emoji} `, label: `${one.emoji} :${one.code}:` })),
  };
}

/** The text with an offer in it, and where the caret stands then. */
export function accept(
  text: string,
  caret: number,
  completion: Completion,
  offer: Offer,
): { text: string; caret: number } {
  const start = text.slice(0, completion.from) + offer.insert;
  return { text: start + text.slice(caret).replace(/^ /, ''), caret: start.length };
}

/** Codes between colons become the emoji they mean. */
export function withEmoji(text: string): string {
  // Not in code, where a colon is a colon.
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(
            /(^|\s):([a-z0-9_+]{1,20}):(?=\s|$)/g,
            (whole, space: string, code: string) => {
              const known = find(code, 'en').find((one) => one.code === code);
              return known ? `${space}${known.emoji}` : whole;
            },
          ),
    )
    .join('');
}

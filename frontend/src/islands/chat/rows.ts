/**
 * A channel's messages as rows of a list: a line where the day changes, and
 * the author's name only where somebody else begins. Pure.
 */
import type { Message } from '../../generated/protocol.ts';

export interface Row {
  message: Message;
  /** Set on the first message of a day. */
  day: string | null;
  /** Whether it follows closely on one of the same author. */
  continued: boolean;
}

/** Rows that exist at once; the rest is reached by scrolling on. */
export const MAX_ROWS = 200;
const CONTINUED_WITHIN_MS = 5 * 60_000;

/**
 * Rows of `messages` that end before index `end`. `dayOf` names the day of a
 * time in the reader's zone. Rows of `before` that are the same are given again,
 * so that a new message does not redraw the others.
 */
export function rows(
  messages: Message[],
  end: number,
  dayOf: (at: number) => string,
  before: Row[] = [],
): Row[] {
  const start = Math.max(0, end - MAX_ROWS);
  const known = new Map(before.map((row) => [row.message, row]));
  return messages.slice(start, end).map((message, i) => {
    const previous = i === 0 ? undefined : messages[start + i - 1];
    const row = { message, ...placed(message, previous, dayOf) };
    const same = known.get(message);
    return same?.day === row.day && same.continued === row.continued ? same : row;
  });
}

function placed(
  message: Message,
  previous: Message | undefined,
  dayOf: (at: number) => string,
): Omit<Row, 'message'> {
  const day = dayOf(message.sent_at);
  if (previous === undefined || dayOf(previous.sent_at) !== day) return { day, continued: false };
  const sameAuthor = previous.author !== null && previous.author.id === message.author?.id;
  const soon = message.sent_at - previous.sent_at < CONTINUED_WITHIN_MS;
  // What somebody does, and what is gone, stands for itself.
  const plain = message.kind !== 'action' && !message.removed && !previous.removed;
  return { day: null, continued: sameAuthor && soon && plain };
}

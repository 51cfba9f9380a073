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
 * time in the reader's zone.
 */
export function rows(messages: Message[], end: number, dayOf: (at: number) => string): Row[] {
  const start = Math.max(0, end - MAX_ROWS);
  return messages.slice(start, end).map((message, i) => {
    const before = i === 0 ? undefined : messages[start + i - 1];
    const day = dayOf(message.sent_at);
    const newDay = before === undefined || dayOf(before.sent_at) !== day;
    return {
      message,
      day: newDay ? day : null,
      continued:
        !newDay &&
        before.author !== null &&
        before.author.id === message.author?.id &&
        message.sent_at - before.sent_at < CONTINUED_WITHIN_MS,
    };
  });
}

/**
 * Messages on their way: shown from the moment they are typed, until the event
 * that everybody gets brings the real one. Pure.
 */
import type { Image, Message, Problem } from '../../generated/protocol.ts';

export interface Pending {
  /** Of this page only. */
  id: number;
  /** As it was typed. */
  body: string;
  /** What becomes of it: a command's words. */
  expected: string;
  images: Image[];
  /** `held` waits for a moderator; `stopped` was not let through. */
  state: 'sending' | 'sent' | 'refused' | 'held' | 'stopped';
  problem: Problem | null;
}

export function accepted(pending: Pending[], id: number): Pending[] {
  return pending.map((one) => (one.id === id ? { ...one, state: 'sent' } : one));
}

export function refused(pending: Pending[], id: number, problem: Problem): Pending[] {
  const state = problem.type === '/problems/held' ? 'held' : 'refused';
  return pending.map((one) => (one.id === id ? { ...one, state, problem } : one));
}

export function without(pending: Pending[], id: number): Pending[] {
  return pending.filter((one) => one.id !== id);
}

/**
 * The real message has arrived: its stand-in goes. Commands are answered in
 * the order they were sent, so the oldest with the same text is the one.
 */
export function replaced(pending: Pending[], message: Message): Pending[] {
  const stand = pending.find(
    (one) =>
      one.state !== 'refused' &&
      one.state !== 'stopped' &&
      one.expected.trim() === message.source.trim() &&
      one.images.length === message.images.length,
  );
  return stand ? without(pending, stand.id) : pending;
}

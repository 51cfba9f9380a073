/**
 * What each event does to a channel as it is shown. Pure: the Rust tests write
 * fixtures (state before, events, state fetched after) and this must reach the
 * same end.
 */
import type { Event, Message, MessagePage, Reaction } from '../../generated/protocol.ts';

export interface Numbered {
  seq: number;
  event: Event;
}

/** Messages kept in memory; older ones are fetched again when asked for. */
export const MAX_KEPT = 1_000;

/** `me` is the reader's person, whose own reactions are marked. */
export function apply(
  state: MessagePage,
  { seq, event }: Numbered,
  me: string | null,
): MessagePage {
  if (seq <= state.seq) return state;
  const next = { ...state, seq };
  switch (event.type) {
    case 'message_posted':
      return post(next, event.message);
    case 'reaction_added':
      return react(next, event.message, (reactions) =>
        add(reactions, event.emoji, event.person === me),
      );
    case 'reaction_removed':
      return react(next, event.message, (reactions) =>
        remove(reactions, event.emoji, event.person === me),
      );
    default:
      return next;
  }
}

/** Puts an older page in front; what is already there stays as it is. */
export function prepend(state: MessagePage, older: MessagePage): MessagePage {
  const first = state.messages[0]?.seq ?? Infinity;
  const messages = older.messages.filter((message) => message.seq < first);
  return {
    ...state,
    messages: [...messages, ...state.messages],
    more_before: older.more_before,
  };
}

/** Forgets the oldest messages beyond what is kept. */
export function trim(state: MessagePage): MessagePage {
  if (state.messages.length <= MAX_KEPT) return state;
  return { ...state, messages: state.messages.slice(-MAX_KEPT), more_before: true };
}

function post(state: MessagePage, message: Message): MessagePage {
  if (state.messages.some((known) => known.id === message.id)) return state;
  return { ...state, messages: [...state.messages, message] };
}

function react(
  state: MessagePage,
  id: string,
  change: (reactions: Reaction[]) => Reaction[],
): MessagePage {
  const messages = state.messages.map((message) =>
    message.id === id ? { ...message, reactions: change(message.reactions) } : message,
  );
  return { ...state, messages };
}

function add(reactions: Reaction[], emoji: string, mine: boolean): Reaction[] {
  if (!reactions.some((reaction) => reaction.emoji === emoji)) {
    return [...reactions, { emoji, count: 1, mine }];
  }
  return reactions.map((reaction) =>
    reaction.emoji === emoji
      ? { ...reaction, count: reaction.count + 1, mine: reaction.mine || mine }
      : reaction,
  );
}

function remove(reactions: Reaction[], emoji: string, mine: boolean): Reaction[] {
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji
        ? { ...reaction, count: reaction.count - 1, mine: reaction.mine && !mine }
        : reaction,
    )
    .filter((reaction) => reaction.count > 0);
}

/**
 * What each event does to a channel as it is shown. Pure: the Rust tests write
 * fixtures (state before, events, state fetched after) and this must reach the
 * same end.
 */
import type { Event, Message, MessagePage, Reaction } from '../../generated/protocol.ts';
import { plain } from '../../lib/rich_text.ts';

export interface Numbered {
  seq: number;
  event: Event;
}

/** Messages kept in memory; older ones are fetched again when asked for. */
export const MAX_KEPT = 1_000;
/** Characters of a quoted message that are shown. */
const EXCERPT = 140;

/**
 * `me` is the reader's person, whose own reactions are marked. `thread` is the
 * root's id where the state is a thread's answers, and null where it is a
 * channel's own list.
 */
export function apply(
  state: MessagePage,
  { seq, event }: Numbered,
  me: string | null,
  thread: string | null = null,
): MessagePage {
  if (seq <= state.seq) return state;
  const next = { ...state, seq };
  switch (event.type) {
    case 'message_posted':
      return post(next, event.message, thread);
    case 'message_edited':
      return each(next, (message) => reworded(message, event.message, event));
    case 'message_removed':
      return {
        ...each(next, (message) => removed(message, event.message, event.by)),
        pins: next.pins.filter((pin) => pin.id !== event.message),
      };
    case 'message_restored':
      return each(next, (message) => restored(message, event.message));
    case 'message_pinned':
      return pinned(next, event.message, thread);
    case 'message_unpinned':
      return {
        ...change(next, event.message, (message) => ({ ...message, pinned: false })),
        pins: next.pins.filter((pin) => pin.id !== event.message),
      };
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

/** Puts a newer page behind; what is already there stays as it is. */
export function append(state: MessagePage, newer: MessagePage): MessagePage {
  const last = state.messages.at(-1)?.seq ?? 0;
  const messages = newer.messages.filter((message) => message.seq > last);
  return {
    ...state,
    messages: [...state.messages, ...messages],
    // What was posted after the page was read is in none of the two.
    more_after: newer.more_after || newer.seq < state.seq,
  };
}

/** Forgets the oldest messages beyond what is kept. */
export function trim(state: MessagePage): MessagePage {
  if (state.messages.length <= MAX_KEPT) return state;
  return { ...state, messages: state.messages.slice(-MAX_KEPT), more_before: true };
}

function post(state: MessagePage, message: Message, thread: string | null): MessagePage {
  const root = message.thread;
  const counted =
    root === null
      ? state
      : change(state, root, (one) => ({
          ...one,
          replies: one.replies + 1,
          last_reply_at: message.sent_at,
        }));
  const here = thread === null ? message.in_channel : message.thread === thread;
  const known = counted.messages.some((one) => one.id === message.id);
  // Where newer messages are left out, this one is among them.
  if (!here || known || counted.more_after) return counted;
  return { ...counted, messages: [...counted.messages, message] };
}

function reworded(
  message: Message,
  id: string,
  event: Extract<Event, { type: 'message_edited' }>,
): Message {
  if (message.id === id) {
    const { source, body, mentions, at } = event;
    return { ...message, source, body, mentions, edited_at: at };
  }
  if (message.reply_to?.id !== id) return message;
  return { ...message, reply_to: { ...message.reply_to, excerpt: excerpt(plain(event.body)) } };
}

function removed(message: Message, id: string, by: 'author' | 'moderator'): Message {
  if (message.id === id) {
    return {
      ...message,
      ...{ author: null, source: '', body: [], reactions: [], reply_to: null },
      ...{ mentions: [], images: [], edited_at: null, pinned: false, removed: by },
    };
  }
  if (message.reply_to?.id !== id) return message;
  return { ...message, reply_to: { ...message.reply_to, author: null, excerpt: '' } };
}

/** A moderator took a removal back: the words are there again, the reactions are not. */
function restored(message: Message, back: Message): Message {
  if (message.id === back.id) {
    const { replies, last_reply_at } = message;
    return { ...back, replies, last_reply_at };
  }
  if (message.reply_to?.id !== back.id) return message;
  const quote = { author: back.author, excerpt: excerpt(plain(back.body)) };
  return { ...message, reply_to: { ...message.reply_to, ...quote } };
}

function pinned(state: MessagePage, message: Message, thread: string | null): MessagePage {
  const next = change(state, message.id, (one) => ({ ...one, pinned: true }));
  if (thread !== null) return next;
  // The event is the same for everyone: the reader's own reactions are known here.
  const known = next.messages.find((one) => one.id === message.id) ?? message;
  return { ...next, pins: [known, ...next.pins.filter((pin) => pin.id !== message.id)] };
}

/** The beginning of a text on one line, as the server cuts it. */
export function excerpt(words: string): string {
  const characters = [...words.trim().split(/\s+/).join(' ')];
  if (characters.length <= EXCERPT) return characters.join('');
  return `${characters.slice(0, EXCERPT - 1).join('')}…`;
}

/** Messages that stay the same are given again, so that they are not drawn anew. */
function each(state: MessagePage, act: (message: Message) => Message): MessagePage {
  return { ...state, messages: state.messages.map(act), pins: state.pins.map(act) };
}

function change(state: MessagePage, id: string, act: (message: Message) => Message): MessagePage {
  return each(state, (message) => (message.id === id ? act(message) : message));
}

function react(
  state: MessagePage,
  id: string,
  act: (reactions: Reaction[]) => Reaction[],
): MessagePage {
  return change(state, id, (message) =>
    // What was removed gathers nothing.
    message.removed === null ? { ...message, reactions: act(message.reactions) } : message,
  );
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

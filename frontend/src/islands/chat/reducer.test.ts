import { describe, expect, test } from 'vitest';
import type { Message, MessagePage } from '../../generated/protocol.ts';
import { wholeEvent, wholePage } from '../../lib/messages.ts';
import { MAX_KEPT, apply, prepend, trim, type Numbered } from './reducer.ts';

/** What the Rust replay tests write. */
interface Fixture {
  /** The reader whose view this is; a visitor where absent. */
  me?: string | null;
  before: MessagePage;
  events: Numbered[];
  after: MessagePage;
}

const fixtures = import.meta.glob<Fixture>('./fixtures/*.json', { eager: true, import: 'default' });

function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    channel: 'c',
    seq,
    author: { id: 'alice', name: 'Alice', pronouns: null },
    sent_at: seq * 1_000,
    source: `message ${seq}`,
    body: [{ type: 'paragraph', children: [{ type: 'text', text: `message ${seq}` }] }],
    reactions: [],
    kind: 'said',
    thread: null,
    in_channel: true,
    replies: 0,
    last_reply_at: null,
    reply_to: null,
    edited_at: null,
    removed: null,
    pinned: false,
    mentions: [],
    images: [],
    ...over,
  };
}
const page = (messages: Message[], seq: number, more_before = false): MessagePage => ({
  messages,
  seq,
  more_before,
  more_after: false,
  pins: [],
  timeline: null,
});
const reaction = (type: 'reaction_added' | 'reaction_removed', person: string, emoji = '👍') =>
  ({ type, message: 'm1', emoji, person }) as const;

const named = Object.entries(fixtures);
describe.runIf(named.length > 0)('what the server wrote', () => {
  test.each(named)('%s', (_, fixture) => {
    const end = fixture.events.reduce(
      (state, { seq, event }) =>
        apply(state, { seq, event: wholeEvent(event) }, fixture.me ?? null),
      wholePage(fixture.before),
    );
    expect(end).toEqual(wholePage(fixture.after));
  });
});

describe('messages', () => {
  test('a new one goes to the end, once', () => {
    const event = { type: 'message_posted', message: message(2) } as const;
    const once = apply(page([message(1)], 4), { seq: 5, event }, null);
    expect(once).toEqual(page([message(1), message(2)], 5));
    expect(apply(once, { seq: 5, event }, null)).toBe(once);
    expect(apply(once, { seq: 6, event }, null)).toEqual({ ...once, seq: 6 });
  });

  test('an older page goes in front without doubling its border', () => {
    const state = page([message(3), message(4)], 9, true);
    const older = page([message(1), message(2), message(3)], 9, false);
    expect(prepend(state, older).messages.map((m) => m.seq)).toEqual([1, 2, 3, 4]);
    expect(prepend(state, older).more_before).toBe(false);
  });

  test('what is kept is bounded', () => {
    const many = Array.from({ length: MAX_KEPT + 5 }, (_, i) => message(i + 1));
    const trimmed = trim(page(many, 1));
    expect([trimmed.messages.length, trimmed.messages[0]?.seq, trimmed.more_before]).toEqual([
      MAX_KEPT,
      6,
      true,
    ]);
  });
});

describe('reactions', () => {
  const start = page([message(1)], 1);

  test('are counted in order of first use, and mine is marked', () => {
    const end = [
      { seq: 2, event: reaction('reaction_added', 'bob', '🎉') },
      { seq: 3, event: reaction('reaction_added', 'alice') },
      { seq: 4, event: reaction('reaction_added', 'alice', '🎉') },
    ].reduce((state, numbered) => apply(state, numbered, 'alice'), start);
    expect(end.messages[0]?.reactions).toEqual([
      { emoji: '🎉', count: 2, mine: true },
      { emoji: '👍', count: 1, mine: true },
    ]);
  });

  test('undone by another they stay mine; the last undone is gone', () => {
    const two = page([message(1, { reactions: [{ emoji: '👍', count: 2, mine: true }] })], 1);
    const one = apply(two, { seq: 2, event: reaction('reaction_removed', 'bob') }, 'alice');
    expect(one.messages[0]?.reactions).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    const none = apply(one, { seq: 3, event: reaction('reaction_removed', 'alice') }, 'alice');
    expect(none.messages[0]?.reactions).toEqual([]);
  });

  test('to a message that is not here change nothing but the number', () => {
    const event = { ...reaction('reaction_added', 'bob'), message: 'elsewhere' };
    expect(apply(start, { seq: 2, event }, null)).toEqual({ ...start, seq: 2 });
  });
});

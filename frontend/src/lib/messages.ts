/** Messages as they come over the wire: what is as usual is left out there. */
import type { Block, Event, Message, MessagePage } from '../generated/protocol.ts';

/** A message with everything that was left out. */
export function whole(sent: Message): Message {
  return {
    ...{ reactions: [], kind: 'said', thread: null, in_channel: true, replies: 0 },
    ...{ last_reply_at: null, reply_to: null, edited_at: null, removed: null },
    ...{ pinned: false, mentions: [], body: asTyped(sent.source) },
    ...sent,
  };
}

/** What words mean that hold no mark of any kind: one paragraph of them. */
function asTyped(source: string): Block[] {
  return source === '' ? [] : [{ type: 'paragraph', children: [{ type: 'text', text: source }] }];
}

/** An event whose message, if it has one, is whole. */
export function wholeEvent(sent: Event): Event {
  return 'message' in sent && typeof sent.message === 'object'
    ? ({ ...sent, message: whole(sent.message) } as Event)
    : sent;
}

/** A page of a history whose messages are whole. */
export function wholePage<Page extends MessagePage>(sent: Page): Page {
  return { ...sent, messages: sent.messages.map(whole), pins: sent.pins.map(whole) };
}

/**
 * What the reader may do with a message, in the order of the menu. A further
 * action is one more entry here. Pure but for what each entry's `run` does.
 */
import {
  EyeOff,
  Flag,
  History,
  Link,
  MessageSquareReply,
  MessagesSquare,
  Pencil,
  Pin,
  PinOff,
  ShieldAlert,
  Trash2,
  UserRound,
} from 'lucide';
import type { Message } from '../../generated/protocol.ts';
import type { Texts } from '../../lib/texts.ts';
import type { MessageAction } from './MessageActions.svelte';

/** Who reads, and what they may do here. */
export interface Rights {
  me: string | null;
  /** Whether they may write. */
  allowed: boolean;
  /** Whether they may remove what others wrote. */
  mayRemove: boolean;
  mayPin: boolean;
  /** Whether this is a thread, whose answers have no threads. */
  inThread: boolean;
  /** Whether they may see people's cards. */
  cards: boolean;
  reports: boolean;
  /** Whether they look after people here. */
  decides: boolean;
}

/** What the entries do. */
export interface Deeds {
  link(message: Message): void;
  reply(message: Message): void;
  thread(message: Message): void;
  pin(message: Message): void;
  report(message: Message): void;
  /** Decides about its author. */
  decide(message: Message): void;
  /** Its author's card. */
  person(message: Message): void;
  edit(message: Message): void;
  edits(message: Message): void;
  remove(message: Message): void;
  /** Everything from it on is new again. */
  unread(message: Message): void;
}

/** How long after sending it an author may change a message. */
export const EDIT_WITHIN_MS = 15 * 60_000;

/** Whether the reader may change a message at a time of the server's clock. */
export function mayEdit(message: Message, rights: Rights, now: number): boolean {
  return rights.allowed && isMine(message, rights) && now <= message.sent_at + EDIT_WITHIN_MS;
}

export function isMine(message: Message, rights: Rights): boolean {
  return rights.me !== null && message.author?.id === rights.me;
}

export function actionsOf(
  message: Message,
  rights: Rights,
  now: number,
  deeds: Deeds,
  t: Texts,
): MessageAction[] {
  if (message.removed !== null) return [];
  const removes = rights.mayRemove || isMine(message, rights);
  const root = message.thread === null && !rights.inThread;
  const entry = (
    when: boolean,
    id: keyof Deeds,
    label: string,
    icon: MessageAction['icon'],
  ): MessageAction[] =>
    when
      ? [
          {
            id,
            label: t(label, { name: message.author?.name ?? '' }),
            icon,
            run: () => deeds[id](message),
          },
        ]
      : [];
  return [
    ...entry(rights.allowed, 'reply', 'channels-reply', MessageSquareReply),
    ...entry(
      root && (rights.allowed || message.replies > 0),
      'thread',
      'channels-thread-open',
      MessagesSquare,
    ),
    ...entry(true, 'link', 'chat-copy-link', Link),
    ...entry(
      rights.cards && message.author !== null && !message.author.kind,
      'person',
      'chat-person',
      UserRound,
    ),
    ...entry(rights.allowed && !rights.inThread, 'unread', 'channels-mark-unread', EyeOff),
    ...entry(
      rights.mayPin && !rights.inThread,
      'pin',
      message.pinned ? 'channels-unpin' : 'channels-pin',
      message.pinned ? PinOff : Pin,
    ),
    ...entry(mayEdit(message, rights, now), 'edit', 'channels-edit', Pencil),
    ...entry(removes && message.edited_at !== null, 'edits', 'channels-edits', History),
    ...entry(removes, 'remove', 'channels-remove', Trash2),
    ...entry(rights.reports && !isMine(message, rights), 'report', 'channels-report', Flag),
    ...entry(
      rights.decides && message.author !== null && !isMine(message, rights),
      'decide',
      'channels-moderate',
      ShieldAlert,
    ),
  ];
}

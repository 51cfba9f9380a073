// Generated from crates/protocol by `cargo xtask codegen`. Do not edit.
/* eslint-disable */

export type Inline = { "type": "text", text: string, } | { "type": "strong", children: Array<Inline>, } | { "type": "emphasis", children: Array<Inline>, } | { "type": "strike", children: Array<Inline>, } | { "type": "code", text: string, } | { "type": "link", href: string, children: Array<Inline>, } | { "type": "mention", person: string, name: string, } | { "type": "here" } | { "type": "break" };

export type ListItem = { children: Array<Block>, };

export type Block = { "type": "paragraph", children: Array<Inline>, } | { "type": "code", language: string | null, text: string, } | { "type": "quote", children: Array<Block>, } | { "type": "list", ordered: boolean, items: Array<ListItem>, };

export type Reaction = { emoji: string, 
/**
 * How many people, never 0.
 */
count: number, 
/**
 * Whether the reader is one of them; always false for visitors and in
 * events, which are the same for everyone.
 */
mine: boolean, };

export type React = { 
/**
 * One emoji.
 */
emoji: string, 
/**
 * The command's idempotency key.
 */
key: string, };

export type Image = { id: string, 
/**
 * What it shows, in words; empty where its author gave none.
 */
alt: string, 
/**
 * Pixels of the picture at `url`.
 */
width: number, height: number, 
/**
 * Path of the picture, at most 2,048 pixels on a side.
 */
url: string, 
/**
 * Path of a small form of it, at most 640 pixels on a side.
 */
thumbnail: string, };

export type AttachImage = { 
/**
 * As `POST /api/v1/channels/{channel}/images` gave it.
 */
id: string, 
/**
 * What it shows, in words, for those who do not see it; at most 500 characters.
 */
alt?: string, };

export type Author = { id: string, name: string, pronouns?: string | null, 
/**
 * What stands behind the name, where that is no person: `bot`, `webhook`,
 * or `imported` from another chat.
 */
kind?: 'bot' | 'webhook' | 'imported', };

export type Quoted = { id: string, seq: number, author: Author | null, 
/**
 * The beginning of its words; empty where it was removed.
 */
excerpt: string, };

export type Message = { id: string, channel: string, 
/**
 * Number of the message in its channel, from 1 without gaps.
 */
seq: number, 
/**
 * None where the author deleted their account.
 */
author: Author | null, 
/**
 * Milliseconds since 1970.
 */
sent_at: number, 
/**
 * What was typed.
 */
source: string, 
/**
 * What it means; clients build their nodes from this tree, never from HTML.
 * None where that is one paragraph of the words as they were typed, as it
 * is with most.
 */
body: Array<Block>, 
/**
 * In order of first use.
 */
reactions: Array<Reaction>, 
/**
 * `said`, or `action` for what somebody does ("/me waves").
 */
kind: 'said' | 'action', 
/**
 * The message whose thread it is in.
 */
thread: string | null, 
/**
 * Whether the channel's own list has it: false for what is said in a
 * thread alone.
 */
in_channel: boolean, 
/**
 * Answers in its own thread.
 */
replies: number, 
/**
 * When the last of them came, milliseconds since 1970.
 */
last_reply_at: number | null, 
/**
 * The message it answers, quoted.
 */
reply_to: Quoted | null, 
/**
 * When its author changed it last, milliseconds since 1970.
 */
edited_at: number | null, 
/**
 * By whom it was removed, `author` or `moderator`. Its words, its author
 * and its reactions are gone then.
 */
removed: 'author' | 'moderator' | null, pinned: boolean, 
/**
 * Whom it calls by name, each once.
 */
mentions: Array<string>, 
/**
 * Pictures, at most four, in the order their author gave them.
 */
images: Array<Image>, };

export type Timeline = { 
/**
 * Milliseconds since 1970: the session's start cue.
 */
from: number, 
/**
 * Its end.
 */
to: number, 
/**
 * Path of the session's page; `?t=` and seconds begins the recording there.
 */
url: string, };

export type MessagePage = { 
/**
 * Oldest first.
 */
messages: Array<Message>, 
/**
 * Sequence number of the channel's topic at the moment of reading:
 * subscribe after it and nothing is missed.
 */
seq: number, 
/**
 * Whether older messages exist before the first of these.
 */
more_before: boolean, 
/**
 * Whether newer messages exist after the last of these.
 */
more_after: boolean, 
/**
 * The channel's pinned messages, the newest pin first; left out of pages
 * that are read before or after a number, and of threads.
 */
pins: Array<Message>, 
/**
 * In the channel of a session that can be watched again: where its
 * recording lies in time.
 */
timeline: Timeline | null, };

export type ThreadPage = { root: Message, 
/**
 * Oldest first.
 */
messages: Array<Message>, 
/**
 * Sequence number of the channel's topic at the moment of reading:
 * subscribe after it and nothing is missed.
 */
seq: number, 
/**
 * Whether older messages exist before the first of these.
 */
more_before: boolean, 
/**
 * Whether newer messages exist after the last of these.
 */
more_after: boolean, 
/**
 * The channel's pinned messages, the newest pin first; left out of pages
 * that are read before or after a number, and of threads.
 */
pins: Array<Message>, 
/**
 * In the channel of a session that can be watched again: where its
 * recording lies in time.
 */
timeline: Timeline | null, };

export type PostMessage = { 
/**
 * Markdown subset, 1 to 4,000 characters; may be empty beside pictures.
 */
body: string, 
/**
 * The message of the same channel that this one answers.
 */
reply_to?: string, 
/**
 * The message whose thread it is for.
 */
thread?: string, 
/**
 * Whether an answer in a thread is shown in the channel's own list too.
 */
also_in_channel?: boolean, 
/**
 * Pictures that were sent before, at most four.
 */
images?: Array<AttachImage>, 
/**
 * The command's idempotency key.
 */
key: string, };

export type EditMessage = { 
/**
 * The new text, as for a new message.
 */
body: string, 
/**
 * The command's idempotency key.
 */
key: string, };

export type Once = { key: string, };

export type Channel = { id: string, 
/**
 * What to subscribe to on the live connection, `channel:ID`.
 */
topic: string, slug: string, name: string, 
/**
 * `event`, `session`, or `made` where somebody opened it.
 */
kind: string, 
/**
 * Code of the session it belongs to.
 */
session: string | null, };

export type Event = { "type": "message_posted", message: Message, } | { "type": "message_edited", message: string, author: string, source: string, body: Array<Block>, mentions: Array<string>, 
/**
 * Milliseconds since 1970.
 */
at: number, } | { "type": "message_removed", message: string, by: 'author' | 'moderator', } | { "type": "message_restored", message: Message, } | { "type": "message_pinned", message: Message, } | { "type": "message_unpinned", message: string, } | { "type": "reaction_added", message: string, emoji: string, person: string, } | { "type": "reaction_removed", message: string, emoji: string, person: string, } | { "type": "channel_opened", channel: string, slug: string, name: string, } | { "type": "channel_changed", channel: string, slug: string, name: string, 
/**
 * `open`, `locked`, `closed` or `faded`
 */
state: string, } | { "type": "channel_merged", channel: string, into: string, slug: string, } | { "type": "read_mark_moved", channel: string, 
/**
 * Number of the last message they have seen.
 */
seq: number, 
/**
 * Messages after it that call them.
 */
mentions: number, } | { "type": "rights_changed", person: string, } | { "type": "programme_changed", event: string, revision: number, } | { "type": "session_started", session: string, room: string, code: string, title: string, 
/**
 * Milliseconds since 1970.
 */
at: number, } | { "type": "session_ended", session: string, room: string, code: string, at: number, } | { "type": "recording_published", session: string, code: string, 
/**
 * The playlist's path.
 */
url: string, } | { "type": "broadcast_started", room: string, broadcast: string, } | { "type": "broadcast_ended", room: string, broadcast: string, } | { "type": "stream_key_rotated", room: string, } | { "type": "takeover_allowed", room: string, } | { "type": "queue_changed", 
/**
 * Reports and appeals that wait now.
 */
waiting: number, } | { "type": "ward_changed" };

export type PersonHere = { id: string, name: string, pronouns?: string, 
/**
 * Open to talk at the moment.
 */
open_to_talk: boolean, };

export type PeopleHere = { 
/**
 * How many are there, named or not.
 */
count: number, 
/**
 * Those who want to be named.
 */
people: Array<PersonHere>, 
/**
 * Whether another page follows.
 */
more: boolean, };

export type Problem = { 
/**
 * `/problems/<word>`
 */
type: string, 
/**
 * The HTTP status it is answered with.
 */
status: number, 
/**
 * A short English sentence, the same for every occurrence.
 */
title: string, 
/**
 * What to do about this one.
 */
detail?: string, 
/**
 * Seconds to wait before trying again.
 */
retry_after?: number, 
/**
 * Until when it stays so, milliseconds since 1970.
 */
until?: number, };

export type StageSession = { code: string, title: string, speakers: Array<string>, 
/**
 * Milliseconds since 1970.
 */
start: number, end: number, live: boolean, };

export type Stage = { room: string, name: string, 
/**
 * Whether a publisher's picture is on.
 */
live: boolean, 
/**
 * Path of the multivariant playlist.
 */
playlist: string, 
/**
 * The session that is on by the producer's cue, else by the clock.
 */
now: StageSession | null, next: StageSession | null, 
/**
 * People with the stage open.
 */
viewers: number, 
/**
 * What to subscribe to on the live connection, `stage:ID`.
 */
topic: string, 
/**
 * Sequence number of the stage's topic at the moment of reading.
 */
seq: number, };

export type Playback = { 
/**
 * Milliseconds behind the moment that is on at the stage.
 */
latency_ms: number, 
/**
 * Milliseconds of the last minute in which the picture stood still for want
 * of data.
 */
stalled_ms: number, };

export type Audience = { 
/**
 * Players that told how it goes lately.
 */
players: number, 
/**
 * Half of them are less behind than this; milliseconds, to the tenth of a
 * second. 0 without players, as are the others.
 */
latency_p50_ms: number, 
/**
 * All but one of twenty are less behind than this.
 */
latency_p95_ms: number, 
/**
 * The same of the time in the last minute that the picture stood still.
 */
stalled_p50_ms: number, stalled_p95_ms: number, };

export type HealthProblem = { "type": "video_codec", codec: string, } | { "type": "audio_codec", codec: string, } | { "type": "keyframe_interval", ms: number, } | { "type": "no_video" } | { "type": "no_audio" } | { "type": "silent", ms: number, } | { "type": "away", ms: number, } | { "type": "setup", reason: string, } | { "type": "damaged", frames: number, } | { "type": "sample_rate", hz: number, } | { "type": "b_frames", ms: number, } | { "type": "refused" } | { "type": "recording_gap", segments: number, };

export type StageHealth = { 
/**
 * Whether a publisher is connected.
 */
publishing: boolean, 
/**
 * Codec string of RFC 6381, e.g. `avc1.64001f`.
 */
video: string | null, audio: string | null, 
/**
 * Pixels.
 */
width: number | null, height: number | null, 
/**
 * Milliseconds between the last two keyframes.
 */
keyframe_interval_ms: number | null, 
/**
 * Kilobits per second over the last few seconds.
 */
kbps: number | null, 
/**
 * Program the publisher says it is.
 */
encoder: string | null, recording: boolean, 
/**
 * What is wrong, as keys of the Fluent files (`desk-problem-...`), worst first.
 */
problems: Array<HealthProblem>, };

export type Me = { id: string, name: string, };

export type Command = { "type": "post_message", channel: string, body: string, 
/**
 * The message of the same channel that this one answers.
 */
reply_to?: string, 
/**
 * The message whose thread it is for.
 */
thread?: string, 
/**
 * Whether an answer in a thread is shown in the channel's own list too.
 */
also_in_channel?: boolean, 
/**
 * Pictures that were sent before, at most four.
 */
images?: Array<AttachImage>, } | { "type": "edit_message", message: string, body: string, } | { "type": "remove_message", message: string, } | { "type": "pin_message", message: string, } | { "type": "unpin_message", message: string, } | { "type": "add_reaction", message: string, emoji: string, } | { "type": "remove_reaction", message: string, emoji: string, } | { "type": "mark_read", channel: string, 
/**
 * Number of the message.
 */
seq: number, } | { "type": "mark_unread", channel: string, seq: number, };

export type ClientFrame = { "type": "subscribe", topic: string, after?: number, 
/**
 * So many of a channel's newest messages first, in a `history` frame, then
 * the events after them; in place of `after`. 1 to [`MAX_HISTORY`].
 */
history?: number, 
/**
 * Whether this is somebody who is there, as a stage's viewer is, and
 * not a page that only tells how many are.
 */
present?: boolean, } | { "type": "unsubscribe", topic: string, } | { "type": "command", key: string, command: Command, } | { "type": "writing", topic: string, } | { "type": "playback", topic: string, playback: Playback, } | { "type": "ping", };

export type ServerFrame = { "type": "hello", person: Me | null, 
/**
 * The server's clock, milliseconds since 1970.
 */
now: number, } | { "type": "history", topic: string, page: MessagePage, } | { "type": "subscribed", topic: string, 
/**
 * Number of the topic's latest event.
 */
seq: number, } | { "type": "event", topic: string, seq: number, event: Event, } | { "type": "resync", topic: string, } | { "type": "ack", key: string, } | { "type": "problem", key?: string, topic?: string, problem: Problem, } | { "type": "count", topic: string, count: number, } | { "type": "writing", topic: string, person: string, name: string, } | { "type": "health", topic: string, health: StageHealth, } | { "type": "audience", topic: string, audience: Audience, } | { "type": "pong" } | { "type": "closing", reconnect_within_ms: number, };

export const MAX_CLIENT_FRAME = 16384;
export const MAX_TOPICS = 64;

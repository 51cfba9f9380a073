import { get } from 'svelte/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClientFrame, ServerFrame } from '../generated/protocol.ts';
import { Live, Refused } from './live.ts';

/** Stands in for the browser's socket and lets the test play the server. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: ClientFrame[] = [];
  constructor(readonly url: string) {
    super();
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }
  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
    this.say({ type: 'hello', person: { id: 'p', name: 'Alice' }, now: Date.now() + 5_000 });
  }
  say(frame: ServerFrame): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }
}

const newest = () => FakeSocket.all.at(-1) as FakeSocket;
const TOPIC = 'event:1';
const changed = (seq: number): ServerFrame => ({
  type: 'event',
  topic: TOPIC,
  seq,
  event: { type: 'programme_changed', event: '1', revision: seq },
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('islands share one socket and each gets its own events once', () => {
  const live = new Live('ws://host/live');
  const early = vi.fn();
  const late = vi.fn();
  live.subscribe(TOPIC, 1, { event: (_, seq) => early(seq) });
  live.subscribe(TOPIC, 2, { event: (_, seq) => late(seq) });
  expect(FakeSocket.all).toHaveLength(1);
  newest().open();
  newest().say({ type: 'subscribed', topic: TOPIC, seq: 3 });
  newest().say(changed(2));
  newest().say(changed(3));
  expect(early.mock.calls).toEqual([[2], [3]]);
  expect(late.mock.calls).toEqual([[3]]);
  expect(get(live.person)).toEqual({ id: 'p', name: 'Alice' });
  expect(live.now()).toBe(Date.now() + 5_000);
});

test('a fault in one island does not silence the next', () => {
  const report = vi.fn();
  vi.stubGlobal('reportError', report);
  const live = new Live('ws://host/live');
  const heard = vi.fn();
  live.subscribe(TOPIC, 0, {
    event: () => {
      throw new Error('broken island');
    },
  });
  live.subscribe(TOPIC, 0, { event: heard });
  newest().open();
  newest().say({ type: 'subscribed', topic: TOPIC, seq: 0 });
  newest().say(changed(1));
  expect(heard).toHaveBeenCalledOnce();
  expect(report).toHaveBeenCalledOnce();
});

test('a command waits for a connection, is resent after its loss, and resolves on its ack', async () => {
  const live = new Live('ws://host/live');
  const settled = vi.fn();
  const sending = live.send({ type: 'post_message', channel: 'c', body: 'Hi' }).then(settled);
  newest().open();
  const first = newest().sent;
  newest().close();
  vi.advanceTimersByTime(1_000);
  expect(FakeSocket.all).toHaveLength(2);
  newest().open();
  expect(newest().sent).toEqual(first);
  const [frame] = newest().sent;
  if (frame?.type !== 'command') throw new Error('no command was sent');
  newest().say({ type: 'ack', key: frame.key });
  await sending;
  expect(settled).toHaveBeenCalledOnce();
});

test('a refusal rejects with its problem', async () => {
  const live = new Live('ws://host/live');
  const sending = live.send({ type: 'post_message', channel: 'c', body: 'Hi' });
  newest().open();
  const [frame] = newest().sent;
  if (frame?.type !== 'command') throw new Error('no command was sent');
  const problem = { type: '/problems/forbidden', status: 403, title: 'No.' };
  newest().say({ type: 'problem', key: frame.key, problem });
  await expect(sending).rejects.toEqual(new Refused(problem));
});

test('after a resync a reader without state simply goes on', () => {
  const live = new Live('ws://host/live');
  const count = vi.fn();
  live.subscribe(TOPIC, 4, { count });
  newest().open();
  newest().say({ type: 'resync', topic: TOPIC });
  expect(newest().sent.at(-1)).toEqual({ type: 'subscribe', topic: TOPIC });
  newest().say({ type: 'count', topic: TOPIC, count: 12 });
  expect(count).toHaveBeenCalledWith(12);
});

test('only who begins with the newest messages is given them, and no event before', () => {
  const live = new Live('ws://host/live');
  const [page, heard, other] = [vi.fn(), vi.fn(), vi.fn()];
  live.subscribe(TOPIC, 3, { history: other, event: (_, seq) => other(seq) });
  newest().open();
  newest().say({ type: 'subscribed', topic: TOPIC, seq: 3 });
  const seat = live.subscribe(TOPIC, 'history', {
    history: (given) => page(given.seq),
    event: (_, seq) => heard(seq),
  });
  const empty = { messages: [], more_before: false, more_after: false, pins: [], timeline: null };
  newest().say({ type: 'history', topic: TOPIC, page: { ...empty, seq: 4 } });
  newest().say({ type: 'subscribed', topic: TOPIC, seq: 5 });
  newest().say(changed(4));
  newest().say(changed(5));
  expect([page.mock.calls, heard.mock.calls]).toEqual([[[4]], [[5]]]);
  expect(other.mock.calls).toEqual([[4], [5]]);
  seat.anew();
  expect(newest().sent.at(-1)).toEqual({ type: 'subscribe', topic: TOPIC, history: 50 });
});

test('leaving a topic tells the server when the last reader is gone', () => {
  const live = new Live('ws://host/live');
  const one = live.subscribe(TOPIC, 0, {});
  const two = live.subscribe(TOPIC, 0, {});
  newest().open();
  one.close();
  expect(newest().sent.some((frame) => frame.type === 'unsubscribe')).toBe(false);
  two.close();
  expect(newest().sent.at(-1)).toEqual({ type: 'unsubscribe', topic: TOPIC });
});

import { get } from 'svelte/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ServerFrame } from '../generated/protocol.ts';
import { Live, Refused } from './live.ts';

/** Sockets on a network that lets none through, unless told. */
class BlockedSocket extends EventTarget {
  static readonly OPEN = 1;
  static blocked = true;
  static made = 0;
  readyState = 0;
  sent: string[] = [];
  static newest: BlockedSocket;
  constructor(readonly url: string) {
    super();
    BlockedSocket.made += 1;
    BlockedSocket.newest = this;
    queueMicrotask(() => {
      if (BlockedSocket.blocked) this.close();
      else {
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
      }
    });
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(...frames: ServerFrame[]): void {
    for (const frame of frames) {
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
    }
  }
  break(): void {
    this.dispatchEvent(new Event('error'));
  }
}

const stream = () => FakeSource.all.at(-1) as FakeSource;
const TOPIC = 'event:1';
const HELLO: ServerFrame = { type: 'hello', person: { id: 'p', name: 'Alice' }, now: 0 };
const changed = (seq: number): ServerFrame => ({
  type: 'event',
  topic: TOPIC,
  seq,
  event: { type: 'programme_changed', event: '1', revision: seq },
});
const subscribed = (topic: string, seq: number): ServerFrame => ({
  type: 'subscribed',
  topic,
  seq,
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', BlockedSocket);
  vi.stubGlobal('EventSource', FakeSource);
  BlockedSocket.blocked = true;
  BlockedSocket.made = 0;
  FakeSource.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A page that has found its way around. */
async function around(heard: (seq: number) => void = () => {}): Promise<Live> {
  const live = new Live('ws://host/live');
  live.subscribe(TOPIC, 1, { event: (_, seq) => heard(seq), present: true });
  for (let tries = 0; tries < 5 && FakeSource.all.length === 0; tries += 1) {
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(BlockedSocket.made).toBe(2);
  return live;
}

test('after two sockets that did not open the page follows by events', async () => {
  const heard = vi.fn();
  const live = await around(heard);
  expect(stream().url).toBe('http://host/live/events?topic=event%3A1&after=1&present=yes');
  stream().say(HELLO, subscribed(TOPIC, 2), changed(2), changed(3));
  expect(heard.mock.calls).toEqual([[2], [3]]);
  expect(get(live.status)).toBe('connected');
  expect(get(live.person)).toEqual({ id: 'p', name: 'Alice' });
});

test('another topic is followed from where each stands, and nothing is told twice', async () => {
  const heard = vi.fn();
  const live = await around(heard);
  stream().say(HELLO, subscribed(TOPIC, 2), changed(2));
  const first = stream();
  live.subscribe('channel:1', 7, {});
  await vi.advanceTimersByTimeAsync(0);
  expect(first.closed).toBe(true);
  expect(stream().url).toContain('topic=event%3A1&after=2&present=yes&topic=channel%3A1&after=7');
  first.say(changed(3));
  stream().say(HELLO, subscribed(TOPIC, 3), changed(3), subscribed('channel:1', 7));
  expect(heard.mock.calls).toEqual([[2], [3]]);
});

test('newest messages come once, and a new stream goes on after them', async () => {
  const live = await around();
  const history = vi.fn();
  const heard = vi.fn();
  const channel = 'channel:1';
  live.subscribe(channel, 'history', {
    history: (page) => history(page.seq),
    event: (_, seq) => heard(seq),
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(stream().url).toContain('topic=channel%3A1&history=50');
  const page = { messages: [], seq: 7, more_before: false, more_after: false, pins: [] };
  stream().say(HELLO, { type: 'history', topic: channel, page: { ...page, timeline: null } });
  stream().say(subscribed(channel, 8), { ...changed(8), topic: channel } as ServerFrame);
  live.subscribe('stage:1', 2, {});
  await vi.advanceTimersByTimeAsync(0);
  expect(stream().url).toContain('topic=channel%3A1&after=8');
  expect([history.mock.calls, heard.mock.calls]).toEqual([[[7]], [[8]]]);
});

test('a command goes by POST and is settled by what is answered', async () => {
  const live = await around();
  stream().say(HELLO, subscribed(TOPIC, 1));
  const problem = { type: '/problems/forbidden', status: 403, title: 'No.' };
  const post = vi.fn((_url: string, init: RequestInit) => {
    const { key } = JSON.parse(init.body as string) as { key: string };
    const first = post.mock.calls.length === 1;
    const told = first ? { type: 'ack', key } : problem;
    return Promise.resolve(new Response(JSON.stringify(told), { status: first ? 200 : 403 }));
  });
  vi.stubGlobal('fetch', post);
  await live.send({ type: 'post_message', channel: 'c', body: 'Hi' });
  expect(post.mock.calls[0]?.[0]).toBe('http://host/live/command');
  const refused = live.send({ type: 'post_message', channel: 'c', body: 'Hi' });
  await expect(refused).rejects.toEqual(new Refused(problem));
});

test('a command whose answer was lost is sent again under its key', async () => {
  const live = await around();
  stream().say(HELLO, subscribed(TOPIC, 1));
  const keys: string[] = [];
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    const { key } = JSON.parse(init.body as string) as { key: string };
    keys.push(key);
    if (keys.length === 1) return Promise.reject(new TypeError('network'));
    return Promise.resolve(new Response(JSON.stringify({ type: 'ack', key })));
  });
  const sent = live.send({ type: 'post_message', channel: 'c', body: 'Hi' });
  for (let n = 0; n < 10 && keys.length < 2; n += 1) await vi.advanceTimersByTimeAsync(2_000);
  await sent;
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
});

test('a stream that breaks is opened again from where it stood', async () => {
  const heard = vi.fn();
  await around(heard);
  stream().say(HELLO, subscribed(TOPIC, 2), changed(2));
  stream().break();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(FakeSource.all.length).toBeGreaterThan(1);
  expect(stream().url).toContain('after=2');
  stream().say(HELLO, subscribed(TOPIC, 3), changed(3));
  expect(heard.mock.calls).toEqual([[2], [3]]);
});

test('where nothing gets through sockets are tried again', async () => {
  await around();
  stream().break();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(BlockedSocket.made).toBeGreaterThan(2);
});

test('the page returns to a socket when one gets through', async () => {
  const heard = vi.fn();
  await around(heard);
  stream().say(HELLO, subscribed(TOPIC, 2), changed(2));
  BlockedSocket.blocked = false;
  for (let minute = 0; minute < 6; minute += 1) {
    await vi.advanceTimersByTimeAsync(20_000);
    stream().say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(20_000);
    stream().say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(20_000);
    if (!stream().closed) stream().say({ type: 'pong' });
  }
  expect(stream().closed).toBe(true);
  expect(BlockedSocket.newest.sent[0]).toContain('"after":2');
});

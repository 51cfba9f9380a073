import { expect, test, vi } from 'vitest';
import { Refused } from '../../lib/live.ts';
import { Channel } from './channel.svelte.ts';
import { FakeServer, message, page as pageOf } from './harness.ts';

const ME = { id: 'me', name: 'Me', pronouns: null };
const forbidden = new Refused({ type: '/problems/forbidden', status: 403, title: 'No.' });

async function channel(server: FakeServer): Promise<Channel> {
  const made = new Channel('c', 'channel:c', 'me', server);
  await made.start();
  server.timers = [];
  return made;
}
const page = (...seqs: number[]) =>
  pageOf(
    seqs.map((seq) => message(seq)),
    { more_before: true },
  );

test('a message is shown as on its way until its event comes, and then once', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  void it.post('Hello');
  expect(it.pending.map((one) => one.state)).toEqual(['sending']);
  server.sent[0]?.settle();
  await vi.waitFor(() => expect(it.pending.map((one) => one.state)).toEqual(['sent']));
  server.tell({ type: 'message_posted', message: message(2, { author: ME, source: 'Hello' }) });
  expect(it.pending).toEqual([]);
  expect(it.page.messages.map((m) => m.seq)).toEqual([1, 2]);
});

test('a stand-in whose event never matches goes after a while', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  void it.post('Hello');
  server.sent[0]?.settle();
  await vi.waitFor(() => expect(server.timers).toHaveLength(1));
  server.timers[0]?.();
  expect(it.pending).toEqual([]);
});

test('a refused message keeps its text and its reason', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  void it.post('Hello');
  server.sent[0]?.settle(forbidden);
  await vi.waitFor(() => expect(it.pending[0]?.problem).toBe(forbidden.problem));
  expect(it.takeBack(1)).toBe('Hello');
  expect(it.pending).toEqual([]);
});

test('a reaction is added, and taken back where it is mine', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  const [first] = it.page.messages;
  if (!first) throw new Error('no message');
  void it.react(first, '🎉');
  void it.react({ ...first, reactions: [{ emoji: '🎉', count: 2, mine: true }] }, '🎉');
  expect(server.sent.map(({ command }) => command)).toEqual([
    { type: 'add_reaction', message: 'm1', emoji: '🎉' },
    { type: 'remove_reaction', message: 'm1', emoji: '🎉' },
  ]);
  server.sent[0]?.settle(forbidden);
  await vi.waitFor(() => expect(it.problem).toBe(forbidden.problem));
});

test('only what is new and from others is news', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  const news = vi.fn();
  it.onmessage = (m) => news(m.seq);
  server.tell({ type: 'message_posted', message: message(2) }, true);
  server.tell({ type: 'message_posted', message: message(3, { author: ME }) });
  server.tell({ type: 'message_posted', message: message(4) });
  expect(news.mock.calls).toEqual([[4]]);
});

test('after missed events the newest page is read and the topic goes on from it', async () => {
  const fresh = pageOf([message(90)], { seq: 700, more_before: true });
  const server = new FakeServer(page(1), fresh);
  const it = await channel(server);
  server.reader.resync?.();
  await vi.waitFor(() => expect(it.page).toEqual(fresh));
  expect([server.begun, server.asked]).toEqual([2, []]);
});

test('a thread whose resync cannot be read is tried again', async () => {
  const server = new FakeServer(page(1), page(2));
  const thread = (await channel(server)).threadOf('m1');
  await thread.start();
  server.reader.resync?.();
  await vi.waitFor(() => expect(server.timers).toHaveLength(1));
  server.pages.push(page(5));
  server.timers[0]?.();
  await vi.waitFor(() => expect(server.resumed).toEqual([10]));
  expect(thread.page.messages.map((m) => m.seq)).toEqual([5]);
});

test('where the live connection takes long, the newest messages come by HTTP', async () => {
  const server = new FakeServer(page(1));
  server.silent = true;
  const it = new Channel('c', 'channel:c', 'me', server);
  const started = it.start();
  server.timers[0]?.();
  await started;
  expect([server.asked, server.resumed]).toEqual([[undefined], [10]]);
  expect(it.page.messages.map((m) => m.seq)).toEqual([1]);
});

test('a channel that may not be heard does not begin', async () => {
  const server = new FakeServer();
  server.silent = true;
  const started = new Channel('c', 'channel:c', 'me', server).start();
  server.reader.problem?.(forbidden.problem);
  await expect(started).rejects.toEqual(forbidden);
});

test('older messages are asked for before the first; a failure says so', async () => {
  const server = new FakeServer(page(7, 8), page(5, 6));
  const it = await channel(server);
  const older = await it.fetchOlder();
  if (older) it.prepend(older);
  expect([server.asked, it.page.messages.map((m) => m.seq)]).toEqual([[7], [5, 6, 7, 8]]);
  expect(await it.fetchOlder()).toBeNull();
  expect([it.older, server.reported.length]).toEqual(['failed', 1]);
});

test('a channel that is locked takes no words until it is unlocked', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  const changed = (state: string) =>
    server.tell({ type: 'channel_changed', channel: 'c', slug: 'tea', name: 'Tea', state });
  changed('locked');
  expect(it.closed).toBe(true);
  changed('open');
  expect(it.closed).toBe(false);
});

test('what is merged into the channel is fetched, and a merged one is left', async () => {
  const server = new FakeServer(page(1), page(1, 2, 3));
  const it = await channel(server);
  server.tell({ type: 'channel_merged', channel: 'other', into: 'c', slug: 'tea' });
  await vi.waitFor(() => expect(it.page.messages).toHaveLength(3));
  expect(server.gone).toEqual([]);
  server.tell({ type: 'channel_merged', channel: 'c', into: 'other', slug: 'coffee' });
  expect(server.gone).toEqual(['coffee']);
});

test('how many are here is told as it comes', async () => {
  const server = new FakeServer(page(1));
  const it = await channel(server);
  expect(server.reader.present).toBe(true);
  server.reader.count?.(12);
  expect(it.here).toBe(12);
});

test('that the reader writes is told now and then, and among few alone', async () => {
  vi.useFakeTimers();
  try {
    const server = new FakeServer(page(1));
    const it = await channel(server);
    it.writing();
    expect(server.writings, 'nobody is known to be here').toEqual([]);
    for (const [here, told] of [
      [1, 0],
      [21, 0],
      [20, 1],
    ] as const) {
      server.reader.count?.(here);
      it.writing();
      expect(server.writings, `${here} here`).toHaveLength(told);
    }
    it.writing();
    vi.advanceTimersByTime(2_999);
    it.writing();
    expect(server.writings).toHaveLength(1);
    vi.advanceTimersByTime(1);
    it.writing();
    expect(server.writings).toEqual(['channel:c', 'channel:c']);
  } finally {
    vi.useRealTimers();
  }
});

test('who writes is seen until the mark fades, or their message is there', async () => {
  vi.useFakeTimers();
  try {
    const server = new FakeServer(page(1));
    const it = await channel(server);
    const writers = () => [...it.writers.values()].map((writer) => writer.name);
    server.reader.writing?.('bob', 'Bob');
    server.reader.writing?.('me', 'Me');
    expect(writers()).toEqual(['Bob']);
    // The first mark's time is over, but it was told again since.
    vi.advanceTimersByTime(3_000);
    server.reader.writing?.('bob', 'Bob');
    vi.advanceTimersByTime(3_000);
    server.timers[0]?.();
    expect(writers()).toEqual(['Bob']);
    vi.advanceTimersByTime(3_000);
    server.timers[1]?.();
    expect(writers()).toEqual([]);
    server.reader.writing?.('bob', 'Bob');
    server.tell({ type: 'message_posted', message: message(2) });
    expect(writers()).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

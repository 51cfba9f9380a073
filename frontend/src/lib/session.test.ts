import { describe, expect, test } from 'vitest';
import type { Command, Event, ServerFrame } from '../generated/protocol.ts';
import { MAX_PENDING, Session, type Output } from './session.ts';

const CHANNEL = 'channel:0192';
const post: Command = { type: 'post_message', channel: '0192', body: 'Hello' };

function changed(revision: number): Event {
  return { type: 'programme_changed', event: 'e', revision };
}

/** A session with a clock of its own and chance that always says one half. */
class Bench {
  now = 0;
  session: Session;
  constructor(random = () => 0.5) {
    this.session = new Session(random);
  }
  drain(): Output[] {
    const all: Output[] = [];
    for (let out = this.session.poll(); out; out = this.session.poll()) all.push(out);
    return all;
  }
  receive(...frames: ServerFrame[]): Output[] {
    for (const frame of frames) this.session.received(this.now, frame);
    return this.drain();
  }
  /** Lets time pass to the next moment the session asked for. */
  wake(): Output[] {
    const at = this.session.wake();
    if (at === undefined) throw new Error('the session waits for nothing');
    this.now = Math.max(this.now, at);
    this.session.tick(this.now);
    return this.drain();
  }
  open(): Output[] {
    this.session.opened(this.now);
    return this.receive({ type: 'hello', person: null, now: 1_000 });
  }
  close(): Output[] {
    this.session.closed(this.now);
    return this.drain();
  }
}

function subscribed(bench: Bench, after: number): void {
  bench.session.subscribe(bench.now, CHANNEL, after);
  bench.open();
  bench.receive({ type: 'subscribed', topic: CHANNEL, seq: after });
}

const history = (seq: number): ServerFrame => ({
  type: 'history',
  topic: CHANNEL,
  page: { messages: [], seq, more_before: false, more_after: false, pins: [], timeline: null },
});

const sent = (outputs: Output[]) => outputs.flatMap((o) => (o.type === 'send' ? [o.frame] : []));
const news = (outputs: Output[]) => outputs.flatMap((o) => (o.type === 'news' ? [o.news] : []));
const statuses = (outputs: Output[]) =>
  outputs.flatMap((o) => (o.type === 'status' ? [o.status] : []));

describe('subscribing', () => {
  test('connects on the first wish and asks after the page number', () => {
    const bench = new Bench();
    bench.session.subscribe(0, CHANNEL, 7);
    expect(bench.drain()).toEqual([{ type: 'connect' }]);
    expect(sent(bench.open())).toEqual([{ type: 'subscribe', topic: CHANNEL, after: 7 }]);
  });

  test('delivers each event once and in order', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    const outputs = bench.receive(
      { type: 'event', topic: CHANNEL, seq: 8, event: changed(8) },
      { type: 'event', topic: CHANNEL, seq: 8, event: changed(8) },
      { type: 'event', topic: CHANNEL, seq: 9, event: changed(9) },
    );
    expect(news(outputs)).toEqual([
      { type: 'event', seq: 8, event: changed(8), replayed: false },
      { type: 'event', seq: 9, event: changed(9), replayed: false },
    ]);
  });

  test('marks what happened before the subscription stood as replayed', () => {
    const bench = new Bench();
    bench.session.subscribe(0, CHANNEL, 1);
    bench.open();
    const outputs = bench.receive(
      { type: 'subscribed', topic: CHANNEL, seq: 2 },
      { type: 'event', topic: CHANNEL, seq: 2, event: changed(2) },
      { type: 'event', topic: CHANNEL, seq: 3, event: changed(3) },
    );
    expect(news(outputs).map((n) => n.type === 'event' && n.replayed)).toEqual([true, false]);
  });

  test('a gap is asked for again and its rest is not delivered early', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    const outputs = bench.receive(
      { type: 'event', topic: CHANNEL, seq: 10, event: changed(10) },
      { type: 'event', topic: CHANNEL, seq: 11, event: changed(11) },
    );
    expect(outputs).toEqual([
      { type: 'send', frame: { type: 'unsubscribe', topic: CHANNEL } },
      { type: 'send', frame: { type: 'subscribe', topic: CHANNEL, after: 7 } },
    ]);
  });

  test('gaps that do not heal end in a resync', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    const round = () =>
      bench.receive(
        { type: 'event', topic: CHANNEL, seq: 10, event: changed(10) },
        { type: 'subscribed', topic: CHANNEL, seq: 10 },
      );
    round();
    round();
    expect(news(round())).toEqual([{ type: 'resync' }]);
  });

  test('after a resync the reader goes on after the number it fetched', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    expect(news(bench.receive({ type: 'resync', topic: CHANNEL }))).toEqual([{ type: 'resync' }]);
    expect(bench.receive({ type: 'event', topic: CHANNEL, seq: 8, event: changed(8) })).toEqual([]);
    bench.session.subscribe(bench.now, CHANNEL, 900);
    expect(sent(bench.drain()).at(-1)).toEqual({ type: 'subscribe', topic: CHANNEL, after: 900 });
  });

  test('a server whose past became shorter causes a resync', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    bench.close();
    bench.wake();
    bench.open();
    expect(news(bench.receive({ type: 'subscribed', topic: CHANNEL, seq: 3 }))).toEqual([
      { type: 'resync' },
    ]);
  });

  test('a refused subscription is told and not tried again', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    const problem = { type: '/problems/not-found', status: 404, title: '' };
    expect(news(bench.receive({ type: 'problem', topic: CHANNEL, problem }))).toEqual([
      { type: 'problem', problem },
    ]);
    bench.close();
    bench.wake();
    expect(sent(bench.open())).toEqual([]);
  });

  test('a second reader with an older page gets what it misses', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    bench.session.subscribe(bench.now, CHANNEL, 5);
    expect(sent(bench.drain()).at(-1)).toEqual({ type: 'subscribe', topic: CHANNEL, after: 5 });
    bench.session.subscribe(bench.now, CHANNEL, 9);
    expect(bench.drain()).toEqual([]);
  });
});

describe('beginning with the newest messages', () => {
  test('they come first, and what follows them is delivered once', () => {
    const bench = new Bench();
    bench.session.subscribe(0, CHANNEL, 'history');
    expect(sent(bench.open())).toEqual([{ type: 'subscribe', topic: CHANNEL, history: 50 }]);
    const told = bench.receive(
      history(7),
      { type: 'subscribed', topic: CHANNEL, seq: 8 },
      { type: 'event', topic: CHANNEL, seq: 8, event: changed(8) },
    );
    expect(news(told).map((one) => one.type)).toEqual(['history', 'event']);
    expect(sent(told)).toEqual([]);
    // After a loss it goes on after what it has.
    bench.close();
    bench.wake();
    expect(sent(bench.open())).toEqual([{ type: 'subscribe', topic: CHANNEL, after: 8 }]);
  });

  test('a connection lost before they came asks for them again', () => {
    const bench = new Bench();
    bench.session.subscribe(0, CHANNEL, 'history');
    bench.open();
    bench.close();
    bench.wake();
    expect(sent(bench.open())).toEqual([{ type: 'subscribe', topic: CHANNEL, history: 50 }]);
  });

  test('another reader of the topic does not miss what the page has already', () => {
    const bench = new Bench();
    subscribed(bench, 5);
    bench.session.subscribe(bench.now, CHANNEL, 'history');
    expect(sent(bench.drain()).at(-1)).toEqual({
      type: 'subscribe',
      topic: CHANNEL,
      history: 50,
    });
    const told = bench.receive(history(7));
    expect(news(told)).toHaveLength(1);
    expect(sent(told).at(-1)).toEqual({ type: 'subscribe', topic: CHANNEL, after: 5 });
  });

  test('after a resync they are read anew', () => {
    const bench = new Bench();
    subscribed(bench, 5);
    bench.receive({ type: 'resync', topic: CHANNEL });
    bench.session.subscribe(bench.now, CHANNEL, 'history');
    expect(sent(bench.drain()).at(-1)).toMatchObject({ history: 50 });
    expect(sent(bench.receive(history(900)))).toEqual([]);
    bench.receive({ type: 'subscribed', topic: CHANNEL, seq: 900 });
    const next = bench.receive({ type: 'event', topic: CHANNEL, seq: 901, event: changed(1) });
    expect(news(next)).toHaveLength(1);
  });
});

describe('reconnecting', () => {
  test('resumes after the last event delivered', () => {
    const bench = new Bench();
    subscribed(bench, 7);
    bench.receive({ type: 'event', topic: CHANNEL, seq: 8, event: changed(8) });
    bench.close();
    expect(bench.wake()).toEqual([{ type: 'connect' }]);
    expect(sent(bench.open())).toEqual([{ type: 'subscribe', topic: CHANNEL, after: 8 }]);
  });

  test('waits with full jitter: half of 1, 2, 4 ... at most 30 s', () => {
    const bench = new Bench();
    bench.session.subscribe(0, CHANNEL);
    bench.drain();
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      const before = bench.now;
      bench.close();
      while (!bench.wake().some((o) => o.type === 'connect'));
      waits.push(bench.now - before);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test('a connection that falls at once does not reset the back-off', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    bench.close();
    bench.wake();
    bench.open();
    const before = bench.now;
    bench.close();
    bench.wake();
    expect(bench.now - before).toBe(1_000);
  });

  test('a closing server is left within its window', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    bench.receive({ type: 'closing', reconnect_within_ms: 8_000 });
    bench.close();
    bench.wake();
    const outputs = bench.wake();
    expect([bench.now, outputs]).toEqual([4_000, [{ type: 'connect' }]]);
  });

  test('tells "lost" only after three seconds, and "connected" once', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    bench.now = 60_000;
    bench.close();
    expect(statuses(bench.wake())).toEqual([]);
    expect(statuses(bench.open())).toEqual([]);
    bench.close();
    bench.wake();
    const told: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      told.push(...statuses(bench.close()));
      told.push(...statuses(bench.wake()));
      told.push(...statuses(bench.wake()));
    }
    expect(told).toEqual(['lost']);
    if (!bench.drain().some((o) => o.type === 'connect')) bench.close();
    while (!bench.wake().some((o) => o.type === 'connect'));
    expect(statuses(bench.open())).toEqual(['connected']);
  });

  test('a nudge shortens the wait and probes a silent connection', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    bench.session.nudge(bench.now);
    expect(sent(bench.drain())).toEqual([{ type: 'ping' }]);
    bench.now += 5_000;
    bench.session.tick(bench.now);
    expect(bench.drain()).toEqual([{ type: 'disconnect' }]);
    for (let i = 0; i < 6; i += 1) {
      while (!bench.wake().some((o) => o.type === 'connect'));
      bench.close();
    }
    const before = bench.now;
    bench.session.nudge(bench.now);
    bench.wake();
    expect(bench.now - before).toBe(500);
  });
});

describe('heartbeat', () => {
  test('pings every 25 s even while much is heard, for the server waits to hear us', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    const pings: number[] = [];
    for (let seq = 1; seq <= 60; seq += 1) {
      bench.now = seq * 1_000;
      const outputs = bench.receive({ type: 'event', topic: CHANNEL, seq, event: changed(seq) });
      bench.session.tick(bench.now);
      if (sent([...outputs, ...bench.drain()]).length > 0) pings.push(bench.now);
    }
    expect(pings).toEqual([25_000, 50_000]);
  });

  test('gives a connection up 10 s after a ping without an answer', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    expect([sent(bench.wake()), bench.now]).toEqual([[{ type: 'ping' }], 25_000]);
    expect([bench.wake()[0], bench.now]).toEqual([{ type: 'disconnect' }, 35_000]);
  });

  test('a pong keeps the connection', () => {
    const bench = new Bench();
    subscribed(bench, 0);
    bench.wake();
    bench.now += 100;
    bench.receive({ type: 'pong' });
    expect([sent(bench.wake()), bench.now]).toEqual([[{ type: 'ping' }], 50_000]);
  });
});

describe('commands', () => {
  test('a command survives a lost connection under the same key', () => {
    const bench = new Bench();
    bench.session.command(0, 'k1', post);
    expect(bench.drain()).toEqual([{ type: 'connect' }]);
    expect(sent(bench.open())).toEqual([{ type: 'command', key: 'k1', command: post }]);
    bench.close();
    bench.wake();
    expect(sent(bench.open())).toEqual([{ type: 'command', key: 'k1', command: post }]);
    expect(bench.receive({ type: 'ack', key: 'k1' })).toEqual([
      { type: 'settled', key: 'k1', problem: null },
    ]);
    bench.close();
    bench.wake();
    expect(sent(bench.open())).toEqual([]);
  });

  test('"too many" is tried again after the time told', () => {
    const bench = new Bench();
    bench.session.command(0, 'k1', post);
    bench.open();
    const problem = { type: '/problems/too-many', status: 429, title: '', retry_after: 2 };
    expect(bench.receive({ type: 'problem', key: 'k1', problem })).toEqual([]);
    expect([sent(bench.wake()), bench.now]).toEqual([
      [{ type: 'command', key: 'k1', command: post }],
      2_500,
    ]);
  });

  test('a refusal settles it', () => {
    const bench = new Bench();
    bench.session.command(0, 'k1', post);
    bench.open();
    const problem = { type: '/problems/forbidden', status: 403, title: '' };
    expect(bench.receive({ type: 'problem', key: 'k1', problem })).toEqual([
      { type: 'settled', key: 'k1', problem },
    ]);
  });

  test('only so many may wait, and none too large', () => {
    const bench = new Bench();
    for (let i = 0; i < MAX_PENDING; i += 1) {
      expect(bench.session.command(0, `k${i}`, post)).toBe(true);
    }
    expect(bench.session.command(0, 'one more', post)).toBe(false);
    const fresh = new Bench();
    fresh.session.command(0, 'big', { ...post, body: '🎉'.repeat(5_000) });
    expect(fresh.drain()).toMatchObject([
      { type: 'settled', key: 'big', problem: { status: 413 } },
    ]);
  });
});

test('whatever order things come in, each event is delivered once and in order', () => {
  // A small linear congruential generator: the same storms on every run.
  for (let seed = 1; seed <= 200; seed += 1) {
    let x = seed;
    const random = () => {
      x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
      return x / 2_147_483_648;
    };
    const bench = new Bench(random);
    let latest = 5;
    // Every other reader begins with the newest messages.
    bench.session.subscribe(0, CHANNEL, seed % 2 === 0 ? 'history' : latest);
    let begun = latest;
    const seen: number[] = [];
    let open = false;
    const obey = (outputs: Output[]) => {
      for (const out of outputs) {
        if (out.type === 'disconnect') open = false;
        if (out.type === 'connect') {
          open = true;
          bench.session.opened(bench.now);
          bench.session.received(bench.now, { type: 'hello', person: null, now: 0 });
        }
        if (out.type === 'news' && out.news.type === 'history') begun = out.news.page.seq;
        if (out.type === 'news' && out.news.type === 'event') seen.push(out.news.seq);
        if (out.type === 'send' && out.frame.type === 'subscribe' && open) {
          if (out.frame.history !== undefined) bench.session.received(bench.now, history(latest));
          const after = out.frame.after ?? latest;
          bench.session.received(bench.now, { type: 'subscribed', topic: CHANNEL, seq: latest });
          for (let seq = after + 1; seq <= latest; seq += 1) deliver(seq);
        }
      }
    };
    const deliver = (seq: number) =>
      bench.session.received(bench.now, {
        type: 'event',
        topic: CHANNEL,
        seq,
        event: changed(seq),
      });
    const settle = () => {
      for (let batch = bench.drain(); batch.length > 0; batch = bench.drain()) obey(batch);
    };
    settle();
    for (let step = 0; step < 60; step += 1) {
      const dice = random();
      if (dice < 0.6) {
        latest += 1;
        if (open && random() > 0.2) deliver(latest);
      } else if (dice < 0.75 && open) {
        open = false;
        bench.session.closed(bench.now);
      } else {
        bench.now = Math.max(bench.now, bench.session.wake() ?? bench.now);
        bench.session.tick(bench.now);
      }
      settle();
    }
    // One clean event at the end shows every gap.
    while (!open) {
      bench.now = Math.max(bench.now, bench.session.wake() ?? bench.now);
      bench.session.tick(bench.now);
      settle();
    }
    latest += 1;
    deliver(latest);
    settle();
    expect(seen).toEqual(Array.from({ length: latest - begun }, (_, i) => i + begun + 1));
  }
});

test('who attends a topic says so again after each reconnection', () => {
  const session = new Session(() => 0);
  session.attend('stage:1');
  session.subscribe(0, 'stage:1', 4);
  const asked = () => {
    const frames: unknown[] = [];
    for (let out = session.poll(); out; out = session.poll()) {
      if (out.type === 'send') frames.push(out.frame);
    }
    return frames;
  };
  session.opened(1);
  expect(asked()).toContainEqual({
    type: 'subscribe',
    topic: 'stage:1',
    after: 4,
    present: true,
  });
});

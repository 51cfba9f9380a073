import { expect, test, vi } from 'vitest';
import type { Event, Stage } from '../../generated/protocol.ts';
import type { Reader } from '../../lib/live.ts';
import { follow, stagePath, type Facts, type Followed } from './follow.ts';
import type { Input } from './states.ts';

const stage = (over: Partial<Stage>): Stage => ({
  room: 'main',
  name: 'Main',
  live: false,
  playlist: '/hls/summit/main/index.m3u8',
  now: null,
  next: null,
  viewers: 0,
  topic: 'stage:s',
  seq: 4,
  ...over,
});

function followed(over: Partial<Followed>, fetched = stage({})) {
  const readers = new Map<string, Reader>();
  const resume = vi.fn();
  const facts: Facts = { next: null };
  const inputs: Input[] = [];
  const report = vi.fn();
  follow(
    {
      on_air: false,
      topic: 'stage:1',
      seq: 4,
      event_topic: 'event:1',
      event_seq: 9,
      src: '/hls/summit/main/index.m3u8',
      ...over,
    },
    facts,
    (input) => inputs.push(input),
    {
      subscribe: (topic, _, reader) => {
        readers.set(topic, reader);
        return { resume, anew: () => undefined, close: () => undefined };
      },
      stage: (path) =>
        path === '/api/v1/events/summit/stages/main'
          ? Promise.resolve(fetched)
          : Promise.reject(new Error(path)),
      report,
    },
  );
  const tell = (topic: string, event: Event) => readers.get(topic)?.event?.(event, 0, false);
  return { facts, inputs, tell, readers, resume, report };
}

const published = (code: string): Event => ({
  type: 'recording_published',
  session: 's',
  code,
  url: `/hls/summit/talk/${code}/index.m3u8`,
});

test('a recording is offered only where its session was shown', () => {
  const { inputs, tell } = followed({});
  tell('event:1', published('OTHER'));
  tell('stage:1', { type: 'session_ended', session: 's', room: 'r', code: 'MINE', at: 1 });
  tell('stage:1', published('MINE'));
  tell('event:1', published('MINE'));
  expect(inputs).toEqual([
    { type: 'recording_published', code: 'MINE', url: '/hls/summit/talk/MINE/index.m3u8' },
  ]);
});

test("on a session's own page its recording is awaited from the start", () => {
  const { inputs, tell, readers } = followed({ topic: null, code: 'MINE' });
  expect([...readers.keys()]).toEqual(['event:1']);
  tell('event:1', published('MINE'));
  expect(inputs).toHaveLength(1);
});

test('what comes next is told beside the picture, and whoever watches is there', async () => {
  const next = { code: 'N', title: 'Next one', speakers: [], start: 5, end: 6, live: false };
  const { facts, readers } = followed({}, stage({ next }));
  await vi.waitFor(() => expect(facts.next?.title).toBe('Next one'));
  expect(readers.get('stage:1')?.present).toBe(true);
});

test('after missed events the fetched stage decides, and the topic goes on from it', async () => {
  const { inputs, readers, resume } = followed({}, stage({ live: true, seq: 70 }));
  readers.get('stage:1')?.resync?.();
  await vi.waitFor(() => expect(resume).toHaveBeenCalledWith(70));
  expect(inputs).toEqual([{ type: 'broadcast_started' }]);
});

test('the path of a stage comes from its playlist; a recording has none', () => {
  expect(stagePath('/hls/summit/main/index.m3u8')).toBe('/api/v1/events/summit/stages/main');
  expect(stagePath('/hls/summit/talk/ABC/index.m3u8')).toBeNull();
  expect(stagePath(null)).toBeNull();
});

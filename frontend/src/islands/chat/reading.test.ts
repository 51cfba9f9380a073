import { expect, test } from 'vitest';
import { FakeServer } from './harness.ts';
import overDevices from './marks/over-devices.json';
import { Reading } from './reading.svelte.ts';

function reading(mark: number | null, last: number, kept = true) {
  const server = new FakeServer();
  const it = new Reading('c', mark, last, kept, server);
  it.follow('person:me');
  return { server, it };
}
const sent = (server: FakeServer) => server.sent.map(({ command }) => command);
const run = (server: FakeServer) => server.timers.splice(0).forEach((act) => act());
const moved = (seq: number, channel = 'c') =>
  ({ type: 'read_mark_moved', channel, seq, mentions: 0 }) as const;

test('what is seen is told a little later, once for all of it', () => {
  const { server, it } = reading(3, 5);
  it.see(6);
  it.see(8);
  it.see(7);
  expect(sent(server)).toEqual([]);
  run(server);
  expect(sent(server)).toEqual([{ type: 'mark_read', channel: 'c', seq: 8 }]);
  it.see(8);
  run(server);
  expect(sent(server)).toHaveLength(1);
  expect(it.mark).toBe(8);
});

test('the line of what is new stays where the reader came in', () => {
  const { it } = reading(3, 5);
  expect(it.line).toBe(3);
  it.see(6);
  expect(it.line).toBe(3);
  expect(reading(5, 5).it.line).toBeNull();
  expect(reading(null, 5).it.line).toBeNull();
});

test('a first visit is told too, and a visitor has a place only here', () => {
  const { server, it } = reading(null, 5);
  it.see(5);
  run(server);
  expect(sent(server)).toEqual([{ type: 'mark_read', channel: 'c', seq: 5 }]);
  const visitor = reading(null, 5, false);
  visitor.it.see(7);
  run(visitor.server);
  expect(sent(visitor.server)).toEqual([]);
  expect(visitor.it.mark).toBe(7);
});

test('what another device read is read here, and is not told again', () => {
  const { server, it } = reading(3, 5);
  server.tell(moved(5));
  expect(it.mark).toBe(5);
  server.tell(moved(9, 'another'));
  expect(it.mark).toBe(5);
  it.see(5);
  run(server);
  expect(sent(server)).toEqual([]);
});

test('put back, it stays until somebody comes again', async () => {
  const { server, it } = reading(5, 5);
  const put = it.unread(4);
  server.sent[0]?.settle();
  await put;
  expect(sent(server)).toEqual([{ type: 'mark_unread', channel: 'c', seq: 4 }]);
  expect([it.mark, it.line]).toEqual([3, 3]);
  it.see(5);
  run(server);
  expect(sent(server)).toHaveLength(1);
  it.come();
  it.see(5);
  run(server);
  expect(sent(server)[1]).toEqual({ type: 'mark_read', channel: 'c', seq: 5 });
});

test('put back on another device, it is put back here', () => {
  const { server, it } = reading(5, 5);
  server.tell(moved(2));
  expect([it.mark, it.line]).toEqual([2, 2]);
  it.see(5);
  run(server);
  expect(sent(server)).toEqual([]);
});

test('what the server tells of other devices leads to where they are', () => {
  const { channel, before, events, after } = overDevices;
  const server = new FakeServer();
  const it = new Reading(channel, before, 6, true, server);
  it.follow('person:me');
  for (const event of events) server.tell(event as ReturnType<typeof moved>);
  expect(it.mark).toBe(after);
});

import { expect, test, vi } from 'vitest';
import { FakeServer, picture } from './harness.ts';
import { MAX_BYTES, NotTaken, Uploads } from './uploads.svelte.ts';

const file = (name = 'door.png', bytes = 3) =>
  new File([new Uint8Array(bytes)], name, { type: 'image/png' });
const refusal = (word: string) =>
  new NotTaken({ type: `/problems/${word}`, status: 422, title: '' });

function begin() {
  const server = new FakeServer();
  return { server, uploads: new Uploads('c', server) };
}

test('a picture is sent at once, tells how far it is, and is the message’s when it is taken', async () => {
  const { server, uploads } = begin();
  uploads.add([file()]);
  server.pictures[0]?.progress(0.4);
  expect(uploads.items[0]).toMatchObject({ state: 'sending', progress: 0.4, name: 'door.png' });
  expect(uploads.unfinished).toBe(true);
  server.pictures[0]?.done.resolve(picture('a'));
  await vi.waitFor(() => expect(uploads.unfinished).toBe(false));
  const item = uploads.items[0];
  if (item) item.alt = ' A red door ';
  expect(uploads.take()).toEqual([picture('a', { alt: 'A red door' })]);
  expect(uploads.items).toEqual([]);
  expect(server.removedImages).toEqual([]);
});

test('a fifth picture is left out, and so is one that is too heavy', () => {
  const { server, uploads } = begin();
  uploads.add([file('1'), file('2'), file('3', MAX_BYTES + 1)]);
  expect(server.pictures).toHaveLength(2);
  expect(uploads.items[2]).toMatchObject({ state: 'failed', why: 'chat-image-heavy' });
  uploads.add([file('4'), file('5')]);
  expect(uploads.items.map((item) => item.name)).toEqual(['1', '2', '3', '4']);
  expect(uploads.tooMany).toBe(true);
  uploads.remove(3);
  expect(uploads.tooMany).toBe(false);
});

test.each([
  ['invalid', 'chat-image-other', false],
  ['too-large', 'chat-image-heavy', false],
  ['images-off', 'chat-image-new', false],
  ['too-many', 'chat-image-often', true],
  ['unavailable', 'chat-image-failed', true],
  ['not-found', 'chat-image-closed', false],
])('%s is told as what to do', async (word, why, again) => {
  const { server, uploads } = begin();
  uploads.add([file()]);
  server.pictures[0]?.done.reject(refusal(word));
  await vi.waitFor(() => expect(uploads.items[0]).toMatchObject({ state: 'failed', why, again }));
});

test('what did not arrive is sent again', async () => {
  const { server, uploads } = begin();
  uploads.add([file()]);
  server.pictures[0]?.done.reject(new Error('lost'));
  await vi.waitFor(() => expect(uploads.items[0]?.again).toBe(true));
  uploads.retry(uploads.items[0]?.id ?? 0);
  expect(server.pictures).toHaveLength(2);
  server.pictures[1]?.done.resolve(picture('b'));
  await vi.waitFor(() => expect(uploads.items[0]?.state).toBe('ready'));
});

test('what is removed is taken back, also where it arrives only then', async () => {
  const { server, uploads } = begin();
  uploads.add([file(), file()]);
  server.pictures[0]?.done.resolve(picture('a'));
  await vi.waitFor(() => expect(uploads.items[0]?.state).toBe('ready'));
  for (const item of [...uploads.items]) uploads.remove(item.id);
  expect(server.removedImages).toEqual(['a']);
  server.pictures[1]?.done.resolve(picture('b'));
  await vi.waitFor(() => expect(server.removedImages).toEqual(['a', 'b']));
  expect(uploads.items).toEqual([]);
});

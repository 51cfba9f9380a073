import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { writable } from 'svelte/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../generated/protocol.ts';
import { Refused } from '../../lib/live.ts';
import type { Status } from '../../lib/session.ts';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { Channel } from './channel.svelte.ts';
import Chat from './Chat.svelte';
import { FakeServer, message, page, picture } from './harness.ts';
import { Reading } from './reading.svelte.ts';

const texts = await loadTexts('en', ['chat', 'channels', 'live']);
const ME = { id: 'me', name: 'Me', pronouns: null };

async function chat(
  messages: Message[],
  {
    allowed = true,
    more_before = false,
    blocked = [] as string[],
    mark = messages.at(-1)?.seq ?? null,
  } = {},
) {
  const server = new FakeServer(page(messages, { more_before }));
  const channel = new Channel('c', 'channel:c', allowed ? 'me' : null, server);
  await channel.start();
  server.timers = [];
  const status = writable<Status>('connected');
  const gate = document.createElement('p');
  gate.textContent = 'Sign in to write';
  const last = messages.at(-1)?.seq ?? 0;
  const reading = new Reading('c', mark, last, allowed, server);
  render(Chat, {
    props: {
      channel,
      reading,
      url: '/summit/chat/lobby',
      at: null,
      status,
      times: timesIn('en', 'UTC'),
      allowed,
      gate,
      blocked,
    },
    context: textsContext(texts),
  });
  return { server, channel, status };
}
const list = () => screen.getByRole('list', { name: 'Messages' });
const field = () => screen.getByRole('textbox', { name: 'Your message' });
const announcer = () => screen.getByRole('log');

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test('the list is not live; a log beside it tells what is new, and nothing of the past', async () => {
  const { server } = await chat([message(1), message(2)]);
  expect(list().closest('[aria-live], [role=log]')).toBeNull();
  expect(announcer().textContent).toBe('');
  server.tell({ type: 'message_posted', message: message(3) });
  await vi.waitFor(() => expect(announcer().textContent).toBe('Bob: message 3'));
  expect(within(announcer()).queryByRole('list')).toBeNull();
});

test('500 messages in a minute are at most ten announcements', async () => {
  vi.useFakeTimers();
  const { server } = await chat([]);
  const said: string[] = [];
  const observer = new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes)
        if (node instanceof HTMLElement) said.push(node.innerText);
    }
  });
  observer.observe(announcer(), { childList: true });
  for (let i = 1; i <= 500; i += 1) {
    server.tell({ type: 'message_posted', message: message(i) });
    await vi.advanceTimersByTimeAsync(120);
  }
  await vi.advanceTimersByTimeAsync(20_000);
  observer.disconnect();
  expect(said.length).toBeGreaterThan(3);
  expect(said.length).toBeLessThanOrEqual(10);
  expect(within(list()).getAllByRole('listitem').length).toBeLessThanOrEqual(201);
}, 30_000);

test('announcements can be switched off, and the choice is kept', async () => {
  const { server } = await chat([message(1)]);
  const aloud = screen.getByRole('combobox', { name: 'Read new messages aloud' });
  await fireEvent.change(aloud, { target: { value: 'off' } });
  server.tell({ type: 'message_posted', message: message(2) });
  await vi.waitFor(() => expect(list().textContent).toContain('message 2'));
  expect(announcer().textContent).toBe('');
  expect(localStorage.getItem('hallway.chat.aloud')).toBe('off');
});

test('Enter sends, Shift+Enter does not, and a message on its way says so', async () => {
  const { server, status } = await chat([message(1)]);
  await fireEvent.input(field(), { target: { value: 'Hello there' } });
  await fireEvent.keyDown(field(), { key: 'Enter', shiftKey: true });
  await fireEvent.keyDown(field(), { key: 'Enter', isComposing: true });
  expect(server.sent).toEqual([]);
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(server.sent[0]?.command).toMatchObject({ type: 'post_message', body: 'Hello there' });
  expect(field()).toHaveProperty('value', '');
  expect(list().textContent).toContain('being sent');
  status.set('lost');
  await vi.waitFor(() => expect(list().textContent).toContain('not sent yet'));
  expect(
    screen
      .getAllByRole('status')
      .map((s) => s.textContent)
      .join(),
  ).toContain('connection is lost');
  server.tell({
    type: 'message_posted',
    message: message(2, { author: ME, source: 'Hello there' }),
  });
  await vi.waitFor(() => expect(list().textContent).not.toContain('not sent yet'));
});

test('a draft outlives the page', async () => {
  await chat([]);
  await fireEvent.input(field(), { target: { value: 'half a tho' } });
  cleanup();
  await chat([]);
  expect(field()).toHaveProperty('value', 'half a tho');
});

test('reactions say what they are and whether they are mine', async () => {
  const { server } = await chat([
    message(1, { reactions: [{ emoji: '🎉', count: 2, mine: true }] }),
  ]);
  const button = screen.getByRole('button', { name: /🎉.* .*2/ });
  expect(button.getAttribute('aria-pressed')).toBe('true');
  await fireEvent.click(button);
  expect(server.sent[0]?.command.type).toBe('remove_reaction');
  await fireEvent.click(screen.getByRole('button', { name: 'React' }));
  await fireEvent.click(screen.getByRole('button', { name: /React with .*👍/ }));
  expect(server.sent[1]?.command).toEqual({ type: 'add_reaction', message: 'm1', emoji: '👍' });
  expect(screen.queryByRole('button', { name: /React with/ })).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'React' }));
});

test('the list is one Tab stop; arrow keys reach messages and their reactions', async () => {
  await chat([message(1), message(2), message(3)]);
  const rows = within(list())
    .getAllByRole('listitem')
    .filter((row) => row.dataset.message);
  expect(rows.map((row) => row.tabIndex)).toEqual([-1, -1, 0]);
  rows[2]?.focus();
  await fireEvent.keyDown(rows[2] as HTMLElement, { key: 'ArrowUp' });
  expect(document.activeElement).toBe(rows[1]);
  await fireEvent.keyDown(rows[1] as HTMLElement, { key: 'ArrowRight' });
  const [, add] = screen.getAllByRole('button', { name: 'React' });
  expect(document.activeElement).toBe(add);
  await fireEvent.keyDown(add as HTMLElement, { key: 'Escape' });
  expect(document.activeElement).toBe(rows[1]);
  expect(rows.map((row) => row.tabIndex)).toEqual([-1, 0, -1]);
});

test('a visitor reads, and finds the way in', async () => {
  await chat([message(1, { reactions: [{ emoji: '🎉', count: 1, mine: false }] })], {
    allowed: false,
  });
  expect(screen.queryByRole('textbox')).toBeNull();
  expect(screen.getByText('Sign in to write')).toBeTruthy();
  expect(screen.getByRole('button', { name: /🎉/ })).toHaveProperty('disabled', true);
});

test('what somebody blocked says is folded away and not read out', async () => {
  const { server } = await chat([message(1)], { blocked: ['bob'] });
  expect(screen.getByText('A message from somebody you blocked').closest('details')?.open).toBe(
    false,
  );
  server.tell({ type: 'message_posted', message: message(2) });
  const ada = { id: 'ada', name: 'Ada', pronouns: null };
  server.tell({ type: 'message_posted', message: message(3, { author: ada }) });
  await vi.waitFor(() => expect(announcer().textContent).toBe('Ada: message 3'));
});

test('a channel that is locked says so in place of the field', async () => {
  const { server } = await chat([message(1)]);
  server.tell({ type: 'channel_changed', channel: 'c', slug: 'c', name: 'C', state: 'locked' });
  await vi.waitFor(() => expect(screen.queryByRole('textbox')).toBeNull());
  expect(screen.getByText('This channel takes no new messages.')).toBeTruthy();
});

test('a name that no person stands behind says so in a word', async () => {
  await chat([
    message(1, { author: { id: 'p', name: 'Ada', pronouns: null } }),
    message(2, { author: { id: 'b', name: 'Timekeeper', pronouns: null, kind: 'bot' } }),
    message(3, { author: { id: 'w', name: 'Build', pronouns: null, kind: 'webhook' } }),
    message(4, { author: { id: 'i', name: 'Bob', pronouns: null, kind: 'imported' } }),
  ]);
  const rows = [...list().querySelectorAll('[data-message]')];
  const marks = rows.map((row) => row.querySelector('.tag')?.textContent ?? null);
  expect(marks).toEqual([null, 'bot', 'webhook', 'imported']);
});

test('hostile text stays text, and only safe addresses become links', async () => {
  await chat([
    message(1, {
      author: { id: 'x', name: '<img src=x onerror=alert(1)>', pronouns: null },
      body: [
        {
          type: 'paragraph',
          children: [
            { type: 'text', text: '<script>alert(1)</script>' },
            {
              type: 'link',
              href: 'javascript:alert(1)',
              children: [{ type: 'text', text: 'bad' }],
            },
            {
              type: 'link',
              href: 'https://example.org/',
              children: [{ type: 'text', text: 'good' }],
            },
          ],
        },
      ],
    }),
  ]);
  expect(list().querySelector('script, img')).toBeNull();
  expect(list().textContent).toContain('<script>alert(1)</script>');
  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual([
    'https://example.org/',
  ]);
});

test('days are separated and older messages can be loaded', async () => {
  const { server } = await chat([message(8), message(9, { sent_at: Date.UTC(2026, 10, 24) })], {
    more_before: true,
  });
  expect(list().textContent).toContain('Monday 23 November');
  expect(list().textContent).toContain('Tuesday 24 November');
  server.pages.push(page([message(7)]));
  await fireEvent.click(screen.getByRole('button', { name: 'Older messages' }));
  await vi.waitFor(() => expect(list().textContent).toContain('message 7'));
  expect(screen.queryByRole('button', { name: 'Older messages' })).toBeNull();
});

test('the menu of a message goes by keys, and Escape gives the focus back', async () => {
  const { server } = await chat([message(1, { author: ME, sent_at: Date.now() })]);
  const more = screen.getByRole('button', { name: 'More' });
  expect(more.getAttribute('aria-haspopup')).toBe('menu');
  await fireEvent.click(more);
  const items = () => screen.getAllByRole('menuitem').map((item) => item.textContent?.trim());
  await vi.waitFor(() => expect(document.activeElement?.textContent?.trim()).toBe('Answer'));
  expect(items()).toEqual([
    'Answer',
    'Open the thread',
    'Copy the link',
    'Mark as unread from here',
    'Change',
    'Remove',
  ]);
  const menu = screen.getByRole('menu');
  await fireEvent.keyDown(menu, { key: 'ArrowUp' });
  expect(document.activeElement?.textContent?.trim()).toBe('Remove');
  await fireEvent.keyDown(menu, { key: 'ArrowDown' });
  expect(document.activeElement?.textContent?.trim()).toBe('Answer');
  await fireEvent.keyDown(menu, { key: 'c' });
  expect(document.activeElement?.textContent?.trim()).toBe('Copy the link');
  await fireEvent.keyDown(menu, { key: 'Escape' });
  expect(screen.queryByRole('menu')).toBeNull();
  expect(document.activeElement).toBe(more);
  expect(server.sent).toEqual([]);
});

test('an own message is changed in its place, for a quarter of an hour', async () => {
  const { server } = await chat([
    message(1, { author: ME, sent_at: Date.now() - 16 * 60_000 }),
    message(2, { author: ME, sent_at: Date.now(), source: 'frist' }),
  ]);
  await fireEvent.keyDown(field(), { key: 'ArrowUp' });
  const edit = screen.getByRole('textbox', { name: 'The new words' });
  expect(edit).toHaveProperty('value', 'frist');
  expect(document.activeElement).toBe(edit);
  await fireEvent.input(edit, { target: { value: 'first' } });
  await fireEvent.keyDown(edit, { key: 'Enter' });
  expect(server.sent[0]?.command).toEqual({ type: 'edit_message', message: 'm2', body: 'first' });
  await vi.waitFor(() => expect(document.activeElement?.id).toBe('m2'));
  const body = [
    { type: 'paragraph' as const, children: [{ type: 'text' as const, text: 'first' }] },
  ];
  server.tell({
    type: 'message_edited',
    message: 'm2',
    author: 'me',
    source: 'first',
    body,
    mentions: [],
    at: 1,
  });
  await vi.waitFor(() => expect(list().textContent).toContain('changed'));
  const [late] = screen.getAllByRole('button', { name: 'More' });
  await fireEvent.click(late as HTMLElement);
  expect(screen.queryByRole('menuitem', { name: 'Change' })).toBeNull();
});

test('an own removal can be undone, and is asked for only after that', async () => {
  const { server, channel } = await chat([message(1, { author: ME, sent_at: Date.now() })]);
  const remove = async () => {
    await fireEvent.click(screen.getByRole('button', { name: 'More' }));
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Remove' }));
  };
  await remove();
  expect(list().textContent).toContain('is being removed');
  expect(list().textContent).not.toContain('message 1');
  // Whoever came by keys has the way back at hand.
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Undo' }));
  await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  expect(list().textContent).toContain('message 1');
  server.timers[0]?.();
  expect(server.sent).toEqual([]);
  await remove();
  server.timers[1]?.();
  expect(server.sent[0]?.command).toEqual({ type: 'remove_message', message: 'm1' });
  await vi.waitFor(() => expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull());
  expect(list().textContent).not.toContain('message 1');
  await vi.waitFor(() => expect(document.activeElement?.id).toBe('m1'));
  // Who leaves the page within these seconds meant it.
  channel.removeOwn(message(1));
  channel.flush();
  expect(server.removedAtOnce).toEqual(['m1']);
  server.tell({ type: 'message_removed', message: 'm1', by: 'author' });
  await vi.waitFor(() => expect(list().textContent).toContain('removed by its author'));
  expect(list().textContent).not.toContain('Me');
});

test('an answer quotes, and its quote leads to what it answers', async () => {
  const reply_to = { id: 'm1', seq: 1, author: ME, excerpt: 'message 1' };
  const { server } = await chat([message(1), message(2, { reply_to })]);
  const [first] = screen.getAllByRole('button', { name: 'More' });
  await fireEvent.click(first as HTMLElement);
  await fireEvent.click(screen.getByRole('menuitem', { name: 'Answer' }));
  expect(document.activeElement).toBe(field());
  expect(screen.getByText(/You answer .*Bob/)).toBeTruthy();
  await fireEvent.input(field(), { target: { value: 'Indeed' } });
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(server.sent[0]?.command).toMatchObject({ body: 'Indeed', reply_to: 'm1' });
  expect(screen.queryByText(/You answer/)).toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: /Me message 1/ }));
  await vi.waitFor(() => expect(document.activeElement?.id).toBe('m1'));
});

test('a thread opens beside the channel, and leads back to its root', async () => {
  const { server } = await chat([message(1, { replies: 1, last_reply_at: 0 }), message(3)]);
  server.pages.push(page([message(2, { thread: 'm1', in_channel: false })]));
  await fireEvent.click(screen.getByRole('button', { name: /1 answer/ }));
  const aside = await screen.findByRole('complementary', { name: 'Thread' });
  expect(within(aside).getByText('message 2')).toBeTruthy();
  expect(within(aside).getByText('message 1')).toBeTruthy();
  const answer = within(aside).getByRole('textbox', { name: 'Your message' });
  await fireEvent.input(answer, { target: { value: 'In here' } });
  await fireEvent.click(
    within(aside).getByRole('checkbox', { name: 'Show it in the channel too' }),
  );
  await fireEvent.keyDown(answer, { key: 'Enter' });
  expect(server.sent[0]?.command).toEqual({
    ...{ type: 'post_message', channel: 'c', body: 'In here' },
    ...{ thread: 'm1', also_in_channel: true },
  });
  await fireEvent.click(within(aside).getByRole('button', { name: 'Close the thread' }));
  await vi.waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
  expect(document.activeElement?.id).toBe('m1');
});

test('a part of the past grows by no news until it reaches the newest', async () => {
  const { server } = await chat([message(1)]);
  server.pages.push(page([message(5), message(6)], { more_before: true, more_after: true }));
  server.pages.push(page([message(7)], { seq: 12 }));
  cleanup();
  const channel = new Channel('c', 'channel:c', 'me', server);
  await channel.start(5);
  server.tell({ type: 'message_posted', message: message(8) });
  expect(channel.page.messages.map((one) => one.seq)).toEqual([5, 6]);
  await channel.fetchNewer();
  expect(channel.page.messages.map((one) => one.seq)).toEqual([5, 6, 7]);
  expect(channel.page.more_after).toBe(false);
});

test('a name is offered and taken by keys, and a command that is none is never sent', async () => {
  const { server } = await chat([
    message(1),
    message(2, { author: { ...ME, id: 'x', name: 'Bo Li' } }),
  ]);
  const type = async (value: string) => {
    await fireEvent.input(field(), { target: { value } });
    (field() as HTMLTextAreaElement).setSelectionRange(value.length, value.length);
    await fireEvent.keyUp(field(), { key: 'x' });
  };
  await type('hi @bo');
  const options = () =>
    within(screen.getByRole('listbox', { name: 'Suggestions' })).getAllByRole('option');
  expect(options().map((one) => one.textContent?.trim())).toEqual(['Bo Li', 'Bob']);
  expect(field().getAttribute('aria-activedescendant')).toBe(options()[0]?.id);
  await fireEvent.keyDown(field(), { key: 'ArrowDown' });
  await fireEvent.keyDown(field(), { key: 'Enter' });
  await vi.waitFor(() => expect(field()).toHaveProperty('value', 'hi @Bob '));
  expect(server.sent).toEqual([]);

  await type('/mee waves');
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(server.sent).toEqual([]);
  expect(field()).toHaveProperty('value', '/mee waves');
  expect(document.body.textContent).toContain('There is no command /');

  await type('/me waves :tada:');
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(server.sent[0]?.command).toMatchObject({ body: '/me waves 🎉' });
  server.tell({
    type: 'message_posted',
    message: message(3, { author: ME, source: 'waves 🎉', kind: 'action' }),
  });
  await vi.waitFor(() => expect(list().textContent).not.toContain('being sent'));
});

test('only what calls the reader is read aloud where they chose so', async () => {
  localStorage.setItem('hallway.chat.aloud', 'mentions');
  const { server } = await chat([message(1)]);
  server.tell({ type: 'message_posted', message: message(2) });
  await vi.waitFor(() => expect(list().textContent).toContain('message 2'));
  expect(announcer().textContent).toBe('');
  const reply_to = { id: 'm0', seq: 1, author: ME, excerpt: 'x' };
  server.tell({ type: 'message_posted', message: message(3, { reply_to }) });
  await vi.waitFor(() => expect(announcer().textContent).toBe('Bob: message 3'));
});

test('an emoji is found by a word and put where the writer is', async () => {
  await chat([]);
  await fireEvent.input(field(), { target: { value: 'well done' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Put in an emoji' }));
  await fireEvent.input(screen.getByRole('searchbox', { name: 'Search emoji' }), {
    target: { value: 'congrat' },
  });
  const found = screen.getAllByRole('button', { name: /^Put in .*🎉/ });
  expect(found).toHaveLength(1);
  await fireEvent.keyDown(screen.getByRole('searchbox'), { key: 'Enter' });
  await vi.waitFor(() => expect((field() as HTMLTextAreaElement).value).toContain('🎉'));
  expect(document.activeElement).toBe(field());
  expect(screen.queryByRole('searchbox')).toBeNull();
});

test('a message in a session’s channel leads to its moment in the recording', async () => {
  cleanup();
  const sent_at = 5_000_000;
  const timeline = { from: 4_240_000, to: 9_000_000, url: '/summit/talk/ABC/' };
  const server = new FakeServer(page([message(1, { sent_at })], { timeline }));
  const channel = new Channel('c', 'channel:c', 'me', server);
  await channel.start();
  const props = { channel, status: writable<Status>('connected'), times: timesIn('en', 'UTC') };
  render(Chat, {
    props: { ...props, allowed: true, gate: null },
    context: textsContext(texts),
  });
  const link = screen.getByRole('link', { name: /12:40.* into the talk/ });
  expect(link.getAttribute('href')).toBe('/summit/talk/ABC/?t=760');
});

test('a line stands where the new messages begin, and a way leads to where it is not', async () => {
  await chat([message(7), message(8), message(9)], { mark: 7 });
  const rows = within(list()).getAllByRole('listitem');
  const line = rows.findIndex((row) => row.textContent === 'New');
  expect(rows[line + 1]?.id).toBe('m8');
  expect(screen.queryByRole('link')).toBeNull();
  cleanup();
  await chat([message(7), message(8), message(9)], { mark: 2, more_before: true });
  const way = screen.getByRole('link', { name: /^To the first of .*7.* unread messages$/ });
  expect(way.getAttribute('href')).toBe('/summit/chat/lobby?at=3#m3');
});

test('what comes while nobody looks stands in the title and is not read', async () => {
  document.title = 'Lobby';
  const looks = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  const { server } = await chat([message(1)], { mark: 1 });
  server.tell({ type: 'message_posted', message: message(2) });
  await vi.waitFor(() => expect(document.title).toBe('(1) Lobby'));
  expect(server.timers).toHaveLength(0);
  looks.mockReturnValue(true);
  await fireEvent.focus(window);
  await vi.waitFor(() => expect(document.title).toBe('Lobby'));
  server.timers.forEach((act) => act());
  expect(server.sent.map(({ command }) => command)).toEqual([
    { type: 'mark_read', channel: 'c', seq: 2 },
  ]);
  looks.mockRestore();
});

test('a picture goes with the message, described, and no words are needed', async () => {
  const { server } = await chat([]);
  const picker = document.querySelector<HTMLInputElement>('[data-pictures]');
  if (!picker) throw new Error('no field for pictures');
  const file = new File([new Uint8Array(3)], 'door.png', { type: 'image/png' });
  await fireEvent.change(picker, { target: { files: [file] } });
  const bar = await screen.findByRole('progressbar', { name: 'Being sent' });
  server.pictures[0]?.progress(0.5);
  await vi.waitFor(() => expect(bar.getAttribute('value')).toBe('0.5'));
  // Nothing leaves before it is there.
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(await screen.findByText(/Your pictures are not all there yet/)).toBeTruthy();
  server.pictures[0]?.done.resolve(picture('a'));
  await vi.waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull());
  const alt = screen.getByRole('textbox', { name: /^What picture .*1.* shows/ });
  await fireEvent.input(alt, { target: { value: 'A red door' } });
  await fireEvent.keyDown(field(), { key: 'Enter' });
  expect(server.sent[0]?.command).toEqual({
    type: 'post_message',
    channel: 'c',
    body: '',
    images: [{ id: 'a', alt: 'A red door' }],
  });
  // Refused, it comes back with its description.
  server.sent[0]?.settle(new Refused({ type: '/problems/muted', status: 403, title: 'No.' }));
  await fireEvent.click(await screen.findByRole('button', { name: 'Change it' }));
  expect(
    screen.getByRole<HTMLInputElement>('textbox', { name: /^What picture .*1.* shows/ }).value,
  ).toBe('A red door');
});

test('pictures of a message have room, words and a way to the large form', async () => {
  const images = [picture('a', { alt: 'A red door' }), picture('b')];
  await chat([message(1, { body: [], source: '', images })]);
  const shown = screen.getByRole('img', { name: 'A red door' });
  expect(shown.getAttribute('width')).toBe('426');
  expect(shown.getAttribute('loading')).toBe('lazy');
  expect(screen.getByRole('link', { name: 'A red door' }).getAttribute('href')).toBe(
    '/images/a/large',
  );
  expect(screen.getByRole('img', { name: /^A picture by .*Bob/ })).toBeTruthy();
});

import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { writable } from 'svelte/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../generated/protocol.ts';
import type { Status } from '../../lib/session.ts';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { timesIn } from '../../lib/times.ts';
import { Channel } from './channel.svelte.ts';
import Chat from './Chat.svelte';
import { FakeServer, message } from './harness.ts';

const texts = await loadTexts('en', ['chat', 'channels', 'live']);
const ME = { id: 'me', name: 'Me', pronouns: null };

async function chat(messages: Message[], { allowed = true, more_before = false } = {}) {
  const server = new FakeServer({ messages, seq: 10, more_before });
  const channel = new Channel('c', 'channel:c', allowed ? 'me' : null, server);
  await channel.start();
  const status = writable<Status>('connected');
  const gate = document.createElement('p');
  gate.textContent = 'Sign in to write';
  render(Chat, {
    props: { channel, status, times: timesIn('en', 'UTC'), allowed, gate },
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
  await fireEvent.click(screen.getByRole('button', { name: 'Read new messages aloud' }));
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
  server.pages.push({ messages: [message(7)], seq: 10, more_before: false });
  await fireEvent.click(screen.getByRole('button', { name: 'Older messages' }));
  await vi.waitFor(() => expect(list().textContent).toContain('message 7'));
  expect(screen.queryByRole('button', { name: 'Older messages' })).toBeNull();
});

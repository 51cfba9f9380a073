/**
 * The chat island by itself in a real layout: places in the scroll, keys and
 * the picker. The test plays the server on the other end of `/live`.
 */
import { expect, test, type Page, type WebSocketRoute } from '@playwright/test';
import type {
  ClientFrame,
  Event,
  Message,
  MessagePage,
  ServerFrame,
} from '../src/generated/protocol.ts';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { host, mountPoint, type Host } from './host.ts';
import { watch } from './policy.ts';

const TOPIC = 'channel:c';
const TOTAL = 400;
/** What a page of the newest messages has when nothing is special about it. */
const REST = { more_after: false, pins: [], timeline: null };

let island: Host;

test.beforeAll(async () => {
  const props = {
    ...{ channel: 'c', topic: TOPIC, seq: TOTAL, me: 'me', writing: 'open' },
    ...{ sign_in: '/account/sign-in', lang: 'en', url: '/summit/chat/c', mark: TOTAL },
  };
  island = await host(mountPoint('chat', props, '<p>What the server rendered</p>'));
});
test.afterAll(() => island.close());

function message(seq: number, over: Partial<Message> = {}): Message {
  const people = ['Ada Lindqvist', 'Bob Bolzano', 'José Núñez'];
  const who = Math.floor(seq / 3) % 3;
  return {
    id: `id-${seq}`,
    channel: 'c',
    seq,
    author: { id: `p${who}`, name: people[who] ?? '', pronouns: who === 0 ? 'she/her' : null },
    sent_at: Date.UTC(2026, 10, 23, 9) + seq * 60_000,
    source: `message ${seq}`,
    body: [
      {
        type: 'paragraph',
        children: [{ type: 'text', text: `message ${seq}, ${'and on '.repeat(seq % 25)}` }],
      },
    ],
    reactions: seq % 10 === 0 ? [{ emoji: '🎉', count: 3, mine: false }] : [],
    kind: 'said',
    thread: null,
    in_channel: true,
    replies: 0,
    last_reply_at: null,
    reply_to: null,
    edited_at: null,
    removed: null,
    pinned: false,
    mentions: [],
    images: [],
    ...over,
  };
}

/** Fifty messages before a number. */
function pageBefore(before: number): MessagePage {
  const from = Math.max(1, before - 50);
  const messages = Array.from({ length: before - from }, (_, i) => message(from + i));
  return { messages, seq: TOTAL, more_before: from > 1, ...REST };
}

const history = (page: MessagePage): ServerFrame => ({ type: 'history', topic: TOPIC, page });

/** The server's side of one page. */
class Server {
  socket: WebSocketRoute | undefined;
  seq = TOTAL;
  held: Extract<ClientFrame, { type: 'command' }>[] = [];
  holding = false;

  static async on(page: Page): Promise<Server> {
    const server = new Server();
    await page.route('**/api/v1/channels/c/messages?*', (route) => {
      const before = new URL(route.request().url()).searchParams.get('before');
      return route.fulfill({ json: pageBefore(Number(before)) });
    });
    await page.routeWebSocket('**/live', (socket) => {
      server.socket = socket;
      server.say({ type: 'hello', person: { id: 'me', name: 'Me Myself' }, now: Date.now() });
      socket.onMessage((text) => server.hear(JSON.parse(String(text)) as ClientFrame));
    });
    await page.goto(island.origin);
    await expect(page.locator('[data-island][data-ready]')).toBeVisible();
    return server;
  }
  say(frame: ServerFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }
  tell(event: Event): void {
    this.seq += 1;
    this.say({ type: 'event', topic: TOPIC, seq: this.seq, event });
  }
  hear(frame: ClientFrame): void {
    if (frame.type === 'subscribe') {
      if (frame.history !== undefined) this.say(history(pageBefore(TOTAL + 1)));
      this.say({ type: 'subscribed', topic: TOPIC, seq: this.seq });
    }
    if (frame.type !== 'command') return;
    // What was read is told in passing; these tests are about the rest.
    const passing = frame.command.type === 'mark_read';
    if (this.holding && !passing) this.held.push(frame);
    else this.obey(frame);
  }
  obey({ key, command }: Extract<ClientFrame, { type: 'command' }>): void {
    this.say({ type: 'ack', key });
    if (command.type === 'post_message') {
      const author = { id: 'me', name: 'Me Myself', pronouns: null };
      const children = [{ type: 'text' as const, text: command.body }];
      const body = [{ type: 'paragraph' as const, children }];
      const over = { author, source: command.body, body, sent_at: Date.now() };
      this.tell({ type: 'message_posted', message: message(this.seq + 1, over) });
    } else if ('emoji' in command) {
      const type = command.type === 'add_reaction' ? 'reaction_added' : 'reaction_removed';
      this.tell({ type, message: command.message, emoji: command.emoji, person: 'me' });
    }
  }
}

const list = (page: Page) => page.getByRole('list', { name: 'Messages' });
const row = (page: Page, text: string | RegExp) =>
  list(page).getByRole('listitem').filter({ hasText: text });

test('opens at the newest, stays there, and keeps the reader’s place above', async ({ page }) => {
  const faults = watch(page);
  const server = await Server.on(page);
  await expect(row(page, 'message 400,')).toBeInViewport();
  server.tell({ type: 'message_posted', message: message(401) });
  await expect(row(page, 'message 401,')).toBeInViewport();

  await row(page, 'message 370,').scrollIntoViewIfNeeded();
  const top = () =>
    row(page, 'message 370,').evaluate((e) => Math.round(e.getBoundingClientRect().top));
  const before = await top();
  server.tell({ type: 'message_posted', message: message(402) });
  await expect(page.getByRole('button', { name: '1 new message' })).toBeVisible();
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
  await page.getByRole('button', { name: '1 new message' }).click();
  await expect(row(page, 'message 402,')).toBeInViewport();
  await expect(page.getByRole('button', { name: '1 new message' })).toHaveCount(0);
  faults.expectNone();
});

test('older messages come in above without moving what is read; never more than 200 rows', async ({
  page,
}) => {
  await Server.on(page);
  const scroller = page.locator('.scroller');
  for (const first of [351, 301, 251, 201, 151, 101]) {
    await scroller.evaluate((element) => element.scrollTo({ top: 0 }));
    const anchor = row(page, `message ${first},`);
    await expect(anchor).toBeVisible();
    const top = () => anchor.evaluate((e) => Math.round(e.getBoundingClientRect().top));
    const before = await top();
    await page.getByRole('button', { name: 'Older messages' }).click();
    await expect(row(page, `message ${first - 50},`)).toBeAttached();
    expect(Math.abs((await top()) - before), `place of ${first}`).toBeLessThanOrEqual(2);
    expect(await page.locator('[data-message]').count()).toBeLessThanOrEqual(200);
  }
  // Back down to the newest by scrolling alone.
  await expect(async () => {
    await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await expect(row(page, 'message 400,')).toBeInViewport({ timeout: 500 });
  }).toPass();
});

test('keys alone: read, react, undo, write', async ({ page }) => {
  const faults = watch(page);
  await Server.on(page);
  const field = page.getByRole('textbox', { name: 'Your message' });
  await field.focus();
  await page.keyboard.press('Shift+Tab');
  await expect(row(page, 'message 400,')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(row(page, 'message 399,')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^React with .*👍/ })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const heart = row(page, 'message 399,').getByRole('button', { name: /❤️.*1/ });
  await expect(heart).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('ArrowLeft');
  await expect(heart).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(heart).toHaveCount(0);
  await field.focus();
  await page.keyboard.type('First line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Enter');
  await expect(row(page, 'First line')).toContainText('Me Myself');
  await expect(row(page, 'First line')).toHaveCount(1);
  faults.expectNone();
});

test('a message on its way is there at once, and only once in the end', async ({ page }) => {
  const server = await Server.on(page);
  server.holding = true;
  await page.getByRole('textbox', { name: 'Your message' }).fill('On its way');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(row(page, 'On its way')).toContainText('being sent');
  await expect.poll(() => server.held.length).toBe(1);
  for (const frame of server.held) server.obey(frame);
  await expect(row(page, 'On its way')).toContainText('Me Myself');
  await expect(row(page, 'On its way')).toHaveCount(1);
});

test('what was begun in the server’s form goes on in the island, where it is turned to', async ({
  page,
}) => {
  const props = { channel: 'c', topic: TOPIC, seq: TOTAL, me: 'me', writing: 'open', lang: 'en' };
  const form =
    '<form class="compose"><label>Write <textarea name="body"></textarea></label></form>';
  const quiet = await host(`<aside data-when="touched">${mountPoint('chat', props, form)}</aside>`);
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.routeWebSocket('**/live', (socket) => {
    const newest = { messages: [message(1)], seq: TOTAL, more_before: false, ...REST };
    socket.send(JSON.stringify({ type: 'hello', person: null, now: Date.now() }));
    void asked.then(() => socket.send(JSON.stringify(history(newest))));
  });
  await page.goto(quiet.origin);
  await page.waitForLoadState('networkidle');
  expect(loaded.filter((url) => /assets\/(chat|svelte)/.test(url))).toEqual([]);
  await page.getByRole('textbox', { name: 'Write' }).fill('Half a thought');
  await page.getByRole('textbox', { name: 'Write' }).press('End');
  answer();
  const field = page.getByRole('textbox', { name: 'Your message' });
  await expect(field).toHaveValue('Half a thought');
  await expect(field).toBeFocused();
  quiet.close();
});

test('who came by keys to a message is still at it when the island takes over', async ({
  page,
}) => {
  const props = { channel: 'c', topic: TOPIC, seq: TOTAL, me: 'me', writing: 'open', lang: 'en' };
  const rendered = '<ol><li class="message" id="m1"><button>React</button></li></ol>';
  const quiet = await host(
    `<aside data-when="touched">${mountPoint('chat', props, rendered)}</aside>`,
  );
  const asked: string[] = [];
  await page.route('**/api/v1/channels/c/messages?*', (route) => {
    asked.push(route.request().url());
    return route.fulfill({
      json: { messages: [message(1), message(2)], seq: TOTAL, more_before: false, ...REST },
    });
  });
  // A socket that says nothing does not keep the messages from the reader.
  await page.routeWebSocket('**/live', () => undefined);
  await page.goto(quiet.origin);
  await page.keyboard.press('Tab');
  await expect(row(page, 'message 1,')).toBeFocused();
  expect(asked).toHaveLength(1);
  quiet.close();
});

test.describe('seen and heard by everyone', () => {
  test.use({ bypassCSP: true });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 768, 1280]) {
      test(`${colorScheme}, ${width} px`, async ({ page }) => {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
        await Server.on(page);
        await row(page, 'message 399,').hover();
        await row(page, 'message 399,').getByRole('button', { name: 'React', exact: true }).click();
        await expectAccessible(page, 'chat with the picker open');
        await expectOneWayScroll(page, 'chat');
      });
    }
  }
});

/**
 * A network that lets no WebSocket through: the chat goes around it by
 * server-sent events and POST, and nobody is told of it.
 */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectAccessible } from './axe.ts';
import { island, register } from './people.ts';
import { watch } from './policy.ts';
import { EVENT, expect, test } from './server.ts';

/** Hands every request on, and refuses every upgrade. */
async function proxy(origin: string): Promise<{ origin: string; refused: number; server: Server }> {
  const { hostname, port } = new URL(origin);
  const made = { origin: '', refused: 0, server: createServer() };
  made.server.on('request', (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  made.server.on('upgrade', (_, socket) => {
    made.refused += 1;
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
  });
  await new Promise<void>((listening) => made.server.listen(0, '127.0.0.1', listening));
  made.origin = `http://127.0.0.1:${(made.server.address() as AddressInfo).port}`;
  return made;
}

test.use({ house: 'fallback' });

test('where sockets are refused two people talk all the same', async ({ browser, hallway }) => {
  const between = await proxy(hallway.origin);
  const alice = await (await browser.newContext({ baseURL: between.origin })).newPage();
  const bob = await (await browser.newContext({ baseURL: hallway.origin })).newPage();
  const faults = watch(bob);
  try {
    await register(alice, hallway, 'Alice Ampère', 'alice@example.org');
    await register(bob, hallway, 'Bob Bolzano', 'bob@example.org');
    const stream = alice.waitForResponse((answer) => answer.url().includes('/live/events?'));
    for (const page of [alice, bob]) {
      await page.goto(`/${EVENT}/chat/lobby`);
      await island(page, 'chat');
    }
    expect((await stream).headers()['content-type']).toBe('text/event-stream');
    expect(between.refused).toBeGreaterThanOrEqual(2);

    const list = (page: typeof alice) => page.getByRole('list', { name: 'Messages' });
    const say = async (page: typeof alice, words: string) => {
      await page.getByRole('textbox', { name: 'Your message' }).fill(words);
      await page.getByRole('textbox', { name: 'Your message' }).press('Enter');
    };
    await say(bob, 'Can you read this behind your wall?');
    await expect(list(alice)).toContainText('Can you read this behind your wall?');
    await say(alice, 'Loud and clear.');
    await expect(list(bob)).toContainText('Loud and clear.');
    await expect(list(alice).getByRole('listitem').filter({ hasText: 'Loud' })).toHaveCount(1);
    await expectAccessible(alice, 'the chat behind a wall');
    faults.expectNone();
  } finally {
    await alice.context().close();
    await bob.context().close();
    between.server.closeAllConnections();
    between.server.close();
  }
});

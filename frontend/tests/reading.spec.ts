/** Coming back to a conversation: what is new, where it begins, and finding what was said. */
import { expectAccessible } from './axe.ts';
import { island, register } from './people.ts';
import { watch } from './policy.ts';
import { EVENT, expect, test } from './server.ts';

const LOBBY = `/${EVENT}/chat/lobby`;

test.use({ house: 'journey' });

test('what came meanwhile is told, begins at a line, and is read by looking', async ({
  browser,
  hallway,
}) => {
  const context = { baseURL: hallway.origin };
  const alice = await (await browser.newContext(context)).newPage();
  const bob = await (await browser.newContext(context)).newPage();
  const faults = [alice, bob].map(watch);
  await register(alice, hallway, 'Ana Reader', 'ana-reader@example.org');
  await register(bob, hallway, 'Ben Reader', 'ben-reader@example.org');
  const say = async (words: string) => {
    await alice.getByRole('textbox', { name: 'Your message' }).fill(words);
    await alice.getByRole('textbox', { name: 'Your message' }).press('Enter');
    // Not its stand-in: the message itself, durable and back.
    await expect(alice.locator('[data-message]').filter({ hasText: words })).toBeVisible();
  };
  await alice.goto(LOBBY);
  await island(alice, 'chat');
  await say('Before Ben went away');
  await bob.goto(LOBBY);
  await island(bob, 'chat');
  await bob.goto(`/${EVENT}/chat/`);
  const lobby = bob.getByRole('main').locator('li', { has: bob.locator(`a[href="${LOBBY}"]`) });
  await expect(lobby).not.toContainText('new');

  await say('Lanterns hang in the first hall');
  await say('and ropes in the second');
  await bob.reload();
  await expect(lobby).toContainText('2 new');
  await expect(bob.getByRole('navigation', { name: 'This event' })).toContainText('(2 new)');
  await expectAccessible(bob, 'the list of channels');

  await bob.goto(LOBBY);
  await island(bob, 'chat');
  const rows = bob.getByRole('list', { name: 'Messages' }).getByRole('listitem');
  const texts = await rows.allInnerTexts();
  const line = texts.findIndex((text) => text.trim() === 'New');
  expect(texts[line + 1]).toContain('Lanterns hang in the first hall');
  await expectAccessible(bob, 'a channel with new messages');
  await bob.goto(`/${EVENT}/chat/`);
  await expect(lobby).not.toContainText('new');
  for (const fault of faults) fault.expectNone();
});

test('what was said is found, marked, and opened in its place', async ({ browser, hallway }) => {
  const context = { baseURL: hallway.origin };
  const page = await (await browser.newContext(context)).newPage();
  await register(page, hallway, 'Cem Finder', 'cem-finder@example.org');
  // Newcomers may not write links; who looks after the event may.
  await hallway.command(
    ...['user', 'grant', '--email', 'cem-finder@example.org', '--event', EVENT],
    ...['--role', 'moderator'],
  );
  await page.goto(LOBBY);
  await island(page, 'chat');
  const field = page.getByRole('textbox', { name: 'Your message' });
  for (const words of ['A lighthouse stands there', 'See https://example.org/lighthouse too']) {
    await field.fill(words);
    await field.press('Enter');
    await expect(page.locator('[data-message]').filter({ hasText: words })).toBeVisible();
  }
  await page.getByRole('link', { name: 'Search the chat' }).click();
  await page.getByRole('searchbox', { name: 'Words' }).fill('lighth');
  await page.getByRole('button', { name: 'Search' }).click();
  const hits = page.getByRole('main').locator('.hits > li');
  await expect(hits).toHaveCount(2);
  await expect(hits.nth(1).locator('mark')).toHaveText('lighthouse');
  await expectAccessible(page, 'what a search found');
  await page.getByText('Narrow it').click();
  await page.getByRole('checkbox', { name: 'With a link' }).check();
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(hits).toHaveCount(1);
  await hits.getByRole('link').click();
  await expect(page).toHaveURL(/\/chat\/lobby\?at=\d+#m\d+$/);
  await expect(page.locator('.message').filter({ hasText: 'See https' })).toBeInViewport();
});

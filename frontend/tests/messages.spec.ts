/**
 * What becomes of a message: answers, a thread that survives a lost connection,
 * other words, removal with a way back, pins; and the same by forms.
 */
import type { Page } from '@playwright/test';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register, signIn } from './people.ts';
import { watch } from './policy.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'messages' });
test.describe.configure({ timeout: 120_000 });

const CHANNEL = `/${EVENT}/chat/lobby`;
const list = (page: Page) => page.getByRole('list', { name: 'Messages' }).first();
const row = (page: Page, words: string) =>
  list(page).getByRole('listitem').filter({ hasText: words }).last();

async function say(page: Page, words: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Your message' }).first();
  await field.fill(words);
  await field.press('Enter');
  await expect(row(page, words)).toBeVisible();
  await expect(page.getByText('being sent')).toHaveCount(0);
}
/** Opens a message's menu and chooses from it. */
async function choose(page: Page, words: string, item: string): Promise<void> {
  await row(page, words).hover();
  await row(page, words).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('a thread survives a reconnect', async ({ browser, hallway }) => {
  const context = { baseURL: hallway.origin };
  const [alices, bobs] = [await browser.newContext(context), await browser.newContext(context)];
  const [alice, bob] = [await alices.newPage(), await bobs.newPage()];
  const faults = watch(bob);
  await register(alice, hallway, 'Alice Ampère', 'alice@example.org');
  await register(bob, hallway, 'Bob Bolzano', 'bob@example.org');
  for (const page of [alice, bob]) {
    await page.goto(CHANNEL);
    await island(page, 'chat');
  }
  const root = `Who is for lunch at ${Date.now()}?`;
  await say(alice, root);
  await choose(alice, root, 'Open the thread');
  const thread = (page: Page) => page.getByRole('complementary', { name: 'Thread' });
  const write = async (page: Page, words: string) => {
    const field = thread(page).getByRole('textbox', { name: 'Your message' });
    await field.fill(words);
    await field.press('Enter');
  };
  await write(alice, 'I am, at noon');
  await expect(row(bob, root).getByRole('button', { name: /^1 answer/ })).toBeVisible();
  await expect(list(bob)).not.toContainText('at noon');
  await row(bob, root)
    .getByRole('button', { name: /^1 answer/ })
    .click();
  await expect(thread(bob)).toContainText('I am, at noon');
  await expectAccessible(bob, 'a channel with a thread beside it');

  // Alice's connection is lost; what she writes waits, what is written waits for her.
  await alices.setOffline(true);
  await expect(alice.getByText(/connection is lost/).first()).toBeVisible({ timeout: 60_000 });
  await write(alice, 'and at one o’clock');
  await expect(thread(alice)).toContainText('not sent yet');
  await write(bob, 'noon is fine');
  await expect(thread(bob)).toContainText('noon is fine');
  await alices.setOffline(false);
  for (const page of [alice, bob]) {
    await expect(thread(page)).toContainText('noon is fine', { timeout: 60_000 });
    await expect(thread(page)).toContainText('and at one o’clock', { timeout: 60_000 });
  }
  await expect(thread(alice).getByText('not sent yet')).toHaveCount(0);
  await expect(thread(alice).getByText('and at one o’clock')).toHaveCount(1);
  await expect(row(alice, root).getByRole('button', { name: /3.? answers/ })).toBeVisible();

  // The thread has a page of its own, that tells the same.
  await bob.goto(`${CHANNEL}/thread/1`);
  await island(bob, 'chat');
  await expect(list(bob)).toContainText('noon is fine');
  await expectAccessible(bob, 'a page of a thread');
  faults.expectNone();
  await alices.close();
  await bobs.close();
});

test('words are changed, removed and brought back; moderators pin and remove', async ({
  page,
  browser,
  hallway,
}) => {
  await hallway.command('user', 'create', '--email', 'mina@example.org', '--name', 'Mina');
  await hallway.command(
    ...['user', 'grant', '--email', 'mina@example.org', '--event', EVENT, '--role', 'moderator'],
  );
  await register(page, hallway, 'Carla Curie', 'carla@example.org');
  const mina = await (await browser.newContext({ baseURL: hallway.origin })).newPage();
  await signIn(mina, hallway, 'mina@example.org');
  for (const one of [page, mina]) {
    await one.goto(CHANNEL);
    await island(one, 'chat');
  }
  await say(page, 'Radium is grene');
  await choose(page, 'Radium is grene', 'Change');
  const edit = page.getByRole('textbox', { name: 'The new words' });
  await edit.fill('Radium is green');
  await edit.press('Enter');
  for (const one of [page, mina]) {
    await expect(row(one, 'Radium is green')).toContainText('changed');
    await expect(list(one)).not.toContainText('grene');
  }
  await choose(mina, 'Radium is green', 'What it said before');
  await expect(mina.getByRole('heading', { level: 1 })).toHaveText('What it said before');
  await expect(mina.getByText('Radium is grene')).toBeVisible();
  await expectAccessible(mina, 'what a message said before');
  await mina.goBack();
  await island(mina, 'chat');

  await choose(mina, 'Radium is green', 'Pin to the top');
  await page.getByText('1 pinned message').click();
  await expect(page.getByRole('button', { name: /Carla Curie Radium is green/ })).toBeVisible();

  // By keys alone: up to the message, along to its menu, and back by Escape.
  await row(page, 'Radium is green').focus();
  for (let i = 0; i < 2; i += 1) await page.keyboard.press('ArrowRight');
  await expect(row(page, 'Radium').getByRole('button', { name: 'More' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Answer' })).toBeFocused();
  await expectAccessible(page, 'the open menu of a message');
  await page.keyboard.press('Escape');
  await expect(row(page, 'Radium').getByRole('button', { name: 'More' })).toBeFocused();

  await choose(page, 'Radium is green', 'Remove');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Radium is green')).toBeVisible();

  await choose(mina, 'Radium is green', 'Remove');
  await mina.getByRole('button', { name: 'Remove it' }).click();
  for (const one of [page, mina]) {
    await expect(list(one)).toContainText('This message was removed by the moderators.');
    await expect(list(one)).not.toContainText('Radium');
  }
  // At 400 % zoom a window of 1280 is 320 wide.
  await page.setViewportSize({ width: 320, height: 700 });
  await expectOneWayScroll(page, 'a channel at 320');
  await expectAccessible(page, 'a channel with a removed message at 320');
  await mina.context().close();
});

test('every message has an address that opens its place in the history', async ({
  page,
  hallway,
}) => {
  await register(page, hallway, 'Dora Dedekind', 'dora@example.org');
  await page.goto(CHANNEL);
  await island(page, 'chat');
  await say(page, 'Cut here');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose(page, 'Cut here', 'Copy the link');
  await expect(page.getByText('The link is copied.')).toBeVisible();
  const address = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(address).search).toMatch(/^\?at=\d+$/);
  await page.goto(address);
  await island(page, 'chat');
  await expect(row(page, 'Cut here')).toBeFocused();
});

test('people are called, things are done and emoji are found by keys alone', async ({
  page,
  browser,
  hallway,
}) => {
  const fay = await (await browser.newContext({ baseURL: hallway.origin })).newPage();
  await register(page, hallway, 'Gustav Gödel', 'gustav@example.org');
  await register(fay, hallway, 'Fay Fermat', 'fay@example.org');
  for (const one of [page, fay]) {
    await one.goto(CHANNEL);
    await island(one, 'chat');
  }
  await say(fay, 'The margin is too small');
  await expect(row(page, 'The margin is too small')).toBeVisible();
  const field = page.getByRole('textbox', { name: 'Your message' });
  await field.focus();
  await page.keyboard.type('How small, @fer');
  await expect(page.getByRole('option', { name: 'Fay Fermat' })).toBeVisible();
  await expectAccessible(page, 'names that are offered');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('How small, @Fay Fermat ');
  await page.keyboard.type(':thinki');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  for (const one of [page, fay]) {
    await expect(row(one, 'How small').locator('.mention')).toHaveText('@Fay Fermat');
    await expect(row(one, 'How small')).toContainText('🤔');
  }

  await page.keyboard.type('/mee waves');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/There is no command/)).toBeVisible();
  await expect(list(fay)).not.toContainText('waves');
  await field.fill('/me waves');
  await page.keyboard.press('Enter');
  await expect(row(fay, 'waves')).toContainText(/Gustav Gödel\s+waves/);

  await page.getByRole('button', { name: 'Put in an emoji' }).click();
  await page.getByRole('searchbox', { name: 'Search emoji' }).fill('applause');
  await expectAccessible(page, 'the picker of emoji');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('👏');
  await expect(field).toBeFocused();
  await fay.context().close();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person answers, talks in a thread, changes and removes by forms', async ({
    page,
    hallway,
  }) => {
    await register(page, hallway, 'Emil Erdős', 'emil@example.org');
    await page.goto(CHANNEL);
    const send = async (words: string) => {
      await page.getByRole('textbox', { name: /^Write to/ }).fill(words);
      // Newcomers may be asked for a pause; the form keeps the words.
      await expect(async () => {
        await page.getByRole('button', { name: 'Send' }).click();
        await expect(page.locator('.message').filter({ hasText: words }).last()).toBeVisible({
          timeout: 1_000,
        });
      }).toPass();
    };
    const rows = (words: string) => page.locator('.message').filter({ hasText: words }).last();
    const open = async (words: string) =>
      rows(words).locator('details.more > summary').first().click();
    await send('An open problem');
    await open('An open problem');
    await rows('An open problem').getByRole('link', { name: 'Answer' }).click();
    await expect(page.getByText(/You answer/)).toContainText('An open problem');
    await send('Five dollars for it');
    await expect(rows('Five dollars').locator('.quoted')).toContainText('An open problem');

    await rows('Five dollars').locator('.quoted a').click();
    await expect(page).toHaveURL(/\?at=\d+#m\d+$/);
    await open('Five dollars');
    await rows('Five dollars').getByRole('link', { name: 'Open the thread' }).click();
    await send('Ten dollars, then');
    await expect(rows('Ten dollars')).toBeVisible();
    await page.getByRole('link', { name: /^Back to/ }).click();
    await expect(rows('Five dollars')).toContainText('1 answer');
    await expect(page.getByText('Ten dollars, then')).toHaveCount(0);

    await open('Five dollars');
    await rows('Five dollars').getByText('Change', { exact: true }).click();
    await rows('Five dollars').getByRole('textbox', { name: 'The new words' }).fill('Six dollars');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(rows('Six dollars')).toContainText('changed');
    await open('Six dollars');
    await rows('Six dollars').getByText('Remove', { exact: true }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await expect(page.getByText('removed by its author')).toBeVisible();
    await expect(page.getByText('Six dollars')).toHaveCount(0);
    await page.setViewportSize({ width: 320, height: 700 });
    await expectOneWayScroll(page, 'a channel by forms at 320');
  });
});

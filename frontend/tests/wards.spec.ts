/** A host looks after their channel: a report by dialog, the queue of the channel, and its calm. */
import type { Page } from '@playwright/test';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'wards' });

test('a message is reported where it stands, and the host of the channel decides', async ({
  browser,
  hallway,
}) => {
  const [hana, nora, mallory] = await Promise.all(
    [1, 2, 3].map(async () => (await browser.newContext()).newPage()),
  );
  if (!hana || !nora || !mallory) throw new Error('three pages');
  await register(hana, hallway, 'Hana Host', 'hana@example.org');
  await register(nora, hallway, 'Nora Nearby', 'nora.nearby@example.org');
  await register(mallory, hallway, 'Mallory Mean', 'mallory.mean@example.org');
  await hana.goto(`/${EVENT}/chat/new`);
  await hana.getByRole('textbox', { name: 'Name' }).fill('Homelab');
  await hana.getByRole('button', { name: 'Open it' }).click();
  const channel = new URL(hana.url()).pathname;
  for (const [page, words] of [
    [nora, 'Good morning'],
    [mallory, 'You are all fools'],
    [nora, 'Please stop'],
  ] as const) {
    await page.goto(channel);
    await island(page, 'chat');
    await page.getByRole('textbox', { name: 'Your message' }).fill(words);
    await page.keyboard.press('Enter');
    await expect(page.locator('.message').filter({ hasText: words })).toBeVisible();
  }

  // By keys alone: the menu, the dialog, Escape, and back at the message.
  const row = nora.locator('.message').filter({ hasText: 'You are all fools' });
  const openDialog = async () => {
    await row.focus();
    for (let i = 0; i < 2; i += 1) await nora.keyboard.press('ArrowRight');
    await nora.keyboard.press('Enter');
    await nora.getByRole('menuitem', { name: 'Report' }).press('Enter');
    await expect(nora.getByRole('dialog', { name: 'Report something' })).toBeVisible();
  };
  await openDialog();
  const dialog = nora.getByRole('dialog', { name: 'Report something' });
  for (const near of ['Good morning', 'You are all fools', 'Please stop']) {
    await expect(dialog).toContainText(near);
  }
  for (const [width, scheme] of [
    [1280, 'dark'],
    [320, 'light'],
  ] as const) {
    await nora.setViewportSize({ width, height: 800 });
    await nora.emulateMedia({ colorScheme: scheme });
    await expectAccessible(nora, `the report's dialog at ${width}`);
    await expectOneWayScroll(nora, `the report's dialog at ${width}`);
  }
  await nora.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(row).toBeFocused();

  await openDialog();
  await dialog.getByRole('button', { name: 'Send the report' }).click();
  // A category is needed, and the browser says so.
  await expect(dialog.getByRole('radio', { name: 'Harassment or insults' })).toBeFocused();
  await dialog.getByRole('radio', { name: 'Harassment or insults' }).check();
  await dialog.getByRole('textbox', { name: 'In your own words' }).fill('All morning');
  await dialog.getByRole('button', { name: 'Send the report' }).click();
  await expect(dialog.getByRole('status')).toContainText('It is sent');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(row).toBeFocused();
  await nora.goto(`/${EVENT}/conduct/`);
  await expect(nora.getByText('Waits for somebody to look into it')).toBeVisible();

  // The host learns of it at the channel, and not from whom.
  await hana.goto(channel);
  await hana.getByRole('link', { name: 'One thing waits here' }).click();
  await expect(hana.getByRole('heading', { level: 1 })).toContainText('Homelab');
  await expect(hana.getByText('Nora Nearby')).toHaveCount(0);
  await expectAccessible(hana, "a host's queue");
  await hana.getByRole('link', { name: /Harassment or insults/ }).click();
  await hana.getByRole('button', { name: 'I look into it' }).click();
  await expect(hana.getByRole('radio', { name: /Ban/ })).toHaveCount(0);
  await hana.getByRole('radio', { name: /^Mute/ }).check();
  await hana.getByRole('checkbox', { name: 'Remove the message' }).check();
  await hana.getByRole('textbox', { name: 'Reason' }).fill('Nobody is insulted here');
  await hana.getByRole('button', { name: 'Decide and end the report' }).click();
  await expect(hana.getByText('Nothing waits')).toBeVisible();
  await mallory.goto(channel);
  await expect(mallory.getByText('You are muted here')).toBeVisible();
  await mallory.goto(`/${EVENT}/chat/lobby`);
  await expect(mallory.getByRole('textbox')).toBeVisible();

  // One click calms the channel; another ends it.
  await hana.goto(channel);
  await hana.getByText('Options').click();
  await expectAccessible(hana, "a host's options");
  await hana.getByRole('button', { name: 'Calm this channel for 30 minutes' }).click();
  await expect(hana.getByText('This channel is calmed until')).toBeVisible();
  await hana.getByText('Options').click();
  await hana.getByRole('link', { name: 'Take back what newcomers said' }).click();
  await expect(hana.getByRole('heading', { level: 1 })).toHaveText('What newcomers said');
  await hana.goto(channel);
  await hana.getByText('Options').click();
  await hana.getByRole('button', { name: 'End the calm now' }).click();
  await expect(hana.getByText('The calm has ended')).toBeVisible();
});

test('an open queue tells of what is new, and moves nothing until it is asked', async ({
  browser,
  hallway,
}) => {
  const [hilda, nele, malte] = await Promise.all(
    [1, 2, 3].map(async () => (await browser.newContext()).newPage()),
  );
  if (!hilda || !nele || !malte) throw new Error('three pages');
  await register(hilda, hallway, 'Hilda Host', 'hilda@example.org');
  await register(nele, hallway, 'Nele Nearby', 'nele@example.org');
  await register(malte, hallway, 'Malte Mean', 'malte@example.org');
  await hilda.goto(`/${EVENT}/chat/new`);
  await hilda.getByRole('textbox', { name: 'Name' }).fill('Garden');
  await hilda.getByRole('button', { name: 'Open it' }).click();
  const channel = new URL(hilda.url()).pathname;
  const say = async (page: Page, words: string) => {
    await page.goto(channel);
    await island(page, 'chat');
    await page.getByRole('textbox', { name: 'Your message' }).fill(words);
    await page.keyboard.press('Enter');
    await expect(page.locator('.message').filter({ hasText: words })).toBeVisible();
  };
  await say(hilda, 'A slip of my own');
  await say(malte, 'Weeds are for fools');
  await say(malte, 'And so are roses');
  await nele.goto(channel);
  await island(nele, 'chat');
  const report = async (words: string) => {
    const row = nele.locator('.message').filter({ hasText: words });
    await row.focus();
    for (let i = 0; i < 2; i += 1) await nele.keyboard.press('ArrowRight');
    await nele.keyboard.press('Enter');
    await nele.getByRole('menuitem', { name: 'Report' }).press('Enter');
    const dialog = nele.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Harassment or insults' }).check();
    await dialog.getByRole('textbox', { name: 'In your own words' }).fill(`About: ${words}`);
    await dialog.getByRole('button', { name: 'Send the report' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
  };

  await hilda.goto(`${channel}/moderate/`);
  await island(hilda, 'fresh');
  await expect(hilda.getByText('Nothing waits')).toBeVisible();
  // What is about the host is kept from them; the next comes into the empty list by itself.
  await report('A slip of my own');
  await report('Weeds are for fools');
  await expect(hilda.getByText('One thing waits')).toBeVisible();
  await expect(hilda.getByText('About: A slip')).toHaveCount(0);

  const first = hilda.getByRole('link', { name: /Harassment or insults/ });
  await first.focus();
  const before = await first.boundingBox();
  await report('And so are roses');
  const news = hilda.getByRole('status').filter({ hasText: '2 things wait' });
  await expect(news).toBeInViewport({ ratio: 1 });
  await expect(hilda.getByText('About: And so are roses')).toHaveCount(0);
  expect(await first.boundingBox()).toEqual(before);
  await expect(first).toBeFocused();
  for (const [width, scheme] of [
    [1280, 'dark'],
    [320, 'light'],
  ] as const) {
    await hilda.setViewportSize({ width, height: 800 });
    await hilda.emulateMedia({ colorScheme: scheme });
    await expectAccessible(hilda, `a queue with news at ${width}`);
    await expectOneWayScroll(hilda, `a queue with news at ${width}`);
  }
  await news.getByRole('button', { name: 'Show what is new' }).press('Enter');
  await expect(hilda.getByText('About: And so are roses')).toBeVisible();
  await expect(hilda.getByRole('link', { name: /Harassment or insults/ }).last()).toBeFocused();
  await expect(news).toHaveCount(0);
});

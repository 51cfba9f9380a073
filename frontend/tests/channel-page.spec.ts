/** The top of a channel's page: one quiet row, and all one may set behind it. */
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'channel-page' });

const LOBBY = `/${EVENT}/chat/lobby`;

test('what a reader may set is behind one button, and names lead to people', async ({
  browser,
  hallway,
}) => {
  const [vera, wim] = await Promise.all(
    [1, 2].map(async () => (await browser.newContext()).newPage()),
  );
  if (!vera || !wim) throw new Error('two pages');
  await register(vera, hallway, 'Vera Voice', 'vera@example.org');
  await register(wim, hallway, 'Wim Reader', 'wim@example.org');
  await vera.goto(LOBBY);
  await island(vera, 'chat');
  await vera.getByRole('textbox', { name: 'Your message' }).fill('I know this place');
  await vera.keyboard.press('Enter');
  await expect(vera.getByText('I know this place')).toBeVisible();

  await wim.setViewportSize({ width: 1280, height: 900 });
  await wim.goto(LOBBY);
  // Whoever was here before has a place, and says how much they want to hear.
  await wim.reload();
  await island(wim, 'chat');
  const aloud = wim.getByRole('combobox', { name: 'Read new messages aloud' });
  await expect(aloud).toBeHidden();
  // Between the channel's name and what is said stands one row.
  const list = await wim.getByRole('list', { name: 'Messages' }).boundingBox();
  const heading = await wim.getByRole('heading', { level: 1 }).boundingBox();
  if (!list || !heading) throw new Error('both are there');
  expect(list.y - heading.y - heading.height).toBeLessThan(100);
  await expect(wim.getByRole('textbox', { name: 'Your message' })).toBeInViewport({ ratio: 1 });

  await wim.getByText('Options').focus();
  await wim.keyboard.press('Enter');
  await expect(aloud).toBeVisible();
  await aloud.selectOption('those that call me');
  await wim.getByRole('combobox', { name: 'Tell me of' }).selectOption('every message');
  for (const width of [1280, 320]) {
    await wim.setViewportSize({ width, height: 900 });
    await expectAccessible(wim, `a channel's options at ${width}`);
    await expectOneWayScroll(wim, `a channel's options at ${width}`);
  }
  for (const name of ['Keep', 'Go']) {
    const box = await wim.getByRole('button', { name, exact: true }).boundingBox();
    expect(box?.height, name).toBeGreaterThanOrEqual(44);
  }
  expect((await wim.getByText('Options').boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await wim.getByRole('button', { name: 'Keep' }).click();
  await wim.getByText('Options').click();
  await expect(wim.getByRole('combobox', { name: 'Tell me of' })).toHaveValue('all');
  await island(wim, 'chat');
  await expect(aloud).toHaveValue('mentions');

  // The name leads to the card; by keys the message's menu does.
  const row = wim.getByRole('listitem').filter({ hasText: 'I know this place' });
  await row.focus();
  await wim.keyboard.press('ArrowRight');
  await wim.keyboard.press('ArrowRight');
  await expect(row.getByRole('button', { name: 'More' })).toBeFocused();
  await wim.keyboard.press('Enter');
  await wim.getByRole('menuitem', { name: /^Who .Vera Voice. is$/ }).press('Enter');
  await expect(wim.getByRole('heading', { level: 1 })).toHaveText('Vera Voice');
  await wim.goBack();
  await island(wim, 'chat');
  await row.getByRole('link', { name: 'Vera Voice' }).click();
  await expect(wim.getByRole('heading', { level: 1 })).toHaveText('Vera Voice');
});

test('without JavaScript the options open, and names lead to people', async ({
  browser,
  hallway,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await register(page, hallway, 'Xenia Plain', 'xenia@example.org');
  await page.goto(LOBBY);
  await page.getByRole('textbox', { name: /^Write to/ }).fill('By form alone');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Options').click();
  await page.getByRole('combobox', { name: 'Tell me of' }).selectOption('nothing (mute)');
  await page.getByRole('button', { name: 'Keep' }).click();
  await page.getByText('Options').click();
  await expect(page.getByRole('combobox', { name: 'Tell me of' })).toHaveValue('nothing');
  await page.getByLabel('Go to a day').fill('2026-11-01');
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await expect(page).toHaveURL(/date=2026-11-01/);
  await page.goto(LOBBY);
  const row = page.getByRole('listitem').filter({ hasText: 'By form alone' }).last();
  await row.getByRole('link', { name: 'Xenia Plain' }).click();
  await expect(page.getByText('This is you')).toBeVisible();
  // Whoever is not signed in sees names, and no way to cards.
  await context.clearCookies();
  await page.goto(LOBBY);
  await expect(page.getByText('By form alone')).toBeVisible();
  await expect(page.getByRole('main').getByRole('link', { name: 'Xenia Plain' })).toHaveCount(0);
});

test('on a phone the field is on the first screen, with what was said last above it', async ({
  browser,
  hallway,
}) => {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
  const page = await context.newPage();
  await register(page, hallway, 'Yara Phone', 'yara@example.org');
  await page.goto(LOBBY);
  await island(page, 'chat');
  const field = page.getByRole('textbox', { name: 'Your message' });
  // One long message: whoever is new here pauses between two.
  await field.fill(Array.from({ length: 30 }, (_, i) => `Line ${i + 1}`).join('\n\n'));
  await page.getByRole('button', { name: 'Send' }).click();
  const last = page.locator('.message').getByText('Line 30', { exact: true });
  await expect(last).toBeInViewport({ ratio: 1 });
  await page.goto(LOBBY);
  await island(page, 'chat');
  await expect(field).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole('button', { name: 'Send' })).toBeInViewport({ ratio: 1 });
  await expect(last).toBeInViewport({ ratio: 1 });
  await expectAccessible(page, 'a channel on a phone');
  // What is opened above pushes it down, and covers nothing.
  await page.getByText('Options').click();
  await expect(page.getByRole('combobox', { name: 'Tell me of' })).toBeInViewport({ ratio: 1 });
  await context.close();
});

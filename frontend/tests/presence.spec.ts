/** Who is in a channel, by name for those who want it, and who writes there. */
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'presence' });

const LOBBY = `/${EVENT}/chat/lobby`;

test('names are there for whoever asks, until somebody wants to be invisible', async ({
  browser,
  hallway,
}) => {
  const [paul, quinn] = await Promise.all(
    [1, 2].map(async () => (await browser.newContext()).newPage()),
  );
  if (!paul || !quinn) throw new Error('two pages');
  await register(paul, hallway, 'Paul Present', 'paul@example.org');
  await register(quinn, hallway, 'Quinn Quiet', 'quinn@example.org');
  await quinn.goto('/account/card');
  await quinn.getByRole('checkbox', { name: 'Show my name among those' }).check();
  await expectAccessible(quinn, 'the choice of how to be seen');
  await quinn.getByRole('button', { name: 'Save' }).click();
  for (const page of [paul, quinn]) {
    await page.goto(LOBBY);
    await island(page, 'chat');
  }
  const here = paul.locator('[data-island=chat]').getByText(/people are here|person is here/);
  await expect(here).toHaveText(/^.?2.? people are here$/);
  await here.click();
  const names = paul.locator('.here').getByRole('link', { name: 'Quinn Quiet' });
  await expect(names).toBeVisible();
  for (const width of [1280, 320]) {
    await paul.setViewportSize({ width, height: 900 });
    await expectAccessible(paul, `who is here at ${width}`);
    await expectOneWayScroll(paul, `who is here at ${width}`);
  }

  // That somebody writes is seen, and read aloud to nobody.
  const announcer = paul.getByRole('log');
  const said = await announcer.textContent();
  await quinn.getByRole('textbox', { name: 'Your message' }).pressSequentially('I am');
  await expect(paul.getByText(/Quinn Quiet.? is writing/)).toBeVisible();
  expect(await announcer.textContent()).toBe(said);
  await expectAccessible(paul, 'a channel in which somebody writes');
  await quinn.keyboard.type(' here');
  await quinn.keyboard.press('Enter');
  await expect(paul.locator('.message').filter({ hasText: 'I am here' })).toBeVisible();
  await expect(paul.getByText(/is writing/)).toHaveCount(0);

  // From another device: it holds where the channel is open already.
  const device = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await quinn.context().storageState(),
  });
  const card = await device.newPage();
  await card.goto(`${hallway.origin}/account/card`);
  await card.getByRole('checkbox', { name: 'Be invisible' }).check();
  await card.getByRole('button', { name: 'Save' }).click();
  await expect(here).toHaveText(/^.?1.? person is here$/);
  await here.click();
  await here.click();
  await expect(names).toHaveCount(0);
  await quinn.getByRole('textbox', { name: 'Your message' }).pressSequentially('Unseen');
  await quinn.keyboard.press('Enter');
  await expect(paul.locator('.message').filter({ hasText: 'Unseen' })).toBeVisible();
});

test('without JavaScript a page tells who is here', async ({ browser, hallway }) => {
  const live = await (await browser.newContext()).newPage();
  await register(live, hallway, 'Rosa Reads', 'rosa.reads@example.org');
  await live.goto('/account/card');
  await live.getByRole('checkbox', { name: 'Show my name among those' }).check();
  await live.getByRole('button', { name: 'Save' }).click();
  await live.goto(LOBBY);
  await island(live, 'chat');
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await register(plain, hallway, 'Sam Still', 'sam@example.org');
  await plain.goto(LOBBY);
  await plain.getByRole('link', { name: /here$/ }).click();
  await expect(plain.getByRole('heading', { level: 1 })).toContainText('Who is in');
  await expect(plain.getByRole('link', { name: 'Rosa Reads' })).toBeVisible();
  // axe needs scripts: looked at with them, by the same person.
  const looked = await browser.newContext({ storageState: await plain.context().storageState() });
  const page = await looked.newPage();
  await page.goto(plain.url());
  await expectAccessible(page, 'the page of who is here');
});

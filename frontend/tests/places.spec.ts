/**
 * Two people make a channel, a third finds it, the organiser adopts it; a
 * conversation begins with a yes; and all of it by forms without JavaScript.
 */
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register, signIn } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test('two make a channel, a third finds it, the organiser adopts it', async ({
  browser,
  hallway,
}) => {
  const context = { baseURL: hallway.origin };
  const page = async () => (await browser.newContext(context)).newPage();
  const [alice, bob, carol, organiser] = [await page(), await page(), await page(), await page()];
  await register(alice, hallway, 'Alice Place', 'alice.place@example.org');
  await register(bob, hallway, 'Bob Place', 'bob.place@example.org');
  await register(carol, hallway, 'Carol Place', 'carol.place@example.org');

  // The third has the list open; it learns of the channel without a reload.
  await carol.goto(`/${EVENT}/chat/`);
  await island(carol, 'fresh');

  await alice.goto(`/${EVENT}/chat/`);
  await alice.getByRole('button', { name: 'Open a channel' }).click();
  await alice.getByRole('button', { name: 'Open it' }).click();
  await expect(alice.getByText('does not fit yet')).toBeVisible();
  await expectAccessible(alice, 'a refused channel');
  await alice.getByRole('textbox', { name: 'Name' }).fill('Places journey');
  await alice.getByRole('textbox', { name: /What it is about/ }).fill('For walking together');
  await alice.getByRole('combobox', { name: 'Language', exact: true }).first().selectOption('en');
  await alice.getByRole('button', { name: 'Open it' }).click();
  await expect(alice.getByRole('heading', { level: 1 })).toHaveText('Places journey');

  const link = carol.getByRole('link', { name: 'Places journey' });
  await expect(link).toBeVisible({ timeout: 20_000 });
  await expectAccessible(carol, 'the list of channels');

  await bob.goto(`/${EVENT}/chat/places-journey`);
  await island(bob, 'chat');
  await bob.getByRole('textbox', { name: 'Your message' }).fill('I brought sandwiches');
  await bob.getByRole('textbox', { name: 'Your message' }).press('Enter');
  await link.click();
  await expect(
    carol.getByRole('listitem').filter({ hasText: 'I brought sandwiches' }).last(),
  ).toBeVisible();
  await expect(carol.getByText(/people are here/)).toBeVisible();

  // The host names another host, and locks the channel under everybody's eyes.
  await alice.goto(`/${EVENT}/chat/places-journey/about`);
  await expectAccessible(alice, "a channel's page for its host");
  await expectOneWayScroll(alice, "a channel's page");
  await alice.getByRole('textbox', { name: 'Name, or address of their page' }).fill('Bob Place');
  await alice.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(alice.getByText('invited', { exact: true })).toBeVisible();
  await alice.getByRole('button', { name: 'Take no new messages' }).click();
  await expect(alice.getByText('No new messages for now').first()).toBeVisible();
  await expect(carol.getByText('This channel takes no new messages.')).toBeVisible();
  await alice.getByRole('button', { name: 'Take messages again' }).click();
  await expect(carol.getByRole('textbox', { name: 'Your message' })).toBeVisible();

  await hallway.command('user', 'create', '--email', 'olga@example.org', '--name', 'Olga');
  await hallway.command(
    ...['user', 'grant', '--email', 'olga@example.org', '--event', EVENT, '--role', 'organiser'],
  );
  await signIn(organiser, hallway, 'olga@example.org');
  await organiser.goto(`/${EVENT}/organise/channels/`);
  await expectAccessible(organiser, "the organisers' channels");
  await organiser.getByRole('link', { name: 'Places journey' }).click();
  await organiser.getByRole('button', { name: 'Make it the event’s own' }).click();
  await expect(organiser.getByText('of the event', { exact: true })).toBeVisible();
  await organiser.getByRole('link', { name: 'Merge it into another channel' }).click();
  await expectAccessible(organiser, 'merging');
  await carol.goto(`/${EVENT}/chat/`);
  const own = carol.locator('section', {
    has: carol.getByRole('heading', { name: 'Of the event' }),
  });
  await expect(own.getByRole('link', { name: 'Places journey' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a conversation begins with a yes', async ({ browser, hallway }) => {
    const context = { baseURL: hallway.origin, javaScriptEnabled: false };
    const dora = await (await browser.newContext(context)).newPage();
    const emil = await (await browser.newContext(context)).newPage();
    await register(dora, hallway, 'Dora Direct', 'dora@example.org');
    await register(emil, hallway, 'Emil Direct', 'emil@example.org');
    await emil.goto('/account/card');
    await emil.getByRole('checkbox', { name: 'Others at my events may find me' }).check();
    await emil.getByRole('button', { name: 'Save' }).click();
    await emil.getByRole('button', { name: 'I am open to talk' }).click();

    await dora.goto(`/${EVENT}/people/`);
    await dora.getByRole('link', { name: 'Emil Direct' }).click();
    await expect(dora.getByText('Open to talk')).toBeVisible();
    await dora.getByRole('textbox', { name: 'Your first line' }).fill('May I ask you something?');
    await dora.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect(dora.getByText('Your first line is there.')).toBeVisible();

    await emil.goto(`/${EVENT}/chat/direct/`);
    await expect(emil.getByText('May I ask you something?')).toBeVisible();
    await emil.getByRole('button', { name: 'Yes, let us talk' }).click();
    await emil.getByRole('textbox', { name: /^Write to/ }).fill('Of course');
    await emil.getByRole('button', { name: 'Send' }).click();
    await dora.reload();
    await expect(dora.getByRole('listitem').filter({ hasText: 'Of course' }).last()).toBeVisible();
  });
});

test('pages of people and conversations have no violation', async ({ page, hallway }) => {
  await register(page, hallway, 'Fritz Friendly', 'fritz@example.org');
  for (const path of [
    '/account/card',
    `/${EVENT}/people/`,
    `/${EVENT}/chat/direct/`,
    `/${EVENT}/chat/rooms/`,
    `/${EVENT}/chat/new`,
  ]) {
    await page.goto(path);
    await expectAccessible(page, path);
    await expectOneWayScroll(page, path);
  }
});

/** Every page, in light and dark, at three widths: no violation that axe finds, no fault in the console. */
import type { Page } from '@playwright/test';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register, signIn } from './people.ts';
import { expectMovingPixels } from './pixels.ts';
import { watch } from './policy.ts';
import { publish } from './publisher.ts';
import { HOSTILE, SESSIONS, SIDE, STAGE } from './schedule.ts';
import { EVENT, expect, Hallway, test } from './server.ts';

test.use({ house: 'axe', contextOptions: { reducedMotion: 'reduce' } });
test.describe.configure({ timeout: 120_000 });

const WIDTHS = [320, 768, 1280];
const SCHEMES = ['light', 'dark'] as const;

/** Examines the page that is open, as it stands. */
async function examineThis(page: Page, what: string): Promise<void> {
  for (const place of await page
    .locator('[data-island]:visible:not([data-when=touched] *)')
    .all()) {
    await expect(place).toHaveAttribute('data-ready');
  }
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await expectAccessible(page, `${what} ${colorScheme} ${width}`);
      await expectOneWayScroll(page, `${what} ${colorScheme} ${width}`);
    }
  }
}

async function examine(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await examineThis(page, path);
}

const PUBLIC = [
  '/',
  `/${EVENT}/`,
  `/${EVENT}/schedule/`,
  `/${EVENT}/schedule/?by=track`,
  `/${EVENT}/schedule/?by=list`,
  `/${EVENT}/schedule/?by=list&q=nothing-like-this`,
  `/${EVENT}/speaker/`,
  `/${EVENT}/register`,
  `/${EVENT}/watch/`,
  `/${EVENT}/stage/${STAGE.slug}`,
  `/${EVENT}/stage/${STAGE.slug}?panel=about`,
  `/${EVENT}/chat/`,
  '/account/sign-in',
  '/account/sign-in/confirm?token=spent',
  `/${EVENT}/nothing-here/`,
];

for (const path of PUBLIC) {
  test(`a visitor at ${path}`, async ({ page }) => examine(page, path));
}

test('a session to come and its speaker', async ({ page }) => {
  await page.goto(`/${EVENT}/schedule/?by=list`);
  await page.getByRole('link', { name: SESSIONS.next.title }).first().click();
  await examineThis(page, 'a session to come');
  await page
    .getByRole('link', { name: /José Núñez/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('José Núñez');
  await examineThis(page, 'a speaker');
});

test('forms: refused, sent, and the link in the mail', async ({ page, hallway }) => {
  await page.goto(`/${EVENT}/register`);
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByText('things do not fit yet')).toBeVisible();
  await examineThis(page, 'a refused registration');
  await page.getByRole('textbox', { name: 'Name' }).fill('Fay Form');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('fay@example.org');
  await page.getByRole('checkbox', { name: /code of conduct/ }).check();
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mail');
  await examineThis(page, 'a sent registration');
  await page.goto(await hallway.mailedPath('fay@example.org'));
  await expect(page.getByRole('button', { name: 'Confirm and come in' })).toBeVisible();
  await examineThis(page, 'a link to confirm');
  await page.goto('/account/sign-in');
  await page.getByRole('textbox', { name: 'E-mail' }).fill('fay@example.org');
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mail');
  await examineThis(page, 'a sent sign-in link');
});

test('a registered person: account, and a chat with words and reactions in it', async ({
  page,
  hallway,
}) => {
  await register(page, hallway, 'Ava Axel', 'ava@example.org');
  await page.goto(`/${EVENT}/chat/`);
  const channels = page.getByRole('main').getByRole('heading', { level: 3 });
  await channels.getByRole('link').first().click();
  await island(page, 'chat');
  await page.getByRole('textbox', { name: 'Your message' }).fill('> quoted\n\n`code` and *words*');
  await page.getByRole('button', { name: 'Send' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'quoted' }).last();
  await row.hover();
  await row.getByRole('button', { name: 'React', exact: true }).click();
  await expectAccessible(page, 'the open picker of reactions');
  await page.getByRole('button', { name: /^React with .*🎉/ }).click();
  await expect(row.getByRole('button', { name: /🎉/ })).toHaveAttribute('aria-pressed', 'true');
  await examineThis(page, 'a channel with a message');
  for (const path of [
    ...['/account/', '/account/delete', `/${EVENT}/register`],
    // Organisers only: what the refusal looks like.
    `/${EVENT}/organise/`,
  ]) {
    await examine(page, path);
  }
});

test('an organiser: overview, import, settings and a desk without a picture', async ({
  page,
  hallway,
}) => {
  await hallway.command('user', 'create', '--email', 'olga@example.org', '--name', 'Olga');
  await hallway.command(
    ...['user', 'grant', '--email', 'olga@example.org', '--event', EVENT, '--role', 'organiser'],
  );
  await signIn(page, hallway, 'olga@example.org');
  for (const path of ['', 'import', 'integrations', 'settings', `stage/${STAGE.slug}/`]) {
    await examine(page, `/${EVENT}/organise/${path}`);
  }
  await page.goto(`/${EVENT}/organise/import`);
  await page.getByLabel('Schedule file').setInputFiles({
    name: 'broken.xml',
    mimeType: 'text/xml',
    buffer: Buffer.from('<schedule><conference>'),
  });
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByRole('paragraph').filter({ hasText: /^We could not read/ })).toBeVisible();
  await examineThis(page, 'a refused import');
});

test('an admin: a new event, refused, then empty', async ({ page, hallway }) => {
  await hallway.command('user', 'create', '--email', 'aron@example.org', '--name', 'Aron');
  await hallway.command('user', 'grant', '--email', 'aron@example.org', '--role', 'admin');
  await signIn(page, hallway, 'aron@example.org');
  await examine(page, '/');
  await examine(page, '/organise/new');
  await page.getByRole('button', { name: 'Create the event' }).click();
  await expect(page.getByRole('heading', { name: /not fit yet/ })).toBeVisible();
  await examineThis(page, 'a refused event');
  await page.getByRole('textbox', { name: 'Title' }).fill('An empty house');
  await page.getByLabel('First day').fill('2031-05-01');
  await page.getByLabel('Last day').fill('2031-05-02');
  await page.getByRole('combobox', { name: 'Time zone' }).first().fill('Europe/Berlin');
  await page.getByRole('button', { name: 'Create the event' }).click();
  await expect(page.getByText('Your event exists.')).toBeVisible();
  await examineThis(page, 'the overview of an empty event');
  const event = new URL(page.url()).pathname.split('/')[1];
  for (const path of ['', 'schedule/', 'watch/', 'speaker/']) {
    await examine(page, `/${event}/${path}`);
  }
});

test('a stage on air, its desk, its session, and the recording', async ({
  page,
  hallway,
  browser,
}) => {
  await hallway.command('user', 'create', '--email', 'petra@example.org', '--name', 'Petra');
  await hallway.command(
    ...['user', 'grant', '--email', 'petra@example.org', '--event', EVENT, '--role', 'producer'],
  );
  await signIn(page, hallway, 'petra@example.org');
  await page.goto(`/${EVENT}/organise/stage/${SIDE.slug}/`);
  await island(page, 'desk');
  const key = await hallway.command('stage', 'key', '--event', EVENT, '--room', SIDE.slug);
  const publisher = publish(hallway.rtmp, key);
  const reader = await browser.newPage({ baseURL: hallway.origin, reducedMotion: 'reduce' });
  const faults = watch(reader);
  try {
    await expect(page.getByText('Picture and sound arrive as they should.')).toBeVisible();
    await page.getByRole('button', { name: `Start ${HOSTILE}` }).click();
    const end = page.getByRole('button', { name: `End ${HOSTILE}` });
    await expect(end).toBeVisible();
    await examineThis(page, 'a desk on air');

    for (const path of [`/${EVENT}/`, `/${EVENT}/watch/`]) await examine(reader, path);
    await reader.goto(`/${EVENT}/stage/${SIDE.slug}`);
    const button = reader.getByRole('button', { name: /^Watch( the recording)?$/ });
    await expect(button).toBeVisible();
    await examineThis(reader, 'a stage on air');
    await button.click();
    await expectMovingPixels(reader.locator('video'));
    await examineThis(reader, 'a stage that is watched');
    await reader.getByRole('main').getByRole('link', { name: HOSTILE }).first().click();
    await expect(reader.getByText('This is live now.')).toBeVisible();
    const talk = new URL(reader.url()).pathname;
    await examineThis(reader, 'a session on air');

    await end.click();
    await expect(end).toHaveCount(0);
    await reader.goto(talk);
    await expect(button).toBeVisible();
    await examine(reader, talk);
    await examine(reader, `/${EVENT}/watch/`);
  } finally {
    await publisher.stop();
  }
  faults.expectNone();
});

test('the demo: its mailbox, with its own mail and one more', async ({ page }) => {
  const demo = await Hallway.start('demo');
  try {
    await examine(page, `${demo.origin}/account/mailbox/`);
    await page.goto(demo.origin);
    await page.getByRole('main').getByRole('link').first().click();
    await page.getByRole('link', { name: 'Register' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Gil Guest');
    await page.getByRole('textbox', { name: 'E-mail' }).fill('demo-guest@example.org');
    await page.getByRole('checkbox', { name: /code of conduct/ }).check();
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('link', { name: 'Open the demo’s mailbox' }).click();
    await expect(page.getByText('demo-guest@example.org')).toBeVisible();
    await examineThis(page, 'a mailbox with a mail');
  } finally {
    await demo.stop();
  }
});

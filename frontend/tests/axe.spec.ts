/** Every page, in light and dark, at three widths: no violation that axe finds. */
import type { Page } from '@playwright/test';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register, signIn } from './people.ts';
import { SESSIONS, STAGE } from './schedule.ts';
import { EVENT, expect, test } from './server.ts';

// axe is a tool, not a part of the page: it comes in past the page's policy.
test.use({ bypassCSP: true, contextOptions: { reducedMotion: 'reduce' } });
test.describe.configure({ timeout: 120_000 });

const WIDTHS = [320, 768, 1280];
const SCHEMES = ['light', 'dark'] as const;

async function examine(page: Page, path: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(path);
      for (const place of await page
        .locator('[data-island]:visible:not([data-when=touched] *)')
        .all()) {
        await expect(place).toHaveAttribute('data-ready');
      }
      const what = `${path} ${colorScheme} ${width}`;
      await expectAccessible(page, what);
      await expectOneWayScroll(page, what);
    }
  }
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

test('a session and a speaker', async ({ page }) => {
  await page.goto(`/${EVENT}/schedule/?by=list`);
  await page.getByRole('link', { name: SESSIONS.now.title }).first().click();
  const talk = new URL(page.url()).pathname;
  await page
    .getByRole('link', { name: /Ada Lindqvist/ })
    .first()
    .click();
  const speaker = new URL(page.url()).pathname;
  await examine(page, talk);
  await examine(page, speaker);
});

test('a registered person: account, and a chat with words and reactions in it', async ({
  page,
  hallway,
}) => {
  await register(page, hallway, 'Ava Axel', 'ava@example.org');
  await page.goto(`/${EVENT}/chat/`);
  await page.getByRole('main').getByRole('link').first().click();
  await island(page, 'chat');
  const channel = new URL(page.url()).pathname;
  await page.getByRole('textbox', { name: 'Your message' }).fill('> quoted\n\n`code` and *words*');
  await page.getByRole('button', { name: 'Send' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'quoted' }).last();
  await row.hover();
  await row.getByRole('button', { name: 'React', exact: true }).click();
  await expectAccessible(page, 'the open picker of reactions');
  await page.getByRole('button', { name: /^React with .*🎉/ }).click();
  await expect(row.getByRole('button', { name: /🎉/ })).toHaveAttribute('aria-pressed', 'true');
  await examine(page, channel);
  for (const path of ['/account/', '/account/delete', `/${EVENT}/register`]) {
    await examine(page, path);
  }
});

test('an organiser: overview, import, settings, a new event and a desk', async ({
  page,
  hallway,
}) => {
  await hallway.command('user', 'create', '--email', 'olga@example.org', '--name', 'Olga');
  await hallway.command(
    ...['user', 'grant', '--email', 'olga@example.org', '--event', EVENT, '--role', 'organiser'],
  );
  await signIn(page, hallway, 'olga@example.org');
  for (const path of ['', 'import', 'settings', `stage/${STAGE.slug}/`]) {
    await examine(page, `/${EVENT}/organise/${path}`);
  }
});

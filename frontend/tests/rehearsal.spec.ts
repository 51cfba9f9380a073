/** A rehearsal as an organiser meets it: marked, started, watched live, stopped; and by forms alone. */
import type { Page } from '@playwright/test';
import { examine } from './axe.ts';
import { island, signIn } from './people.ts';
import { EVENT, expect, test, type Hallway } from './server.ts';

test.use({ house: 'rehearsal' });

const PAGE = `/${EVENT}/organise/rehearsal`;

async function organiser(page: Page, hallway: Hallway, name: string): Promise<void> {
  const email = `${name.toLowerCase()}@example.org`;
  await hallway.command('user', 'create', '--email', email, '--name', name);
  await hallway.command(
    ...['user', 'grant', '--email', email, '--event', EVENT, '--role', 'organiser'],
  );
  await signIn(page, hallway, email);
}

test('an organiser marks the event, lets guests come, and stops them', async ({
  page,
  hallway,
}) => {
  test.slow();
  await organiser(page, hallway, 'Rhea');
  await page.goto(`/${EVENT}/organise/`);
  await page.getByRole('link', { name: 'Rehearsal', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rehearsal');
  await expect(page.getByText('This event is not marked as a rehearsal')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start the rehearsal' })).toHaveCount(0);
  await examine(page, 'an event that is not marked');

  await page.getByRole('link', { name: 'To the settings' }).click();
  await page.getByRole('checkbox', { name: 'This event is a rehearsal' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'To the rehearsal' }).click();
  await expect(page.getByRole('textbox', { name: 'Guests' })).toHaveValue('200');
  await expect(page.getByRole('textbox', { name: 'Minutes' })).toHaveValue('5');
  await page.getByRole('textbox', { name: 'Guests' }).fill('5001');
  await page.getByRole('button', { name: 'Start the rehearsal' }).click();
  await expect(page.getByRole('heading', { name: /not fit yet/ })).toBeVisible();
  await examine(page, 'a refused rehearsal');

  await page.getByRole('textbox', { name: 'Guests' }).fill('4');
  await page.getByRole('textbox', { name: 'Minutes' }).fill('2');
  await page.getByRole('button', { name: 'Start the rehearsal' }).click();
  await island(page, 'rehearsal');
  const here = page.locator('.figures.big > div').filter({ hasText: 'Here now' }).locator('dd');
  const under = page.getByRole('region', { name: 'A rehearsal is under way' });
  await expect(under.getByText(/^[01]:\d\d of 2:00 minutes$/)).toBeVisible({ timeout: 20_000 });
  // Said once, when the state changed.
  await expect(page.getByRole('status')).toHaveText(/^0:\d\d of 2:00 minutes$/);
  // Without a reload of ours.
  await expect(here).toHaveText(/^[1-4]$/, { timeout: 30_000 });
  await examine(page, 'a rehearsal that goes on');

  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const report = page.getByRole('region', { name: 'The last rehearsal' });
  await expect(report.getByText('Stopped before its end')).toBeVisible({ timeout: 20_000 });
  await expect(report.getByText('4 guests, 2 min')).toBeVisible();
  await expect(report.getByRole('row', { name: /Joining/ })).toContainText(/\d ms/);
  await expect(page.getByRole('textbox', { name: 'Guests' })).toBeVisible();
  await examine(page, 'the report of a rehearsal');
  await page.goto(`/${EVENT}/organise/audit/`);
  await expect(page.getByText('Rehearsal started')).toHaveCount(1);
  await expect(page.getByText('Rehearsal stopped')).toHaveCount(1);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a rehearsal is started, looked at again and stopped by forms', async ({
    page,
    hallway,
  }) => {
    test.slow();
    await organiser(page, hallway, 'Runa');
    await page.goto(`/${EVENT}/organise/settings`);
    await page.getByRole('checkbox', { name: 'This event is a rehearsal' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto(PAGE);
    await page.getByRole('textbox', { name: 'Guests' }).fill('2');
    await page.getByRole('button', { name: 'Start the rehearsal' }).click();
    await expect(async () => {
      await page.getByRole('link', { name: 'Look again' }).click();
      await expect(page.getByText(/ of 5:00 minutes$/)).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(async () => {
      await page.goto(PAGE);
      await expect(page.getByText('Stopped before its end')).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 20_000 });
  });
});

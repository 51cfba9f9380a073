/** What people do on the pages, in their words: by roles and names. */
import type { Page } from '@playwright/test';
import { EVENT, expect, type Hallway } from './server.ts';

/** Registers with a name and an address, and confirms by the mailed link. */
export async function register(page: Page, hallway: Hallway, name: string, email: string) {
  await page.goto(`/${EVENT}/register`);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByRole('checkbox', { name: /code of conduct/ }).check();
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mail');
  await page.goto(await hallway.mailedPath(email));
  await page.getByRole('button', { name: 'Confirm and come in' }).click();
  await expect(page.getByRole('link', { name })).toBeVisible();
}

/** Signs in by the link that the command line prints. */
export async function signIn(page: Page, hallway: Hallway, email: string) {
  await page.goto(await hallway.signInPath(email));
  await page.getByRole('button', { name: /^(Sign in|Confirm and come in)$/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('One more click');
}

/** Waits until an island has taken over its place. */
export async function island(page: Page, name: string) {
  await expect(page.locator(`[data-island=${name}][data-ready]`).first()).toBeAttached();
}

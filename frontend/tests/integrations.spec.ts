/** Ways in and out, as an organiser and the programs they let in meet them. */
import { readFileSync } from 'node:fs';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, signIn } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test('an organiser lets a webhook and a bot in, and takes the chat along', async ({
  page,
  browser,
  hallway,
}) => {
  const email = 'ines@example.org';
  await hallway.command('user', 'create', '--email', email, '--name', 'Ines Integrator');
  await hallway.command(
    ...['user', 'grant', '--email', email, '--event', EVENT, '--role', 'organiser'],
  );
  await signIn(page, hallway, email);
  await page.goto(`/${EVENT}/organise/`);
  await page.getByRole('link', { name: 'Ways in and out' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ways in and out');

  // A reader has the lobby open, live.
  const reader = await (await browser.newContext()).newPage();
  await reader.goto(`${hallway.origin}/${EVENT}/chat/lobby`);
  await island(reader, 'chat');

  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Build');
  await page.getByRole('button', { name: 'Make a webhook' }).click();
  const address = page.locator('code.fresh');
  await expect(address).toContainText('/hooks/in/');
  const url = (await address.textContent()) ?? '';
  await expectAccessible(page, 'a fresh webhook');
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ text: 'Build *7* is <https://ci.example/7|green>' }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
  const told = reader.getByRole('listitem').filter({ hasText: 'is green' });
  await expect(told).toContainText('Build');
  await expect(told.getByText('webhook', { exact: true })).toBeVisible();
  await expect(told.locator('strong', { hasText: '7' })).toBeVisible();

  await page.getByRole('textbox', { name: 'Name of the bot' }).fill('Timekeeper');
  await page.getByRole('button', { name: 'Make a bot' }).click();
  await expect(page.getByRole('heading', { name: /Timekeeper/ })).toBeVisible();
  await page.getByText('A new token for Timekeeper').click();
  await page.getByRole('textbox', { name: 'What it is called' }).fill('laptop');
  await page.getByRole('checkbox', { name: 'Write and react in the chat' }).check();
  await page.getByRole('button', { name: 'Make a token' }).click();
  const token = (await page.locator('code.fresh').textContent()) ?? '';
  expect(token).toMatch(/^[0-9a-z]{32}$/);
  await expectAccessible(page, 'bots with a token');
  await page.goto(`/${EVENT}/organise/integrations`);
  await expect(page.getByRole('button', { name: 'Revoke laptop' })).toBeVisible();
  await expect(page.locator('code.fresh')).toHaveCount(0);

  await page.getByRole('button', { name: 'Make the file' }).click();
  await expect(async () => {
    await page.goto(`/${EVENT}/organise/integrations`);
    await expect(page.getByRole('link', { name: 'Download the chat' })).toBeVisible({
      timeout: 500,
    });
  }).toPass({ timeout: 15_000 });
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the chat' }).click();
  const file = await (await download).path();
  expect(readFileSync(file).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  await page.setViewportSize({ width: 320, height: 720 });
  await expectOneWayScroll(page, 'ways in and out');

  await page
    .getByRole('region', { name: 'Incoming webhooks' })
    .getByRole('button', { name: 'Revoke Build' })
    .click();
  await expect(page.getByText('It stopped working just now.')).toBeVisible();
  const dead = await fetch(url, { method: 'POST', body: JSON.stringify({ text: 'again' }) });
  expect([dead.status, await dead.text()]).toEqual([404, 'no_service']);
});

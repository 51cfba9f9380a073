/** Mail to people who were called: asked for on the account's page, and ended by the mail's own link. */
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { register } from './people.ts';
import { Hallway, expect, test } from './server.ts';

test.describe.configure({ timeout: 120_000 });

test('mail is off until somebody asks for it', async ({ page, hallway }) => {
  await register(page, hallway, 'Dora Digest', 'dora.digest@example.org');
  await page.goto('/account/');
  const choice = page.getByRole('group', { name: 'Tell me by mail' });
  await expect(choice.getByRole('radio', { name: 'never' })).toBeChecked();
  await choice.getByRole('radio', { name: /^once a day/ }).check();
  await choice.locator('xpath=..').getByRole('button', { name: 'Save' }).click();
  await expect(choice.getByRole('radio', { name: /^once a day/ })).toBeChecked();
  await expectAccessible(page, 'the account with its choice of mail');
  await page.setViewportSize({ width: 320, height: 640 });
  await expectOneWayScroll(page, 'the account with its choice of mail');
});

test('a mail leads to what was said, and one press without a sign-in ends them', async ({
  browser,
}) => {
  const demo = await Hallway.start('demo');
  try {
    const context = await browser.newContext({ baseURL: demo.origin });
    const page = await context.newPage();
    const mail = page.getByRole('article').filter({ hasText: /Clara Hoffmann called you in/ });
    await expect(async () => {
      await page.goto('/account/mailbox/');
      await expect(mail).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 30_000 });
    const text = (await mail.locator('pre').textContent()) ?? '';
    const found = (part: string) =>
      text.split(/\s+/).find((word) => word.startsWith(`${demo.origin}${part}`)) ?? part;
    await page.goto(found('/lantern/chat/lobby?at='));
    await expect(page.getByText('I keep a seat for you').first()).toBeVisible();

    const plain = await browser.newContext({ baseURL: demo.origin, javaScriptEnabled: false });
    const ended = await plain.newPage();
    const ends = found('/account/mail-off?token=');
    await ended.goto(ends);
    await expect(ended.getByRole('heading', { level: 1 })).toHaveText(
      'No more mail about the chat?',
    );
    await page.goto(ends);
    await expectAccessible(page, 'the page that ends mail');
    await ended.getByRole('button', { name: 'Send me no more of these mails' }).click();
    await expect(ended.getByRole('heading', { level: 1 })).toHaveText(
      'You get no more of these mails',
    );
    await Promise.all([context.close(), plain.close()]);
  } finally {
    await demo.stop();
  }
});

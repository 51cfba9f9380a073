/** Reading, registering and writing a message with JavaScript off. */
import { register } from './people.ts';
import { HOSTILE, SESSIONS, SIDE, STAGE } from './schedule.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ javaScriptEnabled: false });

test('the programme reads without JavaScript, from the front door to a speaker', async ({
  page,
}) => {
  await page.goto('/');
  await page
    .getByRole('link', { name: /Journey Summit/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Journey Summit');
  await page
    .getByRole('navigation', { name: 'This event' })
    .getByRole('link', { name: 'Schedule' })
    .click();
  await expect(page.getByRole('link', { name: SESSIONS.next.title }).first()).toBeVisible();
  await page.getByRole('link', { name: 'As a list' }).click();
  await page.getByRole('link', { name: SESSIONS.now.title }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(SESSIONS.now.title);
  await page
    .getByRole('link', { name: /Ada Lindqvist/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Ada Lindqvist');
  await page.goto(`/${EVENT}/stage/${STAGE.slug}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('the filter is a form whose answer has an address', async ({ page }) => {
  await page.goto(`/${EVENT}/schedule/?by=list&q=lanterns`);
  await expect(page.getByRole('link', { name: SESSIONS.next.title }).first()).toBeVisible();
  await expect(
    page.getByRole('list').getByRole('link', { name: SESSIONS.before.title }),
  ).toHaveCount(0);
});

test('words of a programme stay words', async ({ page }) => {
  await page.goto(`/${EVENT}/schedule/?by=list`);
  await page.getByRole('link', { name: HOSTILE }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(HOSTILE);
  // A programme may bring harmless markup in its abstracts; never a picture from elsewhere or a handler.
  await expect(page.locator('main img, [onerror]')).toHaveCount(0);
  await expect(page.getByText(SIDE.name).first()).toBeVisible();
});

test('a person registers, writes and reacts by forms', async ({ page, hallway }) => {
  await register(page, hallway, 'Nora Noether', 'nora@example.org');
  await page.goto(`/${EVENT}/chat/`);
  const channels = page.getByRole('main').getByRole('heading', { level: 3 });
  await channels.getByRole('link').first().click();
  await page.getByRole('textbox', { name: /^Write to/ }).fill('By form, *plainly* <b>x</b>');
  await page.getByRole('button', { name: 'Send' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'By form' }).last();
  await expect(row).toContainText('Nora Noether');
  await expect(row.locator('em')).toHaveText('plainly');
  await expect(row).toContainText('<b>x</b>');
  await row.locator('.react summary').click();
  await row.getByRole('button', { name: '🎉' }).click();
  const reacted = page.getByRole('listitem').filter({ hasText: 'By form' }).last();
  await expect(reacted.getByRole('button', { name: /🎉\s*1/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
});

test('a used link says what to do next', async ({ page, hallway }) => {
  await register(page, hallway, 'Otto Once', 'otto@example.org');
  const path = await hallway.mailedPath('otto@example.org');
  await page.context().clearCookies();
  await page.goto(path);
  // Looking consumes nothing; pressing a spent link's button is told the truth.
  const button = page.getByRole('button', { name: /^(Sign in|Confirm and come in)$/ });
  if (await button.count()) await button.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link no longer works');
});

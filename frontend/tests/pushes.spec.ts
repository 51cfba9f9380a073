/** Being told: a browser asks for it, is counted, and is let go; quiet hours are a form. */
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, register } from './people.ts';
import { watch } from './policy.ts';
import { expect, test } from './server.ts';

test.use({ house: 'journey' });

test('a browser is told from a click on, and no more after another', async ({
  browser,
  hallway,
}) => {
  const context = await browser.newContext({
    baseURL: hallway.origin,
    permissions: ['notifications'],
  });
  // No push service is reached from here: what it would give is given instead.
  await context.addInitScript(() => {
    const made = {
      endpoint: 'https://push.example/1',
      toJSON: () => ({
        endpoint: 'https://push.example/1',
        keys: {
          p256dh:
            'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
      }),
    };
    PushManager.prototype.subscribe = () => Promise.resolve(made as unknown as PushSubscription);
  });
  const page = await context.newPage();
  const faults = watch(page);
  await register(page, hallway, 'Tilda Told', 'tilda-told@example.org');
  await page.goto('/account/');
  await island(page, 'push');
  const section = page.getByRole('region', { name: 'Being told' });
  await section.getByRole('button', { name: 'Tell this browser' }).focus();
  await page.keyboard.press('Enter');
  await expect(
    section.getByRole('button', { name: 'Do not tell this browser any more' }),
  ).toBeFocused();
  const worker = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return new URL(registration.active?.scriptURL ?? '', location.href).pathname;
  });
  expect(worker).toBe('/push.js');
  await expectAccessible(page, 'the account of somebody who is told');
  await page.reload();
  await expect(section).toContainText('1 browser is told.');
  await section.getByRole('button', { name: 'Tell none of them' }).click();
  await expect(section).not.toContainText('is told.');
  await island(page, 'push');
  await expect(section.getByRole('button', { name: 'Tell this browser' })).toBeVisible();
  await page.setViewportSize({ width: 320, height: 640 });
  await expectOneWayScroll(page, 'the account at 320 px');
  faults.expectNone();
});

test('quiet hours are set, mended and taken back without JavaScript', async ({
  browser,
  hallway,
}) => {
  const context = await browser.newContext({ baseURL: hallway.origin, javaScriptEnabled: false });
  const page = await context.newPage();
  await register(page, hallway, 'Quinn Quiet', 'quinn-quiet@example.org');
  await page.goto('/account/');
  const section = page
    .getByRole('region', { name: 'Being told' })
    .locator('form', { has: page.getByLabel('Quiet from') });
  await expect(page.getByRole('region', { name: 'Being told' })).toContainText(
    'This needs JavaScript.',
  );
  await section.getByLabel('Quiet from').fill('22:00');
  await section.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Quiet from')).toHaveAccessibleDescription(/two different times/);
  await expect(section.getByLabel('Quiet from')).toHaveValue('22:00');
  await section.getByLabel('Quiet until').fill('07:30');
  await section.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/account\/\?done=/);
  await page.goto('/account/');
  await expect(section.getByLabel('Quiet until')).toHaveValue('07:30');
  await section.getByLabel('Quiet from').fill('');
  await section.getByLabel('Quiet until').fill('');
  await section.getByRole('button', { name: 'Save' }).click();
  await page.goto('/account/');
  await expect(section.getByLabel('Quiet from')).toHaveValue('');
});

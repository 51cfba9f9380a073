/** Going live from a browser: from the desk to the studio, onto the stage, and off again. */
import { examine } from './axe.ts';
import { island, signIn } from './people.ts';
import { expectMovingPixels, expectSound } from './pixels.ts';
import { watch } from './policy.ts';
import { STAGE } from './schedule.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'studio' });
test.describe.configure({ timeout: 180_000 });

const DESK = `/${EVENT}/organise/stage/${STAGE.slug}/`;
const GOOD = 'Picture and sound arrive as they should.';
const OFF = 'Nobody is sending a picture.';

test('a producer goes live from the browser, and the audience sees it', async ({
  page,
  hallway,
  browser,
}) => {
  await hallway.command('user', 'create', '--email', 'pina@example.org', '--name', 'Pina');
  await hallway.command(
    ...['user', 'grant', '--email', 'pina@example.org', '--event', EVENT, '--role', 'producer'],
  );
  await signIn(page, hallway, 'pina@example.org');
  const context = { baseURL: hallway.origin };
  const reader = await (await browser.newContext(context)).newPage();
  const desk = await page.context().newPage();
  const faults = [reader, desk].map(watch);
  const preview = page.getByLabel('What you send, without its sound');
  const told = page.locator('[data-island=studio]').getByRole('status').first();

  await test.step('nothing is sent while camera and microphone are checked', async () => {
    await page.goto(DESK);
    await page.getByRole('link', { name: 'Send from this browser' }).click();
    await island(page, 'studio');
    await expect(told).toContainText('Nothing is being sent.');
    await examine(page, 'a studio that has asked for nothing');
    await page.getByRole('button', { name: 'Check camera and microphone' }).click();
    await expect(page.getByRole('button', { name: 'Go live' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Your picture and sound' })).toBeFocused();
    await expectMovingPixels(preview);
    expect(await preview.evaluate((video: HTMLVideoElement) => video.muted)).toBe(true);
    // The microphone of the test beeps each second.
    await expect
      .poll(() =>
        page.getByLabel('Level of the microphone').evaluate((it) => 'value' in it && it.value),
      )
      .toBeGreaterThan(0.2);
    await examine(page, 'a studio that is ready');
    await desk.goto(DESK);
    await island(desk, 'desk');
    await expect(desk.getByText(OFF)).toBeVisible();
  });

  await test.step('the stage shows what the camera sees', async () => {
    await page.getByRole('button', { name: 'Go live' }).click();
    await expect(told).toContainText('You are live');
    await expect(desk.getByText(GOOD)).toBeVisible();
    await examine(page, 'a studio that is live');
    await reader.goto(`/${EVENT}/stage/${STAGE.slug}`);
    await reader.getByRole('button', { name: 'Watch', exact: true }).click({ timeout: 30_000 });
    const video = reader.locator('video');
    const at = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
    await expectMovingPixels(video);
    await expectSound(video);
    const before = await at();
    await expect.poll(at).toBeGreaterThan(before + 2);
  });

  await test.step('who is muted stays on the stage', async () => {
    const mute = page.getByRole('button', { name: 'Mute microphone' });
    await mute.click();
    await expect(mute).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByText('The microphone is muted.')).toBeVisible();
    await expectMovingPixels(reader.locator('video'));
    await expect(desk.getByText(GOOD)).toBeVisible();
  });

  await test.step('stopping ends it at once', async () => {
    await page.getByRole('button', { name: 'Stop sending' }).click();
    await expect(told).toContainText('Nothing is being sent yet.');
    await expect(desk.getByText(OFF)).toBeVisible();
  });
  for (const each of faults) each.expectNone();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what it needs, and shows the way to the desk', async ({ page, hallway }) => {
    await hallway.command('user', 'create', '--email', 'pola@example.org', '--name', 'Pola');
    await hallway.command(
      ...['user', 'grant', '--email', 'pola@example.org', '--event', EVENT, '--role', 'producer'],
    );
    await signIn(page, hallway, 'pola@example.org');
    await page.goto(`/${EVENT}/organise/stage/${STAGE.slug}/studio`);
    await expect(page.getByText('Sending from this page needs JavaScript')).toBeVisible();
    await page.getByRole('link', { name: 'To the desk' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Desk: ${STAGE.name}`);
  });
});

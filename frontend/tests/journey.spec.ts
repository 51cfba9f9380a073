/**
 * The walking skeleton's journey: import, register by the mailed link, talk to
 * each other, watch a stage that a publisher sends to, and the recording after.
 */
import { publish, type Publisher } from './publisher.ts';
import { island, register, signIn } from './people.ts';
import { expectMovingPixels, expectSound } from './pixels.ts';
import { watch } from './policy.ts';
import { SESSIONS, STAGE } from './schedule.ts';
import { EVENT, expect, test } from './server.ts';

const STAGE_PATH = `/${EVENT}/stage/${STAGE.slug}`;
/** The recording is promised within this time after the session's end. */
const RECORDING_MS = 10_000;

test.use({ house: 'journey' });
test.describe.configure({ timeout: 240_000 });

test('from registration to replay', async ({ browser, hallway }) => {
  const context = { baseURL: hallway.origin };
  const alice = await (await browser.newContext(context)).newPage();
  const bob = await (await browser.newContext(context)).newPage();
  const producer = await (await browser.newContext(context)).newPage();
  const faults = [alice, bob, producer].map(watch);
  let publisher: Publisher | undefined;
  let streamKey = '';
  let started = 0;
  let ended = 0;

  try {
    await test.step('two people register by the mailed link', async () => {
      await register(alice, hallway, 'Alice Ampère', 'alice@example.org');
      await register(bob, hallway, 'Bob Bolzano', 'bob@example.org');
    });

    await test.step('they talk and react in the chat of what is on', async () => {
      for (const page of [alice, bob]) {
        await page.goto(STAGE_PATH);
        await island(page, 'chat');
      }
      const words = `Hello from the doors ${Date.now()}`;
      await alice.getByRole('textbox', { name: 'Your message' }).fill(`${words} **bold**`);
      await alice.getByRole('textbox', { name: 'Your message' }).press('Enter');
      const seen = (page: typeof alice) =>
        page
          .getByRole('list', { name: 'Messages' })
          .getByRole('listitem')
          .filter({ hasText: words });
      await expect(seen(bob)).toContainText('Alice Ampère');
      await expect(seen(bob).locator('strong', { hasText: 'bold' })).toBeVisible();
      await expect(seen(alice)).toHaveCount(1);

      await seen(bob).hover();
      await seen(bob).getByRole('button', { name: 'React', exact: true }).click();
      await bob.getByRole('button', { name: /^React with .*👍/ }).click();
      const thumbs = (page: typeof alice) => seen(page).getByRole('button', { name: /^\P{L}*👍/u });
      await expect(thumbs(bob)).toHaveAttribute('aria-pressed', 'true');
      await expect(thumbs(alice)).toHaveAttribute('aria-pressed', 'false');
      await thumbs(alice).click();
      await expect(thumbs(bob)).toContainText('2');
      await thumbs(bob).click();
      await expect(thumbs(alice)).toContainText('1');
      await expect(thumbs(bob)).toHaveAttribute('aria-pressed', 'false');

      // A fresh page shows the same: nothing was only in the browser.
      await bob.reload();
      await island(bob, 'chat');
      await expect(thumbs(bob)).toContainText('1');
    });

    await test.step('the stage goes live by itself and is watched', async () => {
      await expect(alice.getByRole('button', { name: 'Watch', exact: true })).toHaveCount(0);
      streamKey = await hallway.command('stage', 'key', '--event', EVENT, '--room', STAGE.slug);
      publisher = publish(hallway.rtmp, streamKey);
      await alice.getByRole('button', { name: 'Watch', exact: true }).click({ timeout: 30_000 });
      await expectMovingPixels(alice.locator('video'));
      await expectSound(alice.locator('video'));
      await expect(bob.getByText(/watching/).first()).toBeVisible();
    });

    await test.step('the line breaks, and the picture goes on by itself', async () => {
      await publisher?.lose();
      publisher = publish(hallway.rtmp, streamKey);
      const video = alice.locator('video');
      const at = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
      const before = await at();
      await expect.poll(at, { timeout: 30_000 }).toBeGreaterThan(before + 6);
      await expectMovingPixels(video);
      await expect(alice.getByText('This broadcast has ended.')).toHaveCount(0);
    });

    await test.step('the producer starts and ends the session', async () => {
      await hallway.command('user', 'create', '--email', 'pia@example.org', '--name', 'Pia');
      await hallway.command(
        ...['user', 'grant', '--email', 'pia@example.org', '--event', EVENT, '--role', 'producer'],
      );
      await signIn(producer, hallway, 'pia@example.org');
      await producer.goto(`/${EVENT}/organise/stage/${STAGE.slug}/`);
      await expect(producer.getByText('Picture and sound arrive as they should.')).toBeVisible();
      // Bob has the session's page open from before its start until after its end.
      await bob.goto(`/${EVENT}/schedule/?by=list`);
      await bob.getByRole('link', { name: SESSIONS.now.title }).first().click();
      await expect(bob.locator('[data-island=fresh][data-ready]')).toBeVisible();
      started = Date.now();
      await producer.getByRole('button', { name: `Start ${SESSIONS.now.title}` }).click();
      const end = producer.getByRole('button', { name: `End ${SESSIONS.now.title}` });
      await expect(end).toBeVisible();
      await expect(bob.getByText('This is live now.')).toBeVisible();
      const time = () =>
        alice.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
      const from = await time();
      await expect.poll(time, { timeout: 40_000 }).toBeGreaterThan(from + 8);
      ended = Date.now();
      await end.click();
      await expect(end).toHaveCount(0);
    });

    await test.step('its recording plays on its page within ten seconds, without a reload', async () => {
      // The page waits for the recording, or has it already.
      const button = bob.getByRole('button', { name: /^Watch( the recording)?$/ });
      await expect(button).toBeVisible({ timeout: RECORDING_MS });
      await button.click();
      await expectMovingPixels(bob.locator('video'));
      expect(Date.now() - ended).toBeLessThan(RECORDING_MS);
      await expectSound(bob.locator('video'));
      const length = await bob
        .locator('video')
        .evaluate((video: HTMLVideoElement) => video.duration);
      // The session alone, from the keyframe before its start: not the whole broadcast.
      expect(length).toBeGreaterThan(7.5);
      expect(length).toBeLessThan((ended - started) / 1_000 + 4);
      // Who is still at the stage is offered it there.
      await expect(alice.getByRole('button', { name: 'Watch the recording' })).toBeVisible();
    });
  } finally {
    await publisher?.stop();
  }
  for (const each of faults) each.expectNone();
});

test('words written while the connection is lost are sent when it is back', async ({
  browser,
  hallway,
}) => {
  const context = await browser.newContext({ baseURL: hallway.origin });
  const page = await context.newPage();
  await register(page, hallway, 'Carla Cantor', 'carla@example.org');
  // A proxy that the test can cut stands between the page and the live connection.
  let cut = false;
  let sever: () => void = () => undefined;
  await page.routeWebSocket('**/live', (socket) => {
    if (cut) return void socket.close();
    const server = socket.connectToServer();
    sever = () => {
      void socket.close();
      void server.close();
    };
  });
  // So is the way around, which the page takes where sockets are blocked.
  await page.route('**/live/**', (route) => (cut ? route.abort() : route.continue()));
  await page.goto(STAGE_PATH);
  await island(page, 'chat');
  const messages = page.getByRole('list', { name: 'Messages' });
  const field = page.getByRole('textbox', { name: 'Your message' });
  await field.fill('Before the cut');
  await field.press('Enter');
  await expect(messages.getByRole('listitem').filter({ hasText: 'Before the cut' })).toContainText(
    'Carla Cantor',
  );
  cut = true;
  sever();
  await expect(page.getByText('The connection is lost.')).toBeVisible();
  await field.fill('During the cut');
  await field.press('Enter');
  await expect(messages.getByText('not sent yet')).toBeVisible();
  cut = false;
  const sent = messages.getByRole('listitem').filter({ hasText: 'During the cut' });
  await expect(sent).toContainText('Carla Cantor', { timeout: 40_000 });
  await expect(sent).toHaveCount(1);
  await expect(page.getByText('The connection is lost.')).toHaveCount(0);
  await context.close();
});

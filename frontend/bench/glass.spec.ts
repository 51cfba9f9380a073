/**
 * From the publisher's picture to the viewer's screen: in by RTMP or from the
 * studio (WHIP), out by low-latency HLS, hls.js in Chromium. Prints one JSON line;
 * `cargo xtask bench stage` reads it.
 */
import { ageOfPicture, clockForCamera, publishClock } from '../tests/clocks.ts';
import { signIn } from '../tests/people.ts';
import { STAGE } from '../tests/schedule.ts';
import { EVENT, Hallway } from '../tests/server.ts';
import { expect, test, type Browser } from '@playwright/test';

const RUNS = Number(process.env.GLASS_RUNS ?? '5');
const SECONDS = Number(process.env.GLASS_SECONDS ?? '60');
/** Until the player plays at its distance from the edge. */
const SETTLE_MS = 10_000;
const EVERY_MS = 100;
const PRODUCER = 'pina@example.org';

type Stop = () => Promise<void>;
type Begin = (hallway: Hallway, browser: Browser) => Promise<Stop>;

const byRtmp: Begin = async (hallway) => {
  const key = await hallway.command('stage', 'key', '--event', EVENT, '--room', STAGE.slug);
  return publishClock(hallway.rtmp, key).stop;
};

const byWhip: Begin = async (hallway, browser) => {
  await hallway.command('user', 'create', '--email', PRODUCER, '--name', 'Pina');
  const grant = ['user', 'grant', '--email', PRODUCER, '--event', EVENT, '--role', 'producer'];
  await hallway.command(...grant);
  const page = await browser.newPage({ baseURL: hallway.origin });
  await clockForCamera(page);
  await signIn(page, hallway, PRODUCER);
  await page.goto(`/${EVENT}/organise/stage/${STAGE.slug}/studio`);
  await page.getByRole('button', { name: 'Check camera and microphone' }).click();
  await page.getByRole('button', { name: 'Go live' }).click();
  return () => page.close();
};

for (const [way, begin] of Object.entries({ rtmp: byRtmp, whip: byWhip })) {
  test.describe(way, () => {
    const ages: number[] = [];
    let unreadable = 0;

    for (let number = 1; number <= RUNS; number += 1) {
      test(`run ${number}`, async ({ browser }) => {
        test.setTimeout(SETTLE_MS + SECONDS * 1_000 + 60_000);
        const hallway = await Hallway.start('serve', 'glass');
        const stop = await begin(hallway, browser);
        try {
          const page = await browser.newPage({ baseURL: hallway.origin });
          await page.goto(`/${EVENT}/stage/${STAGE.slug}`);
          await page.getByRole('button', { name: 'Watch', exact: true }).click({ timeout: 30_000 });
          const video = page.locator('video');
          await expect.poll(() => ageOfPicture(video), { timeout: 30_000 }).not.toBeNull();
          await page.waitForTimeout(SETTLE_MS);
          const until = Date.now() + SECONDS * 1_000;
          while (Date.now() < until) {
            const age = await ageOfPicture(video);
            if (age === null) unreadable += 1;
            else ages.push(age);
            await page.waitForTimeout(EVERY_MS);
          }
        } finally {
          await stop();
          await hallway.stop();
        }
      });
    }

    test.afterAll(() => {
      ages.sort((a, b) => a - b);
      const at = (part: number) => ages[Math.max(0, Math.ceil(ages.length * part) - 1)] ?? null;
      const told = { samples: ages.length, unreadable, p50_ms: at(0.5), p95_ms: at(0.95) };
      process.stdout.write(
        `GLASS ${way} ${JSON.stringify({ runs: RUNS, seconds: SECONDS, ...told })}\n`,
      );
    });
  });
}

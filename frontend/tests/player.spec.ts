/**
 * The player island by itself, under the strict policy, on a recording that
 * ffmpeg makes: no server of ours is needed, so a failure here is the island's.
 */
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { host, mountPoint, type Host } from './host.ts';
import { expectMovingPixels, expectSound } from './pixels.ts';
import { watch } from './policy.ts';

let folder: string;
let island: Host;

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallway-player-'));
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440', '-t', '30', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-c:a', 'aac'],
    ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '2', '-hls_playlist_type', 'vod'],
    join(folder, 'index.m3u8'),
  ]);
  // The same offered as a stage is: all of it, or the sound by itself.
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-i', join(folder, 'index.m3u8'), '-vn', '-c:a', 'copy'],
    ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_fmp4_init_filename', 'audio-init.mp4'],
    ...['-hls_time', '2', '-hls_playlist_type', 'vod', join(folder, 'audio-live.m3u8')],
  ]);
  writeFileSync(
    join(folder, 'stage.m3u8'),
    `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360
index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS="mp4a.40.2"
audio-live.m3u8
`,
  );
  const props = { src: '/media/index.m3u8', live: false, title: 'A talk', topic: null, lang: 'en' };
  const fallback = '<a href="/media/index.m3u8">Open in a video player</a>';
  island = await host(mountPoint('player', props, fallback), folder);
});

test.afterAll(() => {
  island.close();
  rmSync(folder, { recursive: true });
});

test('a recording plays on the reader’s word, with picture and sound', async ({ page }) => {
  const faults = watch(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(island.origin);
  await expect(page.locator('[data-island=player][data-ready]')).toBeVisible();
  expect(requests.filter((path) => path.includes('playback') || path.includes('media'))).toEqual(
    [],
  );
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  const video = page.locator('video');
  await expectMovingPixels(video);
  await expectSound(video);
  faults.expectNone();
});

test('keys and controls do what they say', async ({ page }) => {
  const faults = watch(page);
  await page.goto(island.origin);
  await page.getByRole('button', { name: 'Watch', exact: true }).press('Enter');
  const video = page.locator('video');
  const get = <Key extends keyof HTMLVideoElement>(key: Key) =>
    video.evaluate((element, key) => (element as HTMLVideoElement)[key as Key], key as string);
  await expect.poll(() => get('currentTime')).toBeGreaterThan(0.2);

  await page.getByRole('button', { name: 'Mute' }).click();
  await expect(page.getByRole('button', { name: 'Mute' })).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => get('muted')).toBe(true);
  await page.keyboard.press('m');
  await expect.poll(() => get('muted')).toBe(false);

  await page.keyboard.press('k');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await expect.poll(() => get('paused')).toBe(true);

  await page.getByRole('slider', { name: 'Position' }).fill('20');
  await expect.poll(() => get('currentTime')).toBe(20);
  await page.getByRole('button', { name: 'Mute' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => get('currentTime')).toBe(15);
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('2');
  await expect.poll(() => get('playbackRate')).toBe(2);

  await page.keyboard.press('k');
  await expect(page.getByText('The recording is over.')).toBeVisible({ timeout: 20_000 });
  faults.expectNone();
});

test('a playlist that is gone is told, and tried again by itself', async ({ page }) => {
  let broken = true;
  await page.route('**/media/index.m3u8', (route) =>
    broken ? route.fulfill({ status: 503 }) : route.continue(),
  );
  await page.goto(island.origin);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await expect(page.getByText('The picture cannot be loaded.')).toBeVisible({ timeout: 40_000 });
  broken = false;
  await page.getByRole('button', { name: 'Try again now' }).click();
  await expectMovingPixels(page.locator('video'));
});

test('a stage is heard without its picture, and the choice is kept', async ({ page }) => {
  const faults = watch(page);
  const props = {
    src: '/media/stage.m3u8',
    live: true,
    on_air: true,
    title: 'A stage',
    lang: 'en',
  };
  const stage = await host(mountPoint('player', { ...props, topic: null }, ''), folder);
  const media: string[] = [];
  page.on('request', (request) => media.push(new URL(request.url()).pathname));
  await page.goto(stage.origin);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  const video = page.locator('video');
  await expectMovingPixels(video);
  const quality = page.getByRole('combobox', { name: 'Quality' });
  await expect(quality.getByRole('option')).toHaveText([
    'Picture and sound',
    /^Sound only: saves .?1,300.? MB an hour$/,
  ]);

  await quality.selectOption('sound');
  await expect(page.getByText('Sound only. Choose')).toBeVisible();
  await expect
    .poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth))
    .toBe(0);
  await expectSound(video);

  await page.reload();
  media.length = 0;
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await expectSound(video);
  await expect(quality).toHaveValue('sound');
  expect(media).not.toContain('/media/index.m3u8');
  expect(media).toContain('/media/audio-live.m3u8');

  await quality.selectOption('source');
  await expectMovingPixels(video);
  stage.close();
  faults.expectNone();
});

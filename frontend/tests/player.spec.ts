/**
 * The player island by itself, under the strict policy, on a recording that
 * ffmpeg makes: no server of ours is needed, so a failure here is the island's.
 */
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { expectMovingPixels, expectSound } from './pixels.ts';
import { POLICY, watch } from './policy.ts';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/mp4',
  '.mp4': 'video/mp4',
};

let folder: string;
let server: Server;
let origin: string;

function page(): string {
  const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8')) as Record<
    string,
    { file: string }
  >;
  const props = JSON.stringify({
    src: '/media/index.m3u8',
    live: false,
    title: 'A talk',
    topic: null,
    lang: 'en',
  });
  return `<!doctype html><html lang="en"><title>Player</title><body>
    <div data-island="player" data-props='${props}'><a href="/media/index.m3u8">playlist</a></div>
    <script type="module" src="/${manifest['src/entry.ts']?.file}"></script>`;
}

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallway-player-'));
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440', '-t', '12', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-c:a', 'aac'],
    ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', '2', '-hls_playlist_type', 'vod'],
    join(folder, 'index.m3u8'),
  ]);
  server = createServer((request, response) => {
    const path = normalize(request.url ?? '/');
    if (path === '/') {
      response.setHeader('content-security-policy', POLICY);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page());
      return;
    }
    const file = path.startsWith('/media/') ? join(folder, path.slice(7)) : join('dist', path);
    try {
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test.afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test('a recording plays on the reader’s word, with picture and sound', async ({ page }) => {
  const faults = watch(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(origin);
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
  await page.goto(origin);
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

  await page.getByRole('slider', { name: 'Position' }).fill('8');
  await expect.poll(() => get('currentTime')).toBe(8);
  await page.getByRole('button', { name: 'Mute' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => get('currentTime')).toBe(3);
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
  await page.goto(origin);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await expect(page.getByText('The picture cannot be loaded.')).toBeVisible({ timeout: 40_000 });
  broken = false;
  await page.getByRole('button', { name: 'Try again now' }).click();
  await expectMovingPixels(page.locator('video'));
});

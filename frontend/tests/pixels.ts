/** What a video really shows and sounds like: pixels and decoded bytes, not events. */
import { expect, type Locator } from '@playwright/test';

/** The picture, 64 by 36 pixels, as grey values from 0 to 255. */
async function picture(video: Locator): Promise<number[]> {
  return video.evaluate((element: HTMLVideoElement) => {
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 36;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(element, 0, 0, 64, 36);
    const { data } = context.getImageData(0, 0, 64, 36);
    const grey: number[] = [];
    for (let i = 0; i < data.length; i += 4) {
      grey.push(((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0)) / 3);
    }
    return grey;
  });
}

/** How bright on average, and how much of the picture differs clearly. */
function compare(a: number[], b: number[]): { spread: number; changed: number } {
  const changed = a.filter((value, i) => Math.abs(value - (b[i] ?? 0)) > 24).length / a.length;
  return { spread: Math.max(...b) - Math.min(...b), changed };
}

/** Waits until the video shows a picture with light and dark in it that moves. */
export async function expectMovingPixels(video: Locator): Promise<void> {
  let before = await picture(video);
  await expect
    .poll(
      async () => {
        const after = await picture(video);
        const { spread, changed } = compare(before, after);
        before = after;
        return spread > 60 && changed > 0.002;
      },
      { message: 'the picture has contrast and moves', timeout: 30_000, intervals: [400] },
    )
    .toBe(true);
}

/** Waits until sound has been decoded, and more of it later. */
export async function expectSound(video: Locator): Promise<void> {
  const bytes = () =>
    video.evaluate(
      (element) =>
        (element as HTMLVideoElement & { webkitAudioDecodedByteCount: number })
          .webkitAudioDecodedByteCount,
    );
  await expect.poll(bytes, { message: 'sound is decoded' }).toBeGreaterThan(0);
  const first = await bytes();
  await expect.poll(bytes, { message: 'sound goes on' }).toBeGreaterThan(first);
}

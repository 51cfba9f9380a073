/**
 * Pictures in the chat: chosen, pasted and dropped, described, seen by others, opened
 * larger, taken back; and by the form of a page without JavaScript.
 */
import type { Locator, Page } from '@playwright/test';
import { Buffer } from 'node:buffer';
import { deflateSync, crc32 } from 'node:zlib';
import { expectAccessible, expectOneWayScroll } from './axe.ts';
import { island, signIn } from './people.ts';
import { EVENT, expect, test, type Hallway } from './server.ts';

test.use({ house: 'images' });
test.describe.configure({ timeout: 120_000 });

const CHANNEL = `/${EVENT}/chat/lobby`;

/** A PNG of 1,200 by 800 pixels, the left of it red and the right of it blue. */
function png(): Buffer {
  const [width, height] = [1_200, 800];
  const line = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) line[1 + x * 3 + (x < width / 2 ? 0 : 2)] = 220;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(Array<Buffer>(height).fill(line)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
const PNG = { name: 'door.png', mimeType: 'image/png', buffer: png() };

/** Somebody with a part in the event, of whom nothing is asked that is asked of newcomers. */
async function come(page: Page, hallway: Hallway, name: string): Promise<void> {
  const email = `images-${name.toLowerCase()}@example.org`;
  const made = ['user', 'create', '--email', email, '--name', name];
  await hallway.command(...made);
  await hallway.command(
    ...['user', 'grant', '--email', email, '--role', 'attendee'],
    '--event',
    EVENT,
  );
  await signIn(page, hallway, email);
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Your message' });
const ready = (page: Page, count: number) =>
  expect(page.getByText(new RegExp(`${count}.* of .*${count}.* pictures ready`))).toBeVisible();
/** Whether the browser shows a picture's pixels. */
const drawn = (image: Locator) =>
  expect
    .poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth))
    .toBeGreaterThan(0);

test('a picture is chosen, described, said, seen and opened larger', async ({
  browser,
  hallway,
}) => {
  const context = { baseURL: hallway.origin };
  const [alices, bobs] = [await browser.newContext(context), await browser.newContext(context)];
  const [alice, bob] = [await alices.newPage(), await bobs.newPage()];
  await come(alice, hallway, 'Alice');
  for (const page of [alice, bob]) {
    await page.goto(CHANNEL);
    await island(page, 'chat');
  }
  const choosing = alice.waitForEvent('filechooser');
  await alice.getByRole('button', { name: 'Add pictures' }).click();
  await (await choosing).setFiles([PNG, PNG]);
  await ready(alice, 2);
  await alice.getByRole('textbox', { name: /^What picture .*1.* shows/ }).fill('A red door');
  await expectAccessible(alice, 'the field with two pictures');
  await alice.getByRole('button', { name: /^Remove picture .*2/ }).click();
  await expect(field(alice)).toBeFocused();
  await ready(alice, 1);
  const words = `Look at ${Date.now()}`;
  await field(alice).fill(words);
  await field(alice).press('Enter');
  await expect(alice.getByRole('button', { name: /^Remove picture/ })).toHaveCount(0);

  const row = bob.getByRole('listitem').filter({ hasText: words }).last();
  const image = row.getByRole('img', { name: 'A red door' });
  await expect(image).toBeVisible();
  await drawn(image);
  // Room was kept for it, so that the list does not jump.
  await expect(image).toHaveAttribute('width', '480');
  await expect(image).toHaveAttribute('height', '320');
  await expectAccessible(bob, 'a channel with a picture');
  await bob.setViewportSize({ width: 320, height: 640 });
  await expectOneWayScroll(bob, 'a channel with a picture');

  const opening = bob.waitForEvent('popup');
  await row.getByRole('link', { name: 'A red door' }).click();
  const large = await opening;
  await large.waitForLoadState();
  expect(new URL(large.url()).pathname).toMatch(/^\/images\/[\w-]+\/large$/);
  const width = await large.evaluate(() => document.querySelector('img')?.naturalWidth);
  expect(width).toBe(1_200);

  // Without JavaScript it stands there just so.
  const plain = await browser.newContext({ ...context, javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto(CHANNEL);
  await expect(page.getByRole('img', { name: 'A red door' })).toBeVisible();
  await Promise.all([alices, bobs, plain].map((context) => context.close()));
});

test('a picture is pasted or dropped, and what is none is told', async ({ browser, hallway }) => {
  // A page of its own: the browser says in its console that the server refused a file.
  const context = await browser.newContext({ baseURL: hallway.origin });
  const page = await context.newPage();
  await come(page, hallway, 'Paula');
  await page.goto(CHANNEL);
  await island(page, 'chat');
  await field(page).focus();
  const give = (type: 'paste' | 'drop', name: string, bytes: Buffer) =>
    field(page).evaluate(
      (element, { type, name, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], name, { type: 'image/png' }));
        const init = { bubbles: true, cancelable: true };
        element.dispatchEvent(
          type === 'paste'
            ? new ClipboardEvent('paste', { ...init, clipboardData: data })
            : new DragEvent('drop', { ...init, dataTransfer: data }),
        );
      },
      { type, name, base64: bytes.toString('base64') },
    );
  await give('paste', 'image.png', PNG.buffer);
  await ready(page, 1);
  await give('drop', 'dropped.png', PNG.buffer);
  await ready(page, 2);
  await give('drop', 'words.png', Buffer.from('<svg onload="alert(1)"/>'));
  await expect(page.getByRole('alert')).toContainText('This cannot be shown here');
  await expectAccessible(page, 'the field with a picture that is none');
  // Nothing leaves while something is not there.
  await field(page).press('Enter');
  await expect(page.getByText('Your pictures are not all there yet')).toBeVisible();
  await page.getByRole('button', { name: /^Remove picture .*3/ }).click();
  await ready(page, 2);
  // No words are needed.
  await field(page).press('Enter');
  const images = page.getByRole('list', { name: 'Messages' }).getByRole('img');
  await expect(images).toHaveCount(await images.count());
  await expect(page.getByRole('img', { name: /^A picture by .*Paula/ })).toHaveCount(2);
  await drawn(page.getByRole('img', { name: /^A picture by .*Paula/ }).first());
  await context.close();
});

test('the form of a page whose scripts do not come is accessible', async ({ browser, hallway }) => {
  const context = await browser.newContext({ baseURL: hallway.origin });
  const page = await context.newPage();
  await come(page, hallway, 'Fiona');
  await page.route('**/*.js', (route) => route.abort());
  await page.goto(CHANNEL);
  await page.getByText('Add up to 4 pictures').click();
  await expect(page.getByLabel('Picture 4')).toBeVisible();
  await expectAccessible(page, 'the form with pictures');
  await page.setViewportSize({ width: 320, height: 640 });
  await expectOneWayScroll(page, 'the form with pictures');
  await context.close();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a form sends a picture', async ({ page, hallway }) => {
    await come(page, hallway, 'Nora');
    await page.goto(CHANNEL);
    await page.getByText('Add up to 4 pictures').click();
    await page.getByLabel('Picture 1').setInputFiles(PNG);
    await page.getByLabel('What it shows, for those who do not see it').first().fill('By form');
    await page.getByRole('button', { name: 'Send' }).click();
    const image = page.getByRole('img', { name: 'By form' });
    await expect(image).toBeVisible();
    await drawn(image);
    const row = page.locator('.message').filter({ has: image });
    await expect(row).toContainText('Nora');
    await page.getByText('Add up to 4 pictures').click();
    const words = { name: 'words.png', mimeType: 'image/png', buffer: Buffer.from('words') };
    await page.getByLabel('Picture 1').setInputFiles(words);
    await page.getByRole('textbox', { name: /^Write to/ }).fill('kept words');
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(page.getByText('Pictures are PNG, JPEG, WebP or GIF files')).toBeVisible();
    await expect(page.getByRole('textbox', { name: /^Write to/ })).toHaveValue('kept words');
  });
});

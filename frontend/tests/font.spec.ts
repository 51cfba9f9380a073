/** The look's own type: there for everyone, and never a cost for who saves data. */
import { EVENT, expect, test } from './server.ts';

test('pages are set in our font, and names from more of Europe too', async ({ page, hallway }) => {
  const fonts: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'font') fonts.push(new URL(request.url()).pathname);
  });
  await page.goto(`${hallway.origin}/${EVENT}/`);
  const [family] = await page.evaluate(() => [
    getComputedStyle(document.body).fontFamily.split(',')[0] ?? '',
  ]);
  expect(family).toContain('Atkinson Hyperlegible Next');
  await expect
    .poll(() => page.evaluate(() => [...document.fonts].map((face) => face.status).sort()))
    .toContain('loaded');
  expect(fonts.filter((path) => path.includes('-latin-wght-'))).toHaveLength(1);
  const failed = await page.evaluate(async () => {
    await document.fonts.load('1em "Atkinson Hyperlegible Next Variable"', 'Zieliński');
    return [...document.fonts].filter((face) => face.status === 'error').length;
  });
  expect(failed).toBe(0);
});

test('who saves data gets the system’s font and fetches none', async ({ browser, hallway }) => {
  const context = await browser.newContext({ extraHTTPHeaders: { 'save-data': 'on' } });
  const page = await context.newPage();
  const fonts: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'font') fonts.push(request.url());
  });
  await page.goto(`${hallway.origin}/${EVENT}/`);
  await expect(page.locator('html')).toHaveAttribute('data-font', 'system');
  await page.waitForLoadState('networkidle');
  expect(fonts).toEqual([]);
  await context.close();
});

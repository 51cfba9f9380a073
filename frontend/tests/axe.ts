/** axe-core on a page as it stands, by the rules of WCAG 2.0 to 2.2, A and AA. */
import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Expects no violation; each is told with its rule, place and reason. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (tags) => {
    const run = (window as unknown as { axe: typeof import('axe-core') }).axe.run;
    const results = await run(document, { runOnly: { type: 'tag', values: tags } });
    return results.violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary}`),
    );
  }, TAGS);
  expect(violations, what).toEqual([]);
}

/** Boxes that may scroll sideways by themselves (WCAG 1.4.10): text as its author laid it out. */
const OWN_SCROLL = 'pre, code';

/** Expects that nothing scrolls sideways, neither the page nor a box in it. */
export async function expectOneWayScroll(page: Page, what: string): Promise<void> {
  const wide = await page.evaluate((allowed) => {
    const root = document.documentElement;
    const boxes = [...document.body.querySelectorAll('*')].filter(
      (element) =>
        !element.matches(allowed) &&
        ['auto', 'scroll'].includes(getComputedStyle(element).overflowX) &&
        element.scrollWidth > element.clientWidth,
    );
    return [root, ...boxes]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} px`);
  }, OWN_SCROLL);
  expect(wide, `${what} scrolls sideways`).toEqual([]);
}

/** Expects both on a page as phones and desks show it, by day and by night. */
export async function examine(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await expectAccessible(page, `${what} ${colorScheme} ${width}`);
      await expectOneWayScroll(page, `${what} ${colorScheme} ${width}`);
    }
  }
}

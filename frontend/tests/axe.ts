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

/** Expects that nothing makes the page scroll sideways. */
export async function expectOneWayScroll(page: Page, what: string): Promise<void> {
  const over = await page.evaluate(() => {
    const root = document.documentElement;
    return root.scrollWidth - root.clientWidth;
  });
  expect(over, `${what} scrolls sideways by this many pixels`).toBeLessThanOrEqual(0);
}

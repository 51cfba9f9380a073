/** The policy every page is served with, and a watch that nothing goes wrong on a page. */
import { expect, type Page } from '@playwright/test';

export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "manifest-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html hallway-push',
].join('; ');

/**
 * Collects what goes wrong on a page: uncaught errors, errors in the console
 * (breaches of the policy are such), and pages served under another policy.
 */
export function watch(page: Page): { expectNone: () => void } {
  const wrong: string[] = [];
  /** Pages that were answered with a status of 4xx: the browser says so, and tests expect it. */
  const refused = new Set<string>();
  page.on('pageerror', (error) => wrong.push(error.stack ?? String(error)));
  page.on('response', (response) => {
    const { 'content-type': type = '', 'content-security-policy': policy } = response.headers();
    if (!response.request().isNavigationRequest() || !type.startsWith('text/html')) return;
    if (response.status() >= 400 && response.status() < 500) refused.add(response.url());
    if (policy !== POLICY) wrong.push(`${response.url()} is served under: ${policy}`);
  });
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    if (message.text().startsWith('Failed to load resource') && refused.has(url)) return;
    wrong.push(`${page.url()}: ${message.text()} (${url})`);
  });
  return { expectNone: () => expect(wrong).toEqual([]) };
}

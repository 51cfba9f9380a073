/** The policy every page is served with, and a watch that nothing breaks it. */
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
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

/** Collects what went wrong on a page: policy violations and uncaught errors. */
export function watch(page: Page): { expectNone: () => void } {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text())) {
      wrong.push(message.text());
    }
  });
  return { expectNone: () => expect(wrong).toEqual([]) };
}

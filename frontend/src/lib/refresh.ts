/**
 * Brings parts of a server-rendered page up to date without a second set of
 * templates: the page is fetched again and the marked parts are exchanged.
 */
import { startIslands } from './islands.ts';

/**
 * XMLHttpRequest parses HTML without running anything in it, and without the
 * sinks that trusted types watch (DOMParser and innerHTML are such).
 */
function fetchPage(url: string): Promise<Document> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.onload = () => {
      if (request.status === 200 && request.responseXML) resolve(request.responseXML);
      else reject(new Error(`the page answered ${request.status}`));
    };
    request.onerror = () => reject(new Error('the page could not be fetched'));
    request.send();
  });
}

/** Whether somebody has typed or ticked something here that is not sent yet. */
function touched(part: Element): boolean {
  return [...part.querySelectorAll('input, textarea')].some((field) =>
    field instanceof HTMLInputElement
      ? field.value !== field.defaultValue || field.checked !== field.defaultChecked
      : field instanceof HTMLTextAreaElement && field.value !== field.defaultValue,
  );
}

/** Whether a live part within is at work, which an exchange would end. */
function alive(part: Element): boolean {
  return part.querySelector('[data-island][data-ready]') !== null;
}

/** Finds what has the focus again after an exchange: by its form and its words. */
function nameOf(element: Element | null): string | null {
  if (!element) return null;
  const action = element.closest('form')?.getAttribute('action') ?? '';
  return `${element.tagName} ${element.getAttribute('href') ?? action} ${element.getAttribute('name') ?? ''}`;
}

/** Exchanges the content of each part that `selectors` find in both pages. */
export function exchange(selectors: string[], fresh: Document): void {
  for (const selector of selectors) {
    const now = document.querySelector(selector);
    const next = fresh.querySelector(selector);
    if (!now || !next || touched(now) || alive(now)) continue;
    const focused = now.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    now.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
    now.className = next.className;
    startIslands(now);
    if (focused === null) continue;
    const again = [...now.querySelectorAll<HTMLElement>('a, button, input, select')];
    again.find((element) => nameOf(element) === focused)?.focus();
  }
}

/**
 * A refresher of parts of this page. Wishes that come close together are one
 * fetch; `spread` is the longest random wait in milliseconds, so that a
 * thousand readers of one event do not all come back in the same second;
 * `after` is called after each exchange.
 */
export function refresher(
  selectors: string[],
  spread: number,
  after?: () => void,
): { soon: () => void } {
  let waiting = false;
  const run = async (): Promise<void> => {
    waiting = false;
    try {
      exchange(selectors, await fetchPage(location.href));
      after?.();
    } catch (reason) {
      // What is shown stays; the next event tries again.
      reportError(reason);
    }
  };
  return {
    soon: () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => void run(), Math.random() * spread);
    },
  };
}

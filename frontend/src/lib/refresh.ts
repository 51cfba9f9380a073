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

type Put = (selectors: string[], fresh: Document) => void;

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
    replace(now, next);
  }
}

function replace(now: Element, next: Element): void {
  const focused = now.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  now.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
  now.className = next.className;
  startIslands(now);
  if (focused === null) return;
  const again = [...now.querySelectorAll<HTMLElement>('a, button, input, select')];
  again.find((element) => nameOf(element) === focused)?.focus();
}

/**
 * The same where its reader asked for it: what they have typed goes along to the
 * fields that are still there.
 */
export function exchangeAndCarry(selectors: string[], fresh: Document): void {
  for (const selector of selectors) {
    const now = document.querySelector(selector);
    const next = fresh.querySelector(selector);
    if (!now || !next) continue;
    const typed = new Map(
      wordsIn(now)
        .filter((field) => field.value !== field.defaultValue)
        .map((field) => [nameOf(field), field.value]),
    );
    replace(now, next);
    for (const field of wordsIn(now)) field.value = typed.get(nameOf(field)) ?? field.value;
  }
}

function wordsIn(part: Element): (HTMLInputElement | HTMLTextAreaElement)[] {
  return [
    ...part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea'),
  ].filter((field) => !['hidden', 'checkbox', 'radio'].includes(field.type));
}

/**
 * A refresher of parts of this page. Wishes that come close together are one
 * fetch; `spread` is the longest random wait in milliseconds, so that a
 * thousand readers of one event do not all come back in the same second. `put` shows what came.
 */
export function refresher(
  selectors: string[],
  spread: number,
  put: Put = exchange,
): { soon: () => void } {
  let waiting = false;
  const run = async (): Promise<void> => {
    waiting = false;
    try {
      put(selectors, await fetchPage(location.href));
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

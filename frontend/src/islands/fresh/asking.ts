/**
 * Offers what is new in place of putting it: what somebody reads, or is about to
 * press, does not move under their hands. Where nothing is listed, nothing can
 * move, and the news are put at once.
 */
import { exchange, exchangeAndCarry } from '../../lib/refresh.ts';

export interface Ask {
  /** What the button is called. */
  show: string;
  /** Selector of the line that says on the page how things stand. */
  words: string;
}

export function asking(
  place: HTMLElement,
  ask: Ask,
): (selectors: string[], fresh: Document) => void {
  // There before it says something, so that it is read aloud.
  const line = document.createElement('p');
  line.className = 'asks';
  line.setAttribute('role', 'status');
  place.replaceChildren(line);
  let latest: Document | undefined;
  let words = '';

  const show = (selectors: string[]): void => {
    if (!latest) return;
    const known = addresses(document, selectors);
    exchangeAndCarry(selectors, latest);
    line.replaceChildren();
    words = '';
    // The button that was pressed is gone: on to what is new, or to how things stand.
    const fresh = addresses(document, selectors);
    const first = [...fresh].find(([address]) => !known.has(address))?.[1];
    const next = first ?? document.querySelector<HTMLElement>(ask.words);
    if (next && !first) next.tabIndex = -1;
    next?.focus();
  };

  return (selectors, fresh) => {
    latest = fresh;
    if (selectors.every((part) => textOf(document, part) === textOf(fresh, part))) {
      line.replaceChildren();
      words = '';
      return;
    }
    if (!selectors.some((part) => document.querySelector(`${part} li`))) {
      exchange(selectors, fresh);
      return;
    }
    const next = textOf(fresh, ask.words);
    if (next === words) return;
    words = next;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = ask.show;
    button.addEventListener('click', () => show(selectors));
    line.replaceChildren(next, ' ', button);
  };
}

/** What a part says; keys of forms are new on every page. */
function textOf(page: Document, selector: string): string {
  return page.querySelector(selector)?.textContent.replace(/\s+/g, ' ').trim() ?? '';
}

/** Links of what is listed, by their addresses. */
function addresses(page: Document, selectors: string[]): Map<string, HTMLElement> {
  const links = selectors.flatMap((part) => [
    ...page.querySelectorAll<HTMLElement>(`${part} li a[href]`),
  ]);
  return new Map(links.map((link) => [link.getAttribute('href') ?? '', link]));
}

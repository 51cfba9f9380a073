/**
 * Finds sessions while the reader types: the same words that the form would
 * send, applied to the rows that are on the page. Pure but for the rows.
 */

/** Words of a search, folded so that "Zurich" finds "Zürich". */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether every word of `query` is somewhere in `text`. */
export function matches(text: string, query: string): boolean {
  const folded = fold(text);
  return fold(query)
    .split(/\s+/)
    .every((word) => folded.includes(word));
}

/** Hides rows that do not match and headings left without rows; tells how many are left. */
export function filterRows(root: ParentNode, query: string): number {
  let found = 0;
  for (const row of root.querySelectorAll<HTMLElement>('.slots li, .rows li, .grid .cell')) {
    row.hidden = !matches(row.textContent, query);
    if (!row.hidden) found += 1;
  }
  for (const section of root.querySelectorAll<HTMLElement>('.slots section')) {
    section.hidden = !section.querySelector('li:not([hidden])');
  }
  return found;
}

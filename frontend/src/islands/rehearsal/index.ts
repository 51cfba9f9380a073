/**
 * The rehearsal island: how it goes, looked at again every two seconds while
 * guests are there, until the report is. A screen reader is told when the state
 * changes, not each figure.
 */
import { exchange, refresher } from '../../lib/refresh.ts';

const LOOK_EVERY_MS = 2_000;
const UNDER_WAY = ['preparing', 'playing', 'ending'];

export async function start(element: HTMLElement): Promise<void> {
  const told = element.querySelector('[role=status]');
  const shown = () => element.querySelector<HTMLElement>('[data-state]');
  const isUnderWay = () => UNDER_WAY.includes(shown()?.dataset.state ?? '');
  let state = shown()?.dataset.state;
  let focused = false;
  const now = refresher(['.rehearsal > .now'], 0, (parts, fresh) => {
    exchange(parts, fresh);
    if (shown()?.dataset.state !== state) {
      state = shown()?.dataset.state;
      if (told) told.textContent = shown()?.textContent ?? '';
    }
    // The button that was pressed went with the guests.
    if (focused && !element.contains(document.activeElement)) {
      element.querySelector<HTMLElement>('h2')?.focus();
    }
  });
  const look = (): void => {
    if (!isUnderWay()) return;
    if (!document.hidden) {
      focused = element.contains(document.activeElement);
      now.soon();
    }
    setTimeout(look, LOOK_EVERY_MS);
  };
  setTimeout(look, LOOK_EVERY_MS);
}

/**
 * The schedule island: finds while typing, and keeps "now" true as the clock
 * goes on and as sessions start and end. It enhances the server's markup in
 * place; the form below it works without it.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';
import type { Texts } from '../../lib/texts.ts';
import { filterRows } from './filter.ts';

export interface ScheduleProps {
  /** `event:...` */
  topic: string;
  seq: number;
  lang: string;
}

/** The now-line moves in steps of this; nobody fetches more often for the clock's sake. */
const STEP_MS = 5 * 60_000;
/** Readers of one event come back for the new state within this time. */
const SPREAD_MS = 10_000;

export function start(element: HTMLElement, props: ScheduleProps): Promise<void> {
  const field = document.querySelector<HTMLInputElement>('form input[type=search][name=q]');
  const sent = field?.value ?? '';
  const told = document.createElement('p');
  told.setAttribute('role', 'status');
  element.before(told);
  // The words, and what reads them, only come when somebody begins to type:
  // the first view of a long programme stays light.
  let texts: Promise<Texts> | undefined;
  const filter = () => {
    const query = field?.value.trim() ?? '';
    const found = filterRows(element, query);
    const silent = query === '' || query === sent;
    if (silent) told.textContent = '';
    else void texts?.then((t) => (told.textContent = t('schedule-found', { count: found })));
  };
  field?.addEventListener('input', () => {
    texts ??= import('../../lib/texts.ts').then(({ loadTexts }) =>
      loadTexts(props.lang, ['schedule']),
    );
    filter();
  });

  const parts = refresher(['[data-island="schedule"]', '.nownext'], SPREAD_MS);
  // After an exchange the rows are new: what was typed applies to them too.
  new MutationObserver(filter).observe(element, { childList: true });
  live().subscribe(props.topic, props.seq, {
    event: (event) => {
      // Channels are in no schedule.
      if (!('channel' in event)) parts.soon();
    },
  });

  let fresh = performance.now();
  const clock = () => {
    const shows = document.querySelector('.nownext, .nowline') !== null;
    if (document.hidden || !shows || performance.now() - fresh < STEP_MS) return;
    fresh = performance.now();
    parts.soon();
  };
  setInterval(clock, 60_000);
  document.addEventListener('visibilitychange', clock);
  return Promise.resolve();
}

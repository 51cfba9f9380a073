/**
 * The queue island: what waits for moderators, while the page is open. What a
 * moderator has begun to write stays.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';
import { loadTexts } from '../../lib/texts.ts';

export interface QueueProps {
  /** `moderation:...`, and its number when the page was made. */
  topic: string;
  seq: number;
  lang: string;
}

/** Moderators are few: they need not spread out. */
const SPREAD_MS = 300;

export async function start(_: HTMLElement, props: QueueProps): Promise<void> {
  const t = await loadTexts(props.lang, ['moderation']);
  const parts = refresher(['.queue'], SPREAD_MS);
  live().subscribe(props.topic, props.seq, {
    event: (event) => {
      if (event.type !== 'queue_changed') return;
      // The count is told at once; the rest comes with the page.
      const place = document.querySelector('[data-waiting]');
      if (place) {
        place.textContent =
          event.waiting === 0
            ? t('moderation-nothing')
            : t('moderation-waiting', { count: event.waiting });
      }
      parts.soon();
    },
    resync: () => parts.soon(),
  });
}

/**
 * The counts island: how many are behind each door, and which doors are open.
 * It enhances the server's markup in place and needs no components.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';
import { loadTexts } from '../../lib/texts.ts';

export interface CountsProps {
  /** `stage:...` of each door here. */
  stages: string[];
  /** `event:...`, on pages whose doors open and close. */
  topic?: string;
  seq?: number;
  lang: string;
}

/** Readers come back for the new state of the doors within this time. */
const SPREAD_MS = 8_000;

export async function start(element: HTMLElement, props: CountsProps): Promise<void> {
  const t = await loadTexts(props.lang, ['events', 'stages']);
  const connection = live();
  /** Latest counts, for places that an exchange has made anew. */
  const counts = new Map<string, number>();
  const show = (stage: string) => {
    const count = counts.get(stage);
    if (count === undefined) return;
    for (const place of element.querySelectorAll<HTMLElement>(`[data-count="${stage}"]`)) {
      place.textContent = place.closest('.door')
        ? t('events-in', { count })
        : t('stages-viewers', { count });
      place.hidden = count === 0;
    }
  };
  const parts = refresher(['[data-island="counts"]'], SPREAD_MS);
  new MutationObserver(() => [...counts.keys()].forEach(show)).observe(element, {
    childList: true,
  });
  const follow = (topic: string, after: number | undefined) =>
    connection.subscribe(topic, after, {
      event: (event) => {
        // Neither these nor channels open or close a door.
        if (
          event.type === 'recording_published' ||
          event.type === 'stream_key_rotated' ||
          event.type === 'takeover_allowed'
        )
          return;
        if (!('channel' in event)) parts.soon();
      },
      count: (count) => {
        if (!props.stages.includes(topic)) return;
        counts.set(topic, count);
        show(topic);
      },
    });
  for (const stage of props.stages) follow(stage, undefined);
  if (props.topic) follow(props.topic, props.seq);
}

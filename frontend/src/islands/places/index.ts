/**
 * The places island: the list of an event's channels while it is open. When
 * somebody opens a channel, or one changes, ends or is merged, the list is
 * brought up to date without a reload.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';

export interface PlacesProps {
  /** `event:...`, and its number when the page was made. */
  topic: string;
  seq: number;
}

/** Readers come back for the new list within this time. */
const SPREAD_MS = 3_000;

export async function start(_: HTMLElement, props: PlacesProps): Promise<void> {
  const list = refresher(['[data-island="places"]'], SPREAD_MS);
  live().subscribe(props.topic, props.seq, {
    event: (event) => {
      if ('channel' in event) list.soon();
    },
    resync: () => list.soon(),
  });
}

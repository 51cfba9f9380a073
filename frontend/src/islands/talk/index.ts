/**
 * The talk island: a session's page that is open while the session begins or
 * ends shows it, and the recording after, without a reload.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';

export interface TalkProps {
  code: string;
  /** `event:...`, and its number when the page was made. */
  topic: string;
  seq: number;
}

/** Readers come back for the new state within this time. */
const SPREAD_MS = 3_000;

export async function start(_: HTMLElement, props: TalkProps): Promise<void> {
  const parts = refresher(['.picture', '.happening', '.kept'], SPREAD_MS);
  live().subscribe(props.topic, props.seq, {
    event: (event) => {
      if ('code' in event && event.code === props.code) parts.soon();
    },
    resync: () => parts.soon(),
  });
}

/**
 * The fresh island: parts of a page that are brought up to date while it is
 * open, whenever something happens that concerns them.
 */
import { live } from '../../lib/live.ts';
import { refresher } from '../../lib/refresh.ts';
import { asking, type Ask } from './asking.ts';

export interface FreshProps {
  /** Where news come from, and its number when the page was made. */
  topic: string;
  seq: number;
  lang: string;
  /** Selectors of the parts. */
  parts: string[];
  /** Only events that have this field, and where `is` is given, this value of it. */
  when: string;
  is?: string;
  /** Readers come back within this many milliseconds. */
  spread: number;
  /** Where what is shown stays as it is until its reader asks for the news. */
  ask?: Ask;
}

export async function start(element: HTMLElement, props: FreshProps): Promise<void> {
  const { ask } = props;
  const parts = refresher(props.parts, props.spread, ask && asking(element, ask));
  live().subscribe(props.topic, props.seq, {
    event: (event) => {
      const found = (event as unknown as Record<string, unknown>)[props.when];
      if (found !== undefined && (props.is === undefined || props.is === found)) parts.soon();
    },
    resync: () => parts.soon(),
  });
}

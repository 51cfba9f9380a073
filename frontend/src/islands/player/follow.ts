/** Brings the player what the stage's and the event's topics tell. */
import type { Event, Stage } from '../../generated/protocol.ts';
import type { Reader, Subscription } from '../../lib/live.ts';
import type { Input } from './states.ts';

/** What the page says about where news come from. */
export interface Followed {
  /** Whether the stage was on when the page was made. */
  on_air?: boolean;
  /** `stage:...` on a stage's page, null on a recording's. */
  topic: string | null;
  seq?: number;
  /** `event:...`, which tells of new recordings where there is no stage to tell. */
  event_topic?: string | null;
  event_seq?: number;
  /** The session whose recording is awaited, on its own page. */
  code?: string | null;
  /** Path of the playlist. */
  src: string | null;
}

/** What is shown beside the picture. */
export interface Facts {
  next: { title: string; start: number } | null;
}

export interface Outside {
  subscribe(topic: string, after: number | undefined, reader: Reader): Subscription;
  stage(path: string): Promise<Stage>;
  report(reason: unknown): void;
}

/** The API path of the stage that a stage's playlist belongs to. */
export function stagePath(playlist: string | null): string | null {
  const parts = /^\/hls\/([^/]+)\/([^/]+)\/index\.m3u8$/.exec(playlist ?? '');
  return parts ? `/api/v1/events/${parts[1]}/stages/${parts[2]}` : null;
}

export function follow(
  props: Followed,
  facts: Facts,
  take: (input: Input) => void,
  outside: Outside,
): void {
  /** Sessions whose recordings belong here. */
  const codes = new Set(props.code ? [props.code] : []);
  const path = props.topic === null ? null : stagePath(props.src);
  let on = props.on_air ?? false;
  const offer = (event: Event) => {
    if (event.type !== 'recording_published' || !codes.delete(event.code)) return;
    take({ type: 'recording_published', code: event.code, url: event.url });
  };
  /** Whether what was fetched may say that the stage is on or off: events know better. */
  const refresh = async ({ trustLive }: { trustLive: boolean }): Promise<number> => {
    if (path === null) return props.seq ?? 0;
    const fetched = await outside.stage(path);
    facts.next = fetched.next;
    if (fetched.now) codes.add(fetched.now.code);
    if (trustLive && fetched.live !== on) turn(fetched.live);
    return fetched.seq;
  };
  const turn = (to: boolean) => {
    on = to;
    take({ type: to ? 'broadcast_started' : 'broadcast_ended' });
  };
  if (props.topic !== null) {
    void refresh({ trustLive: false }).catch(outside.report);
    const subscription = outside.subscribe(props.topic, props.seq, {
      present: true,
      event: (event) => {
        if (event.type === 'broadcast_started') turn(true);
        if (event.type === 'broadcast_ended') turn(false);
        if (event.type === 'session_started' || event.type === 'session_ended') {
          codes.add(event.code);
          void refresh({ trustLive: false }).catch(outside.report);
        }
        offer(event);
      },
      resync: () =>
        void refresh({ trustLive: true }).then((seq) => subscription.resume(seq), outside.report),
    });
  }
  if (props.event_topic) {
    outside.subscribe(props.event_topic, props.event_seq, { event: offer });
  }
}

/** Where a message lies in its session's recording. Pure. */
import type { Message, Timeline } from '../../generated/protocol.ts';

export interface Moment {
  /** The session's page with its recording set to the moment. */
  href: string;
  /** How far into the session, as a clock. */
  clock: string;
}

export function momentOf(message: Message, timeline: Timeline | null): Moment | null {
  if (timeline === null || message.removed !== null) return null;
  if (message.sent_at < timeline.from || message.sent_at > timeline.to) return null;
  const seconds = Math.floor((message.sent_at - timeline.from) / 1_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const clock =
    hours === 0
      ? `${minutes}:${two(seconds % 60)}`
      : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return { href: `${timeline.url}?t=${seconds}`, clock };
}

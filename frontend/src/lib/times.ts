/** Times as the reader's zone and language write them. */
export interface Times {
  /** 14:05 */
  clock(at: number): string;
  /** Monday, 23 November */
  day(at: number): string;
  /** Monday, 23 November, 14:05 */
  full(at: number): string;
}

/** `zone` is an IANA name; the browser's own where absent or unknown to it. */
export function timesIn(lang: string, zone?: string | null): Times {
  const timeZone = known(zone) ? { timeZone: zone } : {};
  // British English writes the 24-hour clock and the day first, as the pages do.
  const locale = lang === 'en' ? 'en-GB' : lang;
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    ...timeZone,
  });
  const day = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...timeZone,
  });
  // Lists ask for the same days again and again; no zone changes its day within
  // a quarter of an hour.
  const days = new Map<number, string>();
  const dayOf = (at: number) => {
    const quarter = Math.floor(at / 900_000);
    const known = days.get(quarter) ?? day.format(at);
    days.set(quarter, known);
    return known;
  };
  return {
    clock: (at) => clock.format(at),
    day: dayOf,
    full: (at) => `${dayOf(at)}, ${clock.format(at)}`,
  };
}

function known(zone: string | null | undefined): zone is string {
  if (!zone) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** 75 s → 1:15; 3,675 s → 1:01:15. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Links into a recording. Pure. */

/** The moment that a link's `?t=` names, in seconds. */
export function startOf(query: string): number {
  const seconds = Number(new URLSearchParams(query).get('t') ?? '0');
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

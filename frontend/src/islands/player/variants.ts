/** What a stage is offered as, and which of it to play. Pure. */

/** What the reader wants: everything, or a fraction of the data. */
export type Quality = 'source' | 'sound';

export interface Variant {
  /** Relative to the list it stands in. */
  uri: string;
  /** Bits a second on average. */
  bandwidth: number;
  pictures: boolean;
}

/** The variants that a multivariant playlist names (RFC 8216bis 4.4.6.2). */
export function variantsIn(playlist: string): Variant[] {
  const lines = playlist.split(/\r?\n/);
  return lines.flatMap((line, i) => {
    const uri = lines[i + 1];
    if (!line.startsWith('#EXT-X-STREAM-INF:') || !uri || uri.startsWith('#')) return [];
    const bandwidth = /[:,]AVERAGE-BANDWIDTH=(\d+)/.exec(line) ?? /[:,]BANDWIDTH=(\d+)/.exec(line);
    return [
      { uri, bandwidth: Number(bandwidth?.[1] ?? 0), pictures: line.includes('RESOLUTION=') },
    ];
  });
}

/** Of several with pictures the best; none where there are no pictures to leave out. */
export function choice(variants: Variant[]): { source: Variant; sound: Variant } | null {
  const best = (a: Variant, b: Variant) => b.bandwidth - a.bandwidth;
  const [source] = variants.filter((variant) => variant.pictures).sort(best);
  const sound = variants.find((variant) => !variant.pictures);
  return source && sound ? { source, sound } : null;
}

/** Megabytes that an hour of sound alone saves, to two digits; null where it is not known. */
export function saving(variants: Variant[]): number | null {
  const found = choice(variants);
  if (!found) return null;
  const megabytes = ((found.source.bandwidth - found.sound.bandwidth) * 3_600) / 8 / 1e6;
  return megabytes >= 1 ? Number(megabytes.toPrecision(2)) : null;
}

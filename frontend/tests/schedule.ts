/**
 * A small programme around the moment of the test: something has just been on,
 * something is on, something comes. Titles carry what must stay inert.
 */

export const HOSTILE = '<img src=x onerror="document.title=1">Hostile & <b>bold</b>';

export const SESSIONS = {
  before: { code: 'before-the-doors', title: 'Before the doors' },
  now: { code: 'opening-of-the-corridors', title: 'Opening of the corridors' },
  next: { code: 'lanterns-and-load', title: 'Lanterns and load' },
  other: { code: 'hostile-words', title: HOSTILE },
} as const;

export const STAGE = { name: 'Lantern Hall', slug: 'lantern-hall' };
export const SIDE = { name: 'Side Door', slug: 'side-door' };

const MINUTE = 60_000;

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** UTC throughout, so that no change of daylight saving time falls into a test. */
function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, '+00:00');
}

function session(
  id: number,
  room: string,
  { code, title }: { code: string; title: string },
  start: number,
  minutes: number,
  speaker: string,
): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `
      <event id="${id}" guid="7f9c24e5-2f0a-4a53-8c1e-00000000000${id}">
        <date>${iso(start)}</date>
        <start>${iso(start).slice(11, 16)}</start>
        <duration>${two(Math.floor(minutes / 60))}:${two(minutes % 60)}</duration>
        <room>${room}</room>
        <slug>journey-${id}-${code}</slug>
        <url></url>
        <title>${escape(title)}</title>
        <subtitle></subtitle>
        <track>Corridors</track>
        <type>talk</type>
        <language>en</language>
        <abstract>${escape(`What it is about. ${title}`)}</abstract>
        <description></description>
        <recording><license></license><optout>false</optout></recording>
        <persons><person id="${id}">${escape(speaker)}</person></persons>
        <links></links>
        <attachments></attachments>
      </event>`;
}

/** A schedule.xml whose "now" is `now`, milliseconds since 1970. */
export function scheduleXml(now: number): string {
  const at = (minutes: number) => Math.round(now / MINUTE) * MINUTE + minutes * MINUTE;
  const day = iso(at(-90)).slice(0, 10);
  const end = iso(at(240)).slice(0, 10);
  return `<?xml version="1.0" encoding="UTF-8"?>
<schedule>
  <generator name="hallway-tests" version="1"/>
  <version>1.0</version>
  <conference>
    <acronym>journey</acronym>
    <title>Journey Summit</title>
    <start>${day}</start>
    <end>${end}</end>
    <days>1</days>
    <timeslot_duration>00:05</timeslot_duration>
    <base_url></base_url>
    <time_zone_name>UTC</time_zone_name>
  </conference>
  <day index="1" date="${day}" start="${iso(at(-120))}" end="${iso(at(300))}">
    <room name="${STAGE.name}">${session(1, STAGE.name, SESSIONS.before, at(-70), 30, 'Mina Okafor')}${session(2, STAGE.name, SESSIONS.now, at(-10), 60, 'Ada Lindqvist')}${session(3, STAGE.name, SESSIONS.next, at(60), 45, 'José Núñez')}
    </room>
    <room name="${SIDE.name}">${session(4, SIDE.name, SESSIONS.other, at(-5), 60, 'Kim <i>Tilted</i>')}
    </room>
  </day>
</schedule>
`;
}

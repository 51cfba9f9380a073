/** What the publisher sends, in words: the same words as the template's. Pure. */
import type { Audience, HealthProblem, StageHealth } from '../../generated/protocol.ts';
import type { Texts } from '../../lib/texts.ts';

export interface Words {
  tone: 'quiet' | 'good' | 'bad';
  verdict: string;
  problems: string[];
  figures: { name: string; value: string }[];
}

const CODECS: Record<string, string> = {
  avc1: 'H.264',
  avc3: 'H.264',
  hvc1: 'H.265',
  hev1: 'H.265',
  av01: 'AV1',
  vp09: 'VP9',
  mp4a: 'AAC',
  opus: 'Opus',
};

export function words(health: StageHealth, audience: Audience | null, t: Texts): Words {
  if (!health.publishing) {
    return {
      tone: 'quiet',
      verdict: t('desk-health-off'),
      problems: health.problems.map((problem) => problemText(problem, t)),
      figures: [],
    };
  }
  const good = health.problems.length === 0;
  return {
    tone: good ? 'good' : 'bad',
    verdict: good ? t('desk-health-good') : t('desk-health-trouble'),
    problems: health.problems.map((problem) => problemText(problem, t)),
    figures: figures(health, audience, t),
  };
}

function figures(health: StageHealth, audience: Audience | null, t: Texts): Words['figures'] {
  const { width, height, video, keyframe_interval_ms: keyframes, kbps } = health;
  const size = width !== null && height !== null ? `, ${width} × ${height}` : '';
  const rows: [string, string | null][] = [
    [t('desk-picture'), video === null ? null : `${codecName(video)}${size}`],
    [t('desk-sound'), health.audio === null ? null : codecName(health.audio)],
    [t('desk-rate'), kbps === null ? null : t('desk-kbps', { kbps })],
    [
      t('desk-keyframes'),
      keyframes === null ? null : t('desk-seconds', { seconds: seconds(keyframes) }),
    ],
    [t('desk-encoder'), health.encoder],
    [t('desk-recording'), health.recording ? t('desk-recording-on') : t('desk-recording-off')],
    ...spreads(audience, t),
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

/** How it plays at the viewers', where any has told. */
function spreads(audience: Audience | null, t: Texts): [string, string][] {
  if (audience === null || audience.players === 0) return [];
  const spread = (half: number, most: number) =>
    t('desk-spread', { half: seconds(half), most: seconds(most) });
  return [
    [t('desk-audience-latency'), spread(audience.latency_p50_ms, audience.latency_p95_ms)],
    [t('desk-audience-stalled'), spread(audience.stalled_p50_ms, audience.stalled_p95_ms)],
  ];
}

/** What a producer calls a codec, from its RFC 6381 string. */
function codecName(codec: string): string {
  return CODECS[codec.split('.')[0]?.toLowerCase() ?? ''] ?? codec;
}

function problemText(problem: HealthProblem, t: Texts): string {
  switch (problem.type) {
    case 'video_codec':
      return t('desk-problem-video-codec', { codec: problem.codec });
    case 'audio_codec':
      return t('desk-problem-audio-codec', { codec: problem.codec });
    case 'keyframe_interval':
      return t('desk-problem-keyframe-interval', { seconds: seconds(problem.ms) });
    case 'no_video':
      return t('desk-problem-no-video');
    case 'no_audio':
      return t('desk-problem-no-audio');
    case 'silent':
      return t('desk-problem-silent', { seconds: Math.ceil(problem.ms / 1_000) });
    case 'away':
      return t('desk-problem-away', { seconds: Math.ceil(problem.ms / 1_000) });
    case 'setup':
      return t('desk-problem-setup', { reason: problem.reason });
    case 'damaged':
      return t('desk-problem-damaged', { count: problem.frames });
    case 'sample_rate':
      return t('desk-problem-sample-rate', { hz: problem.hz });
    case 'b_frames':
      return t('desk-problem-b-frames', { ms: problem.ms });
    case 'refused':
      return t('desk-problem-refused');
    case 'recording_gap':
      return t('desk-problem-recording-gap', { count: problem.segments });
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

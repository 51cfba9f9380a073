/**
 * What the player shows and does next, as a state machine without a video
 * element, a socket or a clock: events go in, a state comes out. Pure.
 */

/** Where pictures come from. */
export interface Source {
  kind: 'live' | 'replay';
  /** The playlist's path. */
  url: string;
}

export type Phase =
  /** Nothing is on; it may begin by itself. */
  | 'waiting'
  /** Something is on and asks to be watched: nothing plays unasked. */
  | 'ready'
  | 'loading'
  | 'playing'
  | 'paused'
  /** Playing, but no data comes. */
  | 'stalled'
  /** The broadcast, or the replay, is over. */
  | 'ended'
  /** It failed and is tried again by itself at `retryAt`. */
  | 'failed';

export interface State {
  phase: Phase;
  /** What is played, or would be on "Watch". */
  source: Source | null;
  /** The stage's own playlist, to go back to from a recording. */
  stage: string | null;
  /** Whether the stage is on. */
  live: boolean;
  /** Whether the person asked to watch: from then on a broadcast that comes back resumes. */
  wanted: boolean;
  /** The recording that has become available while the page was open. */
  recording: { code: string; url: string } | null;
  /** Failures in a row. */
  failures: number;
  /** Milliseconds since 1970; set in `failed`. */
  retryAt: number | null;
}

export type Input =
  | { type: 'watch' }
  | { type: 'watch_recording' }
  /** Another form of the same is wanted. */
  | { type: 'quality_changed' }
  | { type: 'go_to_stage' }
  /** What the video element tells. */
  | { type: 'playing' }
  | { type: 'paused' }
  | { type: 'stalled' }
  | { type: 'finished' }
  /** `chance` is a number from 0 up to 1, for the jitter. */
  | { type: 'failed'; now: number; chance: number }
  | { type: 'retry' }
  /** What the stage's and the event's topics tell. */
  | { type: 'broadcast_started' }
  | { type: 'broadcast_ended' }
  | { type: 'recording_published'; code: string; url: string };

const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 30_000;

/** `src` is the playlist: the stage's, or the recording's where `live` is not for a stage. */
export function initial(kind: Source['kind'], src: string | null, live: boolean): State {
  const source: Source | null = src === null ? null : { kind, url: src };
  const on = kind === 'live' ? live : source !== null;
  return {
    phase: on && source ? 'ready' : 'waiting',
    source,
    stage: kind === 'live' ? src : null,
    live: kind === 'live' && live,
    wanted: false,
    recording: null,
    failures: 0,
    retryAt: null,
  };
}

export function step(state: State, input: Input): State {
  switch (input.type) {
    case 'watch':
    case 'retry':
      if (!state.source) return state;
      return { ...state, phase: 'loading', wanted: true, retryAt: null };
    case 'quality_changed':
      // Who has paused hears nothing unasked; it is loaded when they play again.
      return active(state) ? { ...state, phase: 'loading' } : state;
    case 'watch_recording':
      if (!state.recording) return state;
      return {
        ...fresh(state),
        source: { kind: 'replay', url: state.recording.url },
        recording: null,
        phase: 'loading',
        wanted: true,
      };
    case 'go_to_stage':
      if (!state.stage) return state;
      return {
        ...fresh(state),
        source: { kind: 'live', url: state.stage },
        phase: state.live ? 'loading' : 'waiting',
      };
    case 'playing':
      return { ...fresh(state), phase: 'playing' };
    case 'paused':
      return active(state) ? { ...state, phase: 'paused' } : state;
    case 'stalled':
      if (state.phase !== 'playing') return state;
      return {
        ...state,
        phase: state.source?.kind === 'live' && !state.live ? 'ended' : 'stalled',
      };
    case 'finished':
      return { ...state, phase: 'ended' };
    case 'failed':
      return failed(state, input.now, input.chance);
    case 'broadcast_started':
      return started(state);
    case 'broadcast_ended':
      // What is buffered plays to its end: only then it is over for the viewer.
      return active(state) || state.source?.kind === 'replay'
        ? { ...state, live: false }
        : { ...state, live: false, phase: state.wanted ? 'ended' : 'waiting', retryAt: null };
    case 'recording_published':
      return { ...state, recording: { code: input.code, url: input.url } };
  }
}

function fresh(state: State): State {
  return { ...state, failures: 0, retryAt: null };
}

/** Whether pictures are on the screen or about to be. */
function active({ phase }: State): boolean {
  return phase === 'loading' || phase === 'playing' || phase === 'stalled';
}

function started(state: State): State {
  const next: State = { ...state, live: true };
  if (state.source?.kind !== 'live' || state.phase === 'paused') return next;
  return { ...fresh(next), phase: state.wanted ? 'loading' : 'ready' };
}

function failed(state: State, now: number, chance: number): State {
  // A stage that went off is no fault: it is over.
  if (state.source?.kind === 'live' && !state.live) {
    return { ...fresh(state), phase: 'ended' };
  }
  const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** state.failures);
  return {
    ...state,
    phase: 'failed',
    failures: Math.min(state.failures + 1, 30),
    retryAt: now + Math.floor(ceiling / 2 + (chance * ceiling) / 2),
  };
}

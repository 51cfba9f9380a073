/**
 * What the studio shows and does next, as a state machine without a camera, a
 * connection or a clock: events go in, a state comes out. Pure.
 */
import type { Problem } from '../../generated/protocol.ts';
import type { Trouble } from './devices.ts';

export type Phase =
  /** No camera and no microphone has been asked for. */
  | 'idle'
  /** The browser asks the person. */
  | 'asking'
  /** Picture and sound are there; nothing leaves this page. */
  | 'ready'
  | 'connecting'
  | 'live'
  /** The line broke and is tried again by itself, at `retryAt` or right now. */
  | 'reconnecting'
  /** Nothing is sent, for the reason in `failure`. */
  | 'failed';

/** Why nothing is sent. */
export type Failure =
  | { kind: 'refused'; problem: Problem }
  /** This browser cannot send H.264. */
  | { kind: 'codec' }
  | { kind: 'unreachable' }
  /** The line broke and did not come back in time. */
  | { kind: 'lost' };

export interface State {
  phase: Phase;
  /** Why the camera or the microphone cannot be had, since the last try. */
  trouble: Trouble | null;
  failure: Failure | null;
  /** When it went live. Times are milliseconds since 1970. */
  since: number | null;
  lostAt: number | null;
  retryAt: number | null;
  /** How often it was tried since the line broke. */
  tries: number;
}

export type Input =
  | { type: 'check' }
  | { type: 'opened' }
  | { type: 'kept_out'; trouble: Trouble }
  | { type: 'go_live' }
  | { type: 'connected'; now: number }
  | { type: 'failed'; failure: Failure; now: number }
  | { type: 'lost'; now: number }
  | { type: 'retry' }
  | { type: 'stop' };

/** The server keeps a broadcast for its publisher this long. */
const WINDOW_MS = 30_000;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 8_000;
/** Answers that may be another in a moment: the old session is not known to be gone yet, or a crowd. */
const PASSING = [409, 429, 502, 503, 504];

const OFF = { failure: null, since: null, lostAt: null, retryAt: null, tries: 0 };

export const initial: State = { phase: 'idle', trouble: null, ...OFF };

export function step(state: State, input: Input): State {
  const { phase } = state;
  switch (input.type) {
    case 'check':
      return phase === 'idle' ? { ...state, phase: 'asking', trouble: null } : state;
    case 'opened':
      return { ...state, phase: isOpen(state) ? phase : 'ready', trouble: null };
    case 'kept_out':
      return { ...state, phase: isOpen(state) ? phase : 'idle', trouble: input.trouble };
    case 'go_live':
      if (phase !== 'ready' && phase !== 'failed') return state;
      return { ...state, ...OFF, phase: 'connecting' };
    case 'connected':
      if (!isSending(state)) return state;
      return { ...state, ...OFF, phase: 'live', since: state.since ?? input.now };
    case 'lost':
      if (phase !== 'live') return state;
      return {
        ...state,
        phase: 'reconnecting',
        lostAt: input.now,
        retryAt: input.now + RETRY_BASE_MS,
      };
    case 'retry':
      if (phase !== 'reconnecting') return state;
      return { ...state, retryAt: null, tries: state.tries + 1 };
    case 'failed':
      return failed(state, input.failure, input.now);
    case 'stop':
      return isOpen(state) ? { ...state, ...OFF, phase: 'ready' } : state;
  }
}

/** Whether camera and microphone have been opened. */
export function isOpen({ phase }: State): boolean {
  return phase !== 'idle' && phase !== 'asking';
}

/** Whether something is sent or about to be: what leaving the page would break. */
export function isSending({ phase }: State): boolean {
  return phase === 'connecting' || phase === 'live' || phase === 'reconnecting';
}

function failed(state: State, failure: Failure, now: number): State {
  if (!isSending(state)) return state;
  const end: State = { ...state, ...OFF, phase: 'failed', failure };
  if (state.lostAt === null) return end;
  if (failure.kind === 'refused' && !PASSING.includes(failure.problem.status)) return end;
  if (failure.kind === 'codec') return end;
  const retryAt = now + Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** state.tries);
  if (retryAt <= state.lostAt + WINDOW_MS) return { ...state, retryAt };
  return failure.kind === 'unreachable' ? { ...end, failure: { kind: 'lost' } } : end;
}

import { expect, test } from 'vitest';
import { initial, isSending, step, type Failure, type Input, type State } from './states.ts';

const after = (state: State, ...inputs: Input[]) => inputs.reduce(step, state);
const refused = (status: number): Failure => ({
  kind: 'refused',
  problem: { type: '/problems/some', status, title: 'No' },
});
const unreachable: Failure = { kind: 'unreachable' };
const ready = after(initial, { type: 'check' }, { type: 'opened' });
const live = after(ready, { type: 'go_live' }, { type: 'connected', now: 1_000 });

test('nothing is asked and nothing is sent unasked', () => {
  expect([initial.phase, isSending(initial)]).toEqual(['idle', false]);
  expect(step(initial, { type: 'go_live' }).phase).toBe('idle');
  expect([ready.phase, isSending(ready)]).toEqual(['ready', false]);
});

test('who is kept out may try again, and the reason goes', () => {
  const kept = after(initial, { type: 'check' }, { type: 'kept_out', trouble: 'denied' });
  expect([kept.phase, kept.trouble]).toEqual(['idle', 'denied']);
  const again = step(kept, { type: 'check' });
  expect([again.phase, again.trouble]).toEqual(['asking', null]);
});

test('another camera that cannot be had leaves what is sent as it is', () => {
  const state = step(live, { type: 'kept_out', trouble: 'busy' });
  expect([state.phase, state.trouble]).toEqual(['live', 'busy']);
  expect(step(state, { type: 'opened' })).toEqual(live);
});

test('it is live once, from the moment it connected until it is stopped', () => {
  expect([live.phase, live.since]).toEqual(['live', 1_000]);
  expect(step(live, { type: 'go_live' })).toBe(live);
  expect(step(live, { type: 'stop' })).toEqual(ready);
});

test('what comes after a stop changes nothing', () => {
  const stopped = after(ready, { type: 'go_live' }, { type: 'stop' });
  const late: Input[] = [
    { type: 'connected', now: 2_000 },
    { type: 'failed', failure: unreachable, now: 2_000 },
    { type: 'lost', now: 2_000 },
    { type: 'retry' },
  ];
  expect(after(stopped, ...late)).toEqual(ready);
});

test('a first refusal is told at once, and may be tried again by hand', () => {
  const state = after(
    ready,
    { type: 'go_live' },
    { type: 'failed', failure: refused(409), now: 2_000 },
  );
  expect([state.phase, state.failure, state.retryAt]).toEqual(['failed', refused(409), null]);
  const again = step(state, { type: 'go_live' });
  expect([again.phase, again.failure]).toEqual(['connecting', null]);
});

test('a broken line is tried after 1, 2, 4, 8 and 8 seconds, and given up after 30', () => {
  let now = 100_000;
  let state = step(live, { type: 'lost', now });
  const waits: number[] = [];
  while (state.retryAt !== null) {
    waits.push(state.retryAt - now);
    now = state.retryAt;
    state = step(state, { type: 'retry' });
    state = step(state, { type: 'failed', failure: unreachable, now });
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
  expect([state.phase, state.failure]).toEqual(['failed', { kind: 'lost' }]);
});

test('a line that comes back goes on as the same broadcast', () => {
  const state = after(
    live,
    { type: 'lost', now: 10_000 },
    { type: 'retry' },
    { type: 'failed', failure: refused(409), now: 11_500 },
  );
  expect([state.phase, state.retryAt]).toEqual(['reconnecting', 13_500]);
  expect(after(state, { type: 'retry' }, { type: 'connected', now: 14_000 })).toEqual(live);
});

test('a refusal that stays one ends the trying, and so does somebody who took the stage', () => {
  const lost = after(live, { type: 'lost', now: 10_000 }, { type: 'retry' });
  const fail = (failure: Failure, now: number) => step(lost, { type: 'failed', failure, now });
  expect(fail(refused(403), 11_000).phase).toBe('failed');
  expect(fail({ kind: 'codec' }, 11_000).phase).toBe('failed');
  expect(fail(refused(409), 39_500).failure).toEqual(refused(409));
});

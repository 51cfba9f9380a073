/** Reads of the JSON API, with problems as errors. */
import type { MessagePage, PeopleHere, Problem, Stage, ThreadPage } from '../generated/protocol.ts';
import { whole, wholePage } from './messages.ts';

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

async function get<Body>(path: string): Promise<Body> {
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  if (response.ok) return (await response.json()) as Body;
  throw new ApiError(await problemOf(response));
}

/** Why the server refuses, in its own words where it found some. */
export async function problemOf(response: Response): Promise<Problem> {
  const told = response.headers.get('content-type')?.startsWith('application/problem+json');
  return told
    ? ((await response.json()) as Problem)
    : { type: 'about:blank', status: response.status, title: response.statusText };
}

/** Which part of a history to read; without a number, its newest. */
export type Window = { before?: number; after?: number; around?: number };

function query(window: Window): string {
  const numbers = Object.entries(window).map(([name, seq]) => `&${name}=${seq}`);
  return `limit=50${numbers.join('')}`;
}

/** Messages of a channel's own list. */
export async function messages(channel: string, window: Window = {}): Promise<MessagePage> {
  const path = `/api/v1/channels/${encodeURIComponent(channel)}/messages?${query(window)}`;
  return wholePage(await get<MessagePage>(path));
}

/** Answers in the thread of a message, with the message. */
export async function thread(root: string, window: Window = {}): Promise<ThreadPage> {
  const path = `/api/v1/messages/${encodeURIComponent(root)}/thread?${query(window)}`;
  const page = wholePage(await get<ThreadPage>(path));
  return { ...page, root: whole(page.root) };
}

/** Removes a message, even while the page that asks for it goes away. */
export function removeAtOnce(message: string): void {
  void fetch(`/api/v1/messages/${encodeURIComponent(message)}`, {
    method: 'DELETE',
    keepalive: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: crypto.randomUUID() }),
  });
}

/** Who is in a channel; `path` is the channel's own API path, and pages begin at 1. */
export function peopleHere(path: string, page: number): Promise<PeopleHere> {
  return get(`${path}?page=${page}`);
}

/** A stage as its viewers see it; `path` is the stage's own API path. */
export function stage(path: string): Promise<Stage> {
  return get(path);
}

/** Reads of the JSON API, with problems as errors. */
import type { MessagePage, Problem, Stage } from '../generated/protocol.ts';

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
  const told = response.headers.get('content-type')?.startsWith('application/problem+json');
  throw new ApiError(
    told
      ? ((await response.json()) as Problem)
      : { type: 'about:blank', status: response.status, title: response.statusText },
  );
}

/** The newest messages of a channel, or those before the message numbered `before`. */
export function messages(channel: string, before?: number): Promise<MessagePage> {
  const query = before === undefined ? 'limit=50' : `limit=50&before=${before}`;
  return get(`/api/v1/channels/${encodeURIComponent(channel)}/messages?${query}`);
}

/** A stage as its viewers see it; `path` is the stage's own API path. */
export function stage(path: string): Promise<Stage> {
  return get(path);
}

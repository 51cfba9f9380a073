/** Carries pictures to the server, and tells how far each is: `fetch` does not. */
import type { Image, Problem } from '../../generated/protocol.ts';
import { NotTaken, type Sending } from './uploads.svelte.ts';

export function sendImage(channel: string, file: Blob, progress: (part: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Image>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const body = read(request.responseText);
      if (request.status === 201) resolve(body as Image);
      else reject(new NotTaken(problem(body, request.status)));
    };
    request.onerror = () => reject(new Error('the connection is lost'));
    request.onabort = () => reject(new Error('it was taken back'));
    request.open('POST', `/api/v1/channels/${encodeURIComponent(channel)}/images`);
    // What it is the server finds out by itself.
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
  });
  return { done, stop: () => request.abort() };
}

/** Takes back what was sent and not said. */
export function removeImage(id: string): void {
  void fetch(`/api/v1/images/${encodeURIComponent(id)}`, { method: 'DELETE', keepalive: true });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** A proxy in between may answer without one. */
function problem(body: unknown, status: number): Problem {
  if (typeof body === 'object' && body !== null && 'type' in body) return body as Problem;
  const type = status === 413 ? '/problems/too-large' : '/problems/unavailable';
  return { type, status, title: '' };
}

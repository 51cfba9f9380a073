/**
 * A tiny host for one island on a bare page under the strict policy, with the
 * built files: what fails against it is the island's own fault.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { POLICY } from './policy.ts';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/mp4',
  '.mp4': 'video/mp4',
  '.woff2': 'font/woff2',
};

export interface Host {
  origin: string;
  close(): void;
}

/** Serves a page with `markup` at `/`, the build, and the files of `media` under `/media/`. */
export async function host(markup: string, media?: string): Promise<Host> {
  const built = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8')) as Record<
    string,
    { file: string } | undefined
  >;
  const page = `<!doctype html><html lang="en"><head><title>An island</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/${built['src/styles/index.css']?.file}">
    <script type="module" src="/${built['src/entry.ts']?.file}"></script></head>
    <body><main><h1>An island</h1>${markup}</main></body></html>`;
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://host').pathname);
    if (path === '/') {
      response.setHeader('content-security-policy', POLICY);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page);
      return;
    }
    const file =
      media !== undefined && path.startsWith('/media/')
        ? join(media, path.slice(7))
        : join('dist', path);
    if (!existsSync(file)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

/** An element that an island takes over, with what the server rendered inside. */
export function mountPoint(island: string, props: unknown, inside: string): string {
  const json = JSON.stringify(props).replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  return `<div class="${island}" data-island="${island}" data-props="${json}">${inside}</div>`;
}

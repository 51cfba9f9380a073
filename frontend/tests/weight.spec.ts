/** What the build weighs, compressed as it travels. Pages have budgets; these are their parts. */
import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8')) as Record<
  string,
  Chunk | undefined
>;
const read = (file: string) => readFileSync(`dist/${file}`);

/** Bytes of a chunk, its styles and everything it needs before it can run. */
function weight(source: string, seen = new Set<string>()): number {
  const chunk = manifest[source];
  if (!chunk) throw new Error(`${source} is not in the build`);
  if (seen.has(source)) return 0;
  seen.add(source);
  return [chunk.file, ...(chunk.css ?? [])]
    .map((file) => brotliCompressSync(read(file)).length)
    .concat((chunk.imports ?? []).map((source) => weight(source, seen)))
    .reduce((sum, bytes) => sum + bytes, 0);
}

test('pages without islands load an entry of at most 1.5 kB', () => {
  expect(gzipSync(read(manifest['src/entry.ts']?.file ?? '')).length).toBeLessThanOrEqual(1_536);
});

test('the schedule’s scripts and styles leave its budget of 60 kB to the programme', () => {
  const bytes = weight('src/islands/schedule/index.ts') + weight('src/styles/index.css');
  expect(bytes).toBeLessThanOrEqual(16_000);
});

test('a stage’s scripts stay within 70 kB until it is watched', () => {
  const seen = new Set<string>();
  const bytes = ['chat/index.ts', 'player/index.svelte.ts', 'counts/index.ts']
    .map((island) => weight(`src/islands/${island}`, seen))
    .reduce((sum, bytes) => sum + bytes, 0);
  expect(bytes).toBeLessThanOrEqual(70_000);
});

/** Islands that few pages have: what every page loads does not even name them. */
import type { Islands } from './islands.ts';

export const rarer: Islands = {
  desk: () => import('../islands/desk/index.svelte.ts'),
  studio: () => import('../islands/studio/index.ts'),
  rehearsal: () => import('../islands/rehearsal/index.ts'),
  push: () => import('../islands/push/index.ts'),
};

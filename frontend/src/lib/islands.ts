/**
 * Starts the live parts of a page: finds the marked elements, loads what each
 * needs, and lets it replace the server's markup. Where anything fails, the
 * server's markup stays: every page works without its islands.
 */
type Start = (element: HTMLElement, props: never) => Promise<void>;

const islands: Record<string, () => Promise<{ start: Start }>> = {
  chat: () => import('../islands/chat/index.ts'),
  player: () => import('../islands/player/index.svelte.ts'),
  desk: () => import('../islands/desk/index.svelte.ts'),
  studio: () => import('../islands/studio/index.ts'),
  schedule: () => import('../islands/schedule/index.ts'),
  counts: () => import('../islands/counts/index.ts'),
  push: () => import('../islands/push/index.ts'),
  fresh: () => import('../islands/fresh/index.ts'),
  rehearsal: () => import('../islands/rehearsal/index.ts'),
};

async function start(element: HTMLElement): Promise<void> {
  const { island = '', props = '{}', begun } = element.dataset;
  // Turned to twice, by pointer and by focus, it begins once.
  if (begun) return;
  element.dataset.begun = island;
  try {
    const module = await islands[island]?.();
    await module?.start(element, JSON.parse(props) as never);
    element.dataset.ready = '';
  } catch (reason) {
    reportError(reason);
  }
}

/** Starts every marked element within `place`. */
export function startIslands(place: ParentNode): void {
  for (const element of place.querySelectorAll<HTMLElement>('[data-island]')) {
    if (element.closest('[data-when=touched]')) {
      // Beside the page's own matter: it costs nothing until somebody turns to it.
      for (const type of ['pointerover', 'focusin']) {
        element.addEventListener(type, () => void start(element), { once: true });
      }
    } else {
      void start(element);
    }
  }
}

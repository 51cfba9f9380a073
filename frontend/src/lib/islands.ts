/**
 * Starts the live parts of a page: finds the marked elements, loads what each
 * needs, and lets it replace the server's markup. Where anything fails, the
 * server's markup stays: every page works without its islands.
 */
type Start = (element: HTMLElement, props: never) => Promise<void>;

export type Islands = Record<string, () => Promise<{ start: Start }>>;

const islands: Islands = {
  chat: () => import('../islands/chat/index.ts'),
  player: () => import('../islands/player/index.svelte.ts'),
  schedule: () => import('../islands/schedule/index.ts'),
  counts: () => import('../islands/counts/index.ts'),
  fresh: () => import('../islands/fresh/index.ts'),
};

const rarer = () => import('./rarer.ts');

async function start(element: HTMLElement): Promise<void> {
  const { island = '', props = '{}', begun } = element.dataset;
  // Turned to twice, by pointer and by focus, it begins once.
  if (begun) return;
  element.dataset.begun = island;
  try {
    const load = islands[island] ?? (await rarer()).rarer[island];
    const module = await load?.();
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

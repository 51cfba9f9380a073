/** What every page loads: pages without islands load this and nothing else. */
import { startIslands } from './lib/islands.ts';

startIslands(document);

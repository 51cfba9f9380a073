// Builds the islands and the style sheet into dist/, which the server embeds
// and finds its way in by dist/.vite/manifest.json.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  base: '/',
  plugins: [svelte()],
  publicDir: false,
  // Vitest would otherwise take Svelte's server build.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  // The texts live beside the templates that share them, above this folder.
  server: { fs: { allow: ['..'] } },
  build: {
    outDir: 'dist',
    manifest: true,
    // 'self' is all the policy gives scripts, styles and fonts: nothing inline.
    assetsInlineLimit: 0,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: ['src/entry.ts', 'src/styles/index.css', 'src/styles/backstage.css'],
      output: {
        // Every chunk's name stands in the entry, whose budget it takes: 36 bits tell
        // one build from another.
        chunkFileNames: 'assets/[name]-[hash:6].js',
        assetFileNames: 'assets/[name]-[hash:6][extname]',
        // The runtime changes seldom and islands often: a reader keeps it.
        codeSplitting: {
          groups: [{ name: 'svelte', test: /node_modules[\\/](svelte|esm-env|clsx)[\\/]/ }],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
}));

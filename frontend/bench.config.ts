// Measurements in the system's Chromium; `cargo xtask bench` runs them.
import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

export default defineConfig({ ...tests, testDir: 'bench', outputDir: 'test-results/bench' });

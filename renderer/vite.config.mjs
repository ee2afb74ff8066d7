// Bundles the renderer into build/renderer: one bundle for the desktop window and for the browser.
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Absolute: a reload on /runs/r128 must still find the assets.
  base: '/',
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, '..', 'build', 'renderer'),
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows no data addresses for fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
});

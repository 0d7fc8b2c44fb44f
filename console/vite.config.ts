import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The console is embedded in the program and served at /console/. In development, `npx vite`
// hands every call to a server that runs on this machine.
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  build: { outDir: 'built/app', emptyOutDir: true, target: 'es2023', sourcemap: false, reportCompressedSize: true, assetsInlineLimit: 0 },
  server: { proxy: { '^/(?!console)': 'http://127.0.0.1:8080' } },
});

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    // Nothing is written into the page as data: URLs, and nothing is inlined: the content security policy allows neither.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // One file, about 160 kB gzipped: it is loaded once and kept.
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/hodei.v1.": "http://127.0.0.1:8080" } },
});

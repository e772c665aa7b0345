import { defineConfig } from "vitest/config";

// One classic script, so that the page also opens from a disk, where modules may not be loaded.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      output: {
        format: "iife",
        entryFileNames: "skyshade.js",
        assetFileNames: "skyshade[extname]",
      },
    },
  },
  plugins: [
    {
      name: "classic-script",
      transformIndexHtml: {
        order: "post",
        handler: (html: string) =>
          html
            .replace(/<script type="module" crossorigin/g, "<script defer")
            .replace(/<link rel="stylesheet" crossorigin/g, '<link rel="stylesheet"'),
      },
    },
  ],
  test: { include: ["src/**/*.test.ts"] },
});

// A module of src/ as Node runs it: esbuild takes its types away.
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

export async function load(path) {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${path}`, import.meta.url))],
    bundle: true, format: "esm", target: "es2022", write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
}

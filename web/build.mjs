// Builds the dashboard into api/static/dashboard/: names with hashes, compressed siblings, the
// page, a source map, and the licence of every package that is in the bundle.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const home = join(here, "../api/static/dashboard");
const out = process.argv[2] ?? home;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: { main: "./src/main.ts" },
  entryNames: "[name]-[hash]",
  outdir: home, // also where the files go elsewhere: the map names the sources from there
  write: false,
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true, // what a view reads when it is first shown is no part of the page
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none", // their texts are in licences.txt, in full
  sourcemap: "linked",
  metafile: true,
});

const [[script, main]] = Object.entries(metafile.outputs)
  .filter(([, { entryPoint }]) => basename(entryPoint ?? "") === "main.ts");
const style = main.cssBundle;
for (const { path, contents } of outputFiles) {
  // All style is the page's: nothing would load that of a view that is read later.
  const isLeftOut = path.includes(".css") && !path.includes(basename(style));
  if (!isLeftOut) writeFileSync(join(out, basename(path)), contents);
}
const parts = main.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path);
const url = (path) => `/static/dashboard/${basename(path)}`;
const page = readFileSync(join(here, "./src/index.html"), "utf8")
  .replace("SCRIPT", url(script))
  .replace("STYLE", url(style))
  .replace("PARTS", parts.map((path) => `<link rel="modulepreload" href="${url(path)}">`).join("\n"));
writeFileSync(join(out, "index.html"), page);
writeFileSync(join(out, "licences.txt"), licences(metafile));
const first = new Set([script, style, ...parts].map((path) => basename(path)));
let [total, later] = [0, 0];
for (const name of readdirSync(out).filter((each) => !each.endsWith(".map"))) {
  const bytes = readFileSync(join(out, name));
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(join(out, `${name}.br`), brotli);
  writeFileSync(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  if (first.has(name)) total += brotli.length;
  else if (/\.(js|css)$/.test(name)) later += brotli.length;
}
console.log(`script and style: ${total} bytes compressed, and ${later} that views read later`);

function licences(meta) {
  const packages = new Set();
  for (const output of Object.values(meta.outputs)) {
    for (const input of Object.keys(output.inputs)) {
      const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (found) packages.add(found[1]);
    }
  }
  const texts = [...packages].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e(\.\w+)?$/i.test(each));
    if (!file) throw new Error(`${name} has no licence text`);
    return `${name} ${version}\n\n${readFileSync(join(folder, basename(file)), "utf8").trim()}\n`;
  });
  return `The dashboard of pgstrike contains these packages.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`;
}

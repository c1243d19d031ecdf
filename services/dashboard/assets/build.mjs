// Builds the style sheet and the scripts into the folder that is named; the modules lie in the working directory.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const modules = resolve("node_modules");
const require = createRequire(join(modules, "x.js"));
const esbuild = require("esbuild");
const sass = require("sass");
const into = resolve(process.argv[2]);
const TARGET = "chrome92";

function sheet(name) {
  const { css } = sass.compile(join(here, "scss", `${name}.scss`), {
    loadPaths: [modules],
    style: "compressed",
    quietDeps: true,
    silenceDeprecations: ["import"],
  });
  return css.replace(/^\uFEFF/, "");
}

async function script(name) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(here, "js", `${name}.js`)],
    bundle: true, minify: true, write: false, format: "iife", target: TARGET, nodePaths: [modules],
    legalComments: "none", logLevel: "warning", define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0].text;
}

const built = { "shegong.css": sheet("shegong"), "app.js": await script("app"), "chart.js": await script("chart") };
rmSync(into, { recursive: true, force: true });
mkdirSync(into, { recursive: true });
for (const [name, text] of Object.entries(built)) {
  writeFileSync(join(into, name), text);
  writeFileSync(join(into, `${name}.gz`), gzipSync(text, { level: 9 }));
}

// Reads contracts/asyncapi.yaml with the AsyncAPI project's own parser; exit 1 when it finds an error.
// Usage: node .ci/asyncapi.mjs FILE, from a folder in which @asyncapi/parser is installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Parser } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { message, path } of errors) console.error(`${path.join("/")}: ${message}`);
if (!document || errors.length > 0) process.exit(1);
console.log(`asyncapi.yaml: ${document.channels().length} channels, ${document.messages().length} messages`);

// The manifest's words, held against Slack's own types: `tsc --strict` knows every scope, event and field that
// the SDK knows, where Slack's public schema takes any string for a scope.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { parse } from "yaml";

const outer = dirname(dirname(fileURLToPath(import.meta.url)));
const text = readFileSync(join(outer, "../../manifest.yml"), "utf8");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** What `tsc --strict` says of `manifest` as the argument of Slack's `apps.manifest.create`. */
function complaints(name, manifest) {
  const directory = join(outer, "node_modules/.healthbot-types");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.ts`);
  writeFileSync(file, [
    'import type { AppsManifestCreateArguments } from "@slack/web-api";',
    'type Manifest = AppsManifestCreateArguments["manifest"];',
    `export const manifest: Manifest = ${JSON.stringify(manifest, null, 2)};`,
  ].join("\n"));
  const options = "--noEmit --strict --skipLibCheck --target es2022 --module nodenext --types node".split(" ");
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, file], { cwd: outer, encoding: "utf8" });
  assert.equal(status === 0, stdout === "", stdout);
  return stdout;
}

test("Slack's types accept the manifest", () => {
  assert.equal(complaints("manifest", parse(text)), "");
});

test("a misspelt scope is not accepted", () => {
  const misspelt = parse(text.replace("- chat:write.public", "- chat:write.pubic"));
  assert.match(complaints("scope", misspelt), /chat:write\.pubic/);
});

test("a misspelt event is not accepted", () => {
  const misspelt = parse(text.replace("- member_joined_channel", "- member_join_channel"));
  assert.match(complaints("event", misspelt), /member_join_channel/);
});

test("a misspelt field is not accepted", () => {
  const misspelt = parse(text.replace("should_escape:", "should_escpae:"));
  assert.match(complaints("field", misspelt), /should_escpae/);
});

test("lengths are within Slack's limits, which the types do not know", () => {
  const { display_information: shown, features } = parse(text);
  const within = (value, least, most) => assert.ok(value.length >= least && value.length <= most, value);
  within(shown.name, 1, 35);
  within(shown.description, 1, 140);
  within(shown.long_description, 175, 4000);
  within(features.bot_user.display_name, 1, 80);
  features.slash_commands.forEach((command) => within(command.usage_hint, 1, 1000));
  features.shortcuts.forEach((shortcut) => {
    within(shortcut.name, 1, 24);
    within(shortcut.description, 1, 150);
  });
});

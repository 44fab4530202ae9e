// A module-load hook: `emulate` builds its server from parts that it does not export. One line at the end of
// its module exports them; the package on disk stays as it was published.

const ENTRY = "/node_modules/emulate/dist/api.js";

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith(ENTRY)) return loaded;
  return { ...loaded, source: `${loaded.source}\nexport { createServer, serve, SERVICE_REGISTRY };\n` };
}

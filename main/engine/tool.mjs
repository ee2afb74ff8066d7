// Entry of the tool process: refuses a Node that is too old to load the addon, before any newer syntax is read.
if (Number(process.versions.napi) < 10) {
  console.error(`tinylora needs Node 22.14 or later; this is ${process.version}.`);
  process.exit(1);
}
await import('./tool-main.ts');

// Entry of the library process. Plain JavaScript, so that a Node too old to run the rest can say so.
if (Number(process.versions.napi) < 10) {
  console.error(`tinylora-studio needs Node 22.14 or later; this is Node ${process.versions.node}.`);
  process.exit(1);
}
await import('./library-main.ts');

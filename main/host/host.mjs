// Entry of the host process: checks the Node version, then starts main/host/host-main.ts.
if (Number(process.versions.napi) < 10) {
  process.stderr.write(
    `tinylora-studio needs Node 22.14 or later; this is Node ${process.versions.node}. Run npm run setup.\n`,
  );
  process.exit(1);
}
await import('./host-main.ts');

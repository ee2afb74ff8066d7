// Entry of `npm run proof`: checks Node, then measures every claim and prints the table.
if (Number(process.versions.napi) >= 10) {
  await import('./proof/proof.ts');
} else {
  process.stderr.write(`Node ${process.version} is too old: run npm run proof, which brings its own Node 24.\n`);
  process.exitCode = 1;
}

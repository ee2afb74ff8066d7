// Entry of `npm run bench:gpu`: checks Node, then measures and prints JSON.
if (Number(process.versions.napi) >= 10) {
  await import('./bench/gpu.ts');
} else {
  process.stderr.write(`Node ${process.version} is too old: run npm run bench:gpu, which brings its own Node 24.\n`);
  process.exitCode = 1;
}

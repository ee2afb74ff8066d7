// Entry of `npm run make:model`: checks Node, then makes the built-in task and model.
if (Number(process.versions.napi) >= 10) {
  await import('./make-model/make-model.ts');
} else {
  process.stderr.write(`Node ${process.version} is too old: run npm run make:model, which brings its own Node 24.\n`);
  process.exitCode = 1;
}

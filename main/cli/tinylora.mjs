#!/usr/bin/env node
// Entry of the tinylora command: refuses a Node that is too old to load native parts, before any newer syntax is read.
import module from 'node:module';

if (Number(process.versions.napi) < 10) {
  console.error(`tinylora needs Node 22.14 or later; this is ${process.version}. Run it as: npm run -s tinylora -- …`);
  process.exit(1);
}
// Compiling what every command imports takes longer than most commands: kept in the system's temporary folder.
module.enableCompileCache();
await import('./main.ts');

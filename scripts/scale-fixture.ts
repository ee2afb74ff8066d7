// Writes a data folder of the size that screens and benchmarks are held to, through the real store:
// node scripts/scale-fixture.ts FOLDER [--small]
import { parseArgs } from 'node:util';
import { dataFolderPaths, makeDataFolder } from '../main/core/data-folder.ts';
import { SqliteStore } from '../main/store/store.ts';
import { FULL_SCALE, SMALL_SCALE, writeScaleFixture } from '../test/fixtures/scale-store.ts';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { small: { type: 'boolean' } } });
const [home] = positionals;
if (home === undefined) {
  process.stderr.write('Give the folder to write: node scripts/scale-fixture.ts FOLDER [--small]\n');
  process.exit(2);
}
const paths = dataFolderPaths(home);
makeDataFolder(paths);
const startMs = performance.now();
const store = new SqliteStore(paths.database);
writeScaleFixture(store, values.small ? SMALL_SCALE : FULL_SCALE);
store.close();
process.stdout.write(`${home}: ${((performance.now() - startMs) / 1000).toFixed(1)} s\n`);

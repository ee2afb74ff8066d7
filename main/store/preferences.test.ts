// Preferences survive in the database and tolerate what another version wrote. Runs under vitest.
import { expect, it } from 'vitest';
import { Preferences } from '../../contracts/preferences.ts';
import { openDatabase } from './database.ts';
import { PreferenceTable } from './preferences.ts';

it('starts with the defaults, keeps changes, and reads around unknown values', () => {
  const database = openDatabase(':memory:');
  const table = new PreferenceTable(database);
  expect(table.read()).toEqual(Preferences.parse({}));
  table.change({ theme: 'dark', tables: { runs: { order: ['label'] } } });
  table.change({ tables: { models: { order: [] } } });
  const expected = { theme: 'dark', tables: { runs: { order: ['label'] }, models: { order: [] } } };
  expect(new PreferenceTable(database).read()).toEqual(Preferences.parse(expected));
  database.prepare(`INSERT OR REPLACE INTO preferences VALUES ('theme', '"sepia"'), ('fromTheFuture', '1')`).run();
  expect(table.read()).toEqual(Preferences.parse({ tables: expected.tables }));
  database.close();
});

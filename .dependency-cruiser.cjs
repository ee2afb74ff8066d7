// Import rules of the folders. test/import-rules.test.ts plants a violation of each and expects it to be found.
const SOCKETS = '^(node:)?(net|http|https|http2|tls|dgram)$|(^|/)node_modules/ws/';
const npm = (names) => `(^|/)node_modules/(${names})(/|$)`;

/** `folder` may import from this repository only itself and what `allowed` names. */
function folderMayImport(folder, allowed, comment) {
  const targets = [folder, ...allowed].join('|');
  return {
    name: `${folder.replace('main/', '')}-imports`,
    comment,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: '\\.test\\.tsx?$' },
    to: { path: '^(contracts|main|native|preload|renderer|scripts|test|resources)/', pathNot: `^(${targets})(/|$)` },
  };
}

module.exports = {
  forbidden: [
    {
      name: 'contracts-zod-only',
      comment: 'Contracts are read by every process, the browser included: zod and nothing else.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: `^contracts/|${npm('zod')}` },
    },
    folderMayImport('main/core', ['contracts'], 'Core knows interfaces, not the processes around it.'),
    folderMayImport('main/store', ['contracts', 'main/core'], 'The store serves core and host.'),
    folderMayImport('main/engine', ['contracts', 'main/core', 'native/binding'], 'The engine is launched by path.'),
    folderMayImport('main/library', ['contracts', 'main/core'], 'The library process is launched by path.'),
    folderMayImport('main/host', ['contracts', 'main/core', 'main/store'], 'The host launches the engine by path.'),
    folderMayImport('renderer', ['contracts'], 'The window is a client of the host and knows its contract alone.'),
    {
      name: 'renderer-no-node',
      comment: 'The same bundle runs in a browser, where there is no Node.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.tsx?$|^renderer/vite\\.config' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'echarts-in-charts-only',
      comment: 'Chart drawing and export have one home, so that themes, marks and export agree everywhere.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/charts/' },
      to: { path: npm('echarts|zrender|jspdf|svg2pdf\\.js') },
    },
    {
      name: 'features-apart',
      comment: 'Features meet through app/, components/ and charts/, never in each other.',
      severity: 'error',
      from: { path: '^renderer/features/([^/]+)/' },
      to: { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
    },
    folderMayImport('main/client', ['contracts', 'main/core'], 'A client launches its host by path.'),
    folderMayImport(
      'main/cli',
      ['contracts', 'main/core', 'main/client'],
      'The command line is a client of host and engine.',
    ),
    folderMayImport('main/electron', ['contracts', 'main/core', 'main/client'], 'The shell is a client of the host.'),
    {
      name: 'core-no-sockets',
      comment: 'Core has no sockets, no SQL, no native code and no desktop shell.',
      severity: 'error',
      from: { path: '^main/core/', pathNot: '\\.test\\.ts$' },
      to: { path: `${SOCKETS}|${npm('better-sqlite3|node-llama-cpp|electron')}` },
    },
    {
      name: 'sqlite-in-store-only',
      severity: 'error',
      from: { path: '^(main|contracts)/', pathNot: '^main/store/' },
      to: { path: npm('better-sqlite3') },
    },
    {
      name: 'electron-in-shell-only',
      severity: 'error',
      from: { path: '^(main|contracts|renderer)/', pathNot: '^main/electron/|\\.test\\.ts$' },
      to: { path: `${npm('electron')}|^electron$` },
    },
    {
      name: 'preload-imports',
      comment: 'The preload is sandboxed: contracts and electron.',
      severity: 'error',
      from: { path: '^preload/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: `^(preload|contracts)/|${npm('electron')}|^electron$` },
    },
    {
      name: 'addon-in-engine-only',
      comment: 'The addon and its contract are the engine’s; node-llama-cpp would load a second libllama beside it.',
      severity: 'error',
      from: { path: '^main/(?!engine/)' },
      to: { path: '^native/' },
    },
    {
      name: 'engine-no-second-llama',
      comment: 'It brings a libllama of its own: only the library process, where ours is not loaded, may have it.',
      severity: 'error',
      from: { path: '^main/(?!library/)', pathNot: '\\.test\\.ts$' },
      to: { path: npm('node-llama-cpp') },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-packages',
      comment: 'What runs may not need what only development installs.',
      severity: 'error',
      from: { path: '^(main|contracts)/', pathNot: '\\.test\\.ts$|-fixtures\\.ts$' },
      // Electron itself brings the module of its name.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: npm('electron') },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^electron$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^native/build|\\.node$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

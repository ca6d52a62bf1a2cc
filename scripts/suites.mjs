/* Which tests `npm test` leaves to `npm run test:all`, which have a process of their own, and which run again on the newest Node. */

function test(name) {
  return `${name}.test.ts`;
}

function under(folder, names) {
  return names.map((name) => `${folder}/${name}`);
}

/**
 * Left to `npm run test:all`: each takes seconds however little it tries, since it opens databases by the hundred, starts
 * processes and threads, or fills large graphs. Of each kind some stay. By name, each still runs: npx vitest run FILE.
 */
export const SLOW = [
  ...under('test', [
    'packaging/**',
    'power/**',
    'dashboard/browser/**',
    'soak/**',
    'bench/**',
    'examples/demo/demo.test.ts',
    'docs/site.test.ts',
    'collection/write/large-payloads.test.ts',
    'model/machines.test.ts',
    'contract/store/large-patches.test.ts',
    'types/consumers.test.ts',
    'recall/among.test.ts',
    'scripts/publish.test.ts',
    'database/paths.test.ts',
    'collection/maintenance.test.ts',
    'collection/write/draft-memory.test.ts',
    'docs/typed.test.ts',
    'fields/sparse/search.test.ts',
    'hnsw/identical.test.ts',
  ]),
  ...under(
    'test',
    [
      'cli/commands',
      'cli/ui',
      'cli/copy',
      'cli/import',
      'cli/init',
      'cli/terminal',
      'cli/mcp',
      'cli/mcp-calls',
      'cli/every-command',
      'cli/shells',
      'cli/described',
      'cli/served',
      'cli/served-upkeep',
      'docs/guides',
      'filter/resolve',
      'model/fields',
      'simulated/power',
    ].map(test),
  ),
  ...under(
    'test/crash',
    ['exits', 'fields-kill', 'kill', 'poison', 'text-kill', 'unarmed', 'upgrade'].map(test),
  ),
  ...under(
    'test/faults',
    [
      ...['collections', 'copies', 'few-threads', 'flush', 'machines', 'machines-before', 'memory'],
      ...['failed-build', 'gap', 'held', 'liveness', 'resurrection', 'schedules', 'workers'],
    ].map(test),
  ),
  ...under(
    'test/faults/disk',
    [
      ...['commits', 'drop', 'fields', 'files', 'full', 'latest-page', 'mended-ids', 'payloads', 'quota'],
      ...['rows', 'undecodable', 'writer'],
    ].map(test),
  ),
  ...under('test/platform', ['pool', 'threads'].map(test)),
  ...under(
    'test/server/http',
    ['access', 'bounds', 'command', 'hostile', 'limits', 'many', 'snapshots', 'stream'].map(test),
  ),
  ...under(
    'test/database',
    [
      ...['backup', 'closing', 'collection-files', 'damaged-records', 'damaged-store', 'following-faults'],
      ...['following-fields', 'formats', 'inaccessible', 'killed', 'lifecycle', 'lock', 'openers'],
      ...['names', 'read-only'],
    ].map(test),
  ),
  ...under(
    'test/collection',
    [
      ...['churn', 'compaction', 'concurrent', 'equal', 'exact-scan', 'failures', 'limits', 'lost-searchers'],
      'many',
      ...['payload-indexes', 'reopening', 'shared-answers', 'shared-writes', 'turns', 'vectors-on-disk'],
      ...['filters/deletions', 'filters/plans', 'filters/plans-by-code', 'filters/races', 'filters/random'],
      ...['filters/remembered', 'read/page-cost', 'fields/beside', 'fields/text-history'],
      ...['payload-files/damage', 'payload-files/reopening', 'snapshots/damage', 'upkeep/learning'],
      ...['field-files/damage', 'field-files/passed-over', 'field-files/random'],
      ...[
        'fields/adding',
        'fields/changing',
        'fields/text',
        'fields/updates-poison',
        'fields/updates-random',
        'fields/updates-upkeep',
      ],
      ...['query/answers', 'query/random', 'write/aborted', 'write/backpressure', 'write/batch'],
      ...['write/batch-limits', 'write/decided', 'write/payloads'],
    ].map(test),
  ),
  ...under(
    'test/hnsw',
    [
      ...['arenas', 'bounded', 'determinism', 'replace', 'shared', 'slots', 'snapshot/damage'],
      ...['snapshot/live', 'snapshot/round-trip'],
    ].map(test),
  ),
  ...under('test/contract/kernel', ['builds', 'exact', 'hash', 'identical', 'maxsim', 'scan'].map(test)),
  ...under('test/contract/store', ['fields', 'forecast', 'patches'].map(test)),
  ...under(
    'test/filter',
    ['bitmap', 'indexes/answers', 'indexes/dumps', 'indexes/orders', 'indexes/shelves'].map(test),
  ),
  ...under('test/recall', ['adversarial', 'dot', 'filtered', 'targets'].map(test)),
];

/**
 * Left to `npm run test:all` by CI as well, which has twenty minutes on machines of which some are slow: they say whether tools of
 * others take the package, and whether the bench, the demo and the site work; or they take long, and others of their kind stay. Before
 * a release, all of them run.
 */
export const NOT_IN_CI = [
  // They need a Chromium.
  'test/dashboard/browser/**',
  ...under(
    'test',
    [
      'packaging/bundlers',
      'packaging/clients',
      'packaging/engines',
      'bench/quick',
      'docs/site',
      'cli/import',
      'cli/described',
      'cli/served',
      'cli/served-upkeep',
      'cli/terminal',
      'cli/every-command',
      // It needs zsh and fish.
      'cli/shells',
      'examples/demo/demo',
      'server/dashboard/stalled',
      'types/consumers',
      // Of their kinds others stay: eight minutes of a core.
      'cli/commands',
      'cli/mcp',
      'cli/mcp-calls',
      'collection/equal',
      'collection/filters/plans-by-code',
      'crash/exits',
      'crash/upgrade',
      'database/following-faults',
      'database/openers',
      'filter/indexes/answers',
      'recall/adversarial',
      'cli/copy',
      'collection/many',
      'crash/unarmed',
      'faults/copies',
      'faults/machines-before',
      'filter/bitmap',
      'filter/indexes/shelves',
      'recall/filtered',
      'server/qdrant/killed-snapshots',
      'server/qdrant/recovered',
    ].map(test),
  ),
];

/**
 * They change their process, or measure it: its threads, of which a shared one may have more, signals, files, memory. Each has
 * one of its own. All others share one a worker: to start a process and to load the build takes .9 s of CPU for each file.
 */
export const ALONE = [
  ...[
    'bench',
    'crash',
    'dashboard/browser',
    'faults',
    'packaging',
    'platform',
    'power',
    'server/http',
    'soak',
  ].map((folder) => `test/${folder}/**/*.test.ts`),
  ...under(
    'test/collection',
    ['fields/order', 'filters/races', 'filters/remembered', 'lost-searchers', 'turns'].map(test),
  ),
  ...under('test/collection/write', ['draft-memory', 'large-payloads'].map(test)),
  ...under('test/database', ['closing', 'import', 'lifecycle', 'openers'].map(test)),
];

/**
 * What another engine can change: kernels (relaxed SIMD), threads, memory, files, ends of processes. The rest is the same
 * JavaScript. As much is tried as by `npm test`.
 */
export const BY_ENGINE = [
  ...['test/base', 'test/contract', 'test/crash', 'test/hnsw', 'test/kernel', 'test/platform'],
  ...['test/store', 'test/vector-index', 'test/collection/upkeep'],
  ...under('test', ['database/lifecycle', 'server/http/json', 'server/http/stream'].map(test)),
  ...under('test/collection/fields', ['dense', 'multi'].map(test)),
  ...under('test/faults', ['few-threads', 'workers'].map(test)),
];

/** Of these, what takes long and is the same on every engine. */
export const NOT_BY_ENGINE = [
  ...under('test/crash', ['text-kill', 'fields-kill', 'upgrade', 'poison', 'unarmed', 'exits'].map(test)),
  ...under('test', ['hnsw/snapshot/damage', 'hnsw/arenas', 'collection/upkeep/learning'].map(test)),
];

/* Run as a process: transactions that cannot be sent, or cannot be put together, between others. Argument: a folder. */
import { nodePlatform } from '#silt/platform/node/node.js';
import { LmdbStore } from '#silt/store/lmdb/lmdb-store.js';

const store = await LmdbStore.open(process.argv[2], nodePlatform);
const told = [];
for (const value of [1, () => 'cannot be cloned', 2, 1n, 3, Symbol('neither'), 4])
  await store.commit({ records: [['value', value]] }).then(
    () => {
      store.refresh();
      told.push(store.records('value')[0][1]);
    },
    () => told.push('refused'),
  );
await store.close();
process.stdout.write(JSON.stringify(told));

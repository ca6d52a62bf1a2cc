/*
 * Prints docs/OPTIONS.md, from the table that the checks are made of: npm run docs:options. A test
 * compares the two.
 */
import { OPTIONS } from '../dist/api/options.js';

/** Calls as the page names them, and what is to be said of them. */
const CALLS = {
  open: ['open(path, options)'],
  backupCollection: ['backupCollection(name, path, options)'],
  restoreCollection: ['restoreCollection(name, path, options)'],
  createCollection: [
    'createCollection(name, config)',
    'Without any field, `{}`, it is a store of documents: payloads that are found by id and by filter. Also of `getOrCreateCollection`.',
  ],
  createField: ['createField(name, field)', 'One of the three, with its options.'],
  dense: ['config.vectors', 'Of each named field of dense vectors; of `vector` in `createField`.'],
  sparse: ['config.sparse', 'Of each named field of sparse vectors.'],
  text: ['config.text', 'Of each named field of text.'],
  hnsw: ['config.hnsw'],
  indexing: ['config.indexing'],
  upsert: ['upsert(points, options)'],
  delete: ['delete({ filter })', 'Or `delete(id)`, `delete(ids)`.'],
  write: [
    'delete(which, options)',
    'Also of `overwritePayload(which, payload, options)`, `deletePayload(which, paths, options)`, `clearPayload(which, options)` and `deleteVectors(which, fields, options)`. Ids that do not exist are passed over: the receipt counts what was `updated`.',
  ],
  setPayload: [
    'setPayload(which, payload, options)',
    'Ids that do not exist are passed over: the receipt counts what was `updated`.',
  ],
  updateVectors: [
    'updateVectors(points, options)',
    'Ids that do not exist are passed over: the receipt counts what was `updated`.',
  ],
  ingest: ['ingest(source, options)'],
  scroll: ['scroll(options)'],
  count: ['count(options)'],
  search: ['search(query, options)', 'Also of `searchBatch` and `explain`.'],
  textQuery: ['search({ text })', 'What is searched for in a field of text.'],
  highlight: ['highlight', 'Of a search by text.'],
  waitFor: ['waitFor(seq, stage, options)'],
  buildNow: ['buildNow(options)'],
  watch: ['watch(options)'],
  measureRecall: ['measureRecall(options)'],
  verify: ['verify(options)', 'Of a collection.'],
  index: ['new HnswIndex(options)'],
  loadIndex: ['HnswIndex.load(path, options)'],
  verifyIndex: ['index.verify(options)'],
  searchIndex: ['index.search(query, k, options)', 'Also of `AsyncIndexBuilder`.'],
  builder: [
    'new AsyncIndexBuilder(index, config)',
    'The one exception: unknown members are dropped, since older configurations have some. Also of `parseConfig`.',
  ],
  triggerBuildAsync: ['triggerBuildAsync(options)'],
};

const INTRODUCTION = `---
group: Reference
title: Options
---

# Options

Every option of every call. An option that is unknown, of the wrong type or out of range is an error with the code
\`INVALID_OPTION\`, before the call has any effect; the message says what was expected and what came. A member that is
\`undefined\` counts as left out; \`null\` does not. "Also" names other spellings that are accepted.

This page is made by \`scripts/options-page.mjs\`, from the table that the checks use.
`;

function row([name, { check, shown, says, aliases }]) {
  const also = aliases.length === 0 ? '' : ` Also ${aliases.map((one) => `\`${one}\``).join(', ')}.`;
  return `| \`${name}\` | ${check.type} | ${shown === '' ? '' : shown} | ${says}${also} |`;
}

function section([key, call]) {
  const [title, more] = CALLS[key] ?? [`${call.name}(options)`];
  const table = [
    '| option | what | default | |',
    '| --- | --- | --- | --- |',
    ...Object.entries(call.table).map(row),
  ];
  return [`## \`${title}\``, '', ...(more ? [more, ''] : []), ...table, ''].join('\n');
}

console.log([INTRODUCTION, ...Object.entries(OPTIONS).map(section)].join('\n').trimEnd());

// @ts-check
// The table of sections, but for `curves`, which has tables and plots of its own.
import { runCollections } from './collections/section.mjs';
import { runConcurrency } from './concurrency/section.mjs';
import { runDashboard } from './dashboard/section.mjs';
import { runDurable } from './durable/section.mjs';
import { runFields } from './fields/section.mjs';
import { runFiltered } from './filtered/section.mjs';
import { runFootprint } from './footprint/section.mjs';
import { runFresh } from './fresh/section.mjs';
import { runHttp } from './http/section.mjs';
import { runHybrid } from './hybrid/section.mjs';
import { runLive } from './live/section.mjs';
import { runLiveDurable } from './live-durable/section.mjs';
import { runMap } from './map/section.mjs';
import { runMaxSim } from './maxsim/section.mjs';
import { runOpening } from './opening/section.mjs';
import { runPayload } from './payload/section.mjs';
import { runQuality } from './quality/section.mjs';
import { runRecall } from './recall/section.mjs';
import { runScan } from './scan/section.mjs';
import { runSparse } from './sparse/section.mjs';
import { runText } from './text/section.mjs';

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {string} data 'each' of the chosen data sets, the 'first' of them, one by name, or 'none': it has data of its own
 * @property {string[]} [peers] engines beside Silt that it measures
 * @property {(data: any, options: import('./options.mjs').Options) =>
 *   Promise<{ text: string, result: object, failures?: string[] }>} run failures: what must not be, though
 *   there are figures to show
 */

const TEXT_PEERS = ['zvec', 'lancedb', 'fts5', 'minisearch', 'orama'];

/** @type {Section[]} */
export const sections = [
  { name: 'scan', data: 'first', run: runScan },
  { name: 'live', data: 'first', run: runLive },
  { name: 'durable', data: 'each', peers: ['zvec', 'lancedb'], run: runDurable },
  { name: 'fresh', data: 'first', run: runFresh },
  { name: 'live-durable', data: 'first', run: runLiveDurable },
  { name: 'opening', data: 'first', run: runOpening },
  { name: 'footprint', data: 'clusters-768', run: runFootprint },
  { name: 'filtered', data: 'first', peers: ['zvec', 'lancedb', 'lancedb-pq'], run: runFiltered },
  { name: 'concurrency', data: 'first', peers: ['usearch', 'zvec'], run: runConcurrency },
  { name: 'collections', data: 'first', run: runCollections },
  { name: 'http', data: 'none', run: runHttp },
  { name: 'recall', data: 'each', run: runRecall },
  { name: 'text', data: 'none', peers: TEXT_PEERS, run: runText },
  { name: 'sparse', data: 'none', peers: ['zvec'], run: runSparse },
  { name: 'maxsim', data: 'none', run: runMaxSim },
  { name: 'map', data: 'first', run: runMap },
  { name: 'dashboard', data: 'first', run: runDashboard },
  { name: 'hybrid', data: 'first', run: runHybrid },
  { name: 'payload', data: 'first', run: runPayload },
  { name: 'fields', data: 'first', run: runFields },
  { name: 'quality', data: 'none', peers: TEXT_PEERS, run: runQuality },
];

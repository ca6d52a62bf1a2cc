/* Node as a platform: one for each thread. */
import { randomUUID } from 'node:crypto';
import type { Platform } from '../platform.js';
import { nodeEvents } from './events.js';
import { newFaults } from './faults.js';
import { nodeFiles } from './files.js';
import { newPool } from './pool.js';
import { NodeTime } from './time.js';

const faults = newFaults();

export const nodePlatform: Platform = {
  time: new NodeTime(),
  files: nodeFiles,
  pool: newPool(faults),
  events: nodeEvents,
  faults,
  get kernel() {
    return process.env['SILT_KERNEL'] || undefined;
  },
  unicode: process.versions['unicode'] ?? '',
  uuid: randomUUID,
};

/*
 * Databases opened by the machine as it is, in arenas so small that the points of a test fill several: how many rows
 * one has room for depends on the cores that this process may use.
 */
import { spawnSync } from 'node:child_process';
import { machineOf } from '#silt/collection/config.js';
import { openWith } from '#silt/database/over-store.js';
import { open } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LmdbStore } from '#silt/store/lmdb/lmdb-store.js';
import { VARIANTS } from './points.mjs';

const machine = machineOf(nodePlatform);

/** Opens the database of a variant. */
export async function openVariant(path, variant) {
  const { arenaBytes } = VARIANTS[variant];
  if (arenaBytes === undefined) return open(path);
  const store = await LmdbStore.open(path, nodePlatform);
  return openWith(store, 1_500, { ...machine, arenaBytes });
}

/** Whether this system can give a process one core of several. */
export const CAN_PIN = machine.threads > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** The command that runs a program on one core, or on all. */
export function onCores(cores, program, args) {
  return cores === 1 ? ['taskset', ['-c', '0', program, ...args]] : [program, args];
}

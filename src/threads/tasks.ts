/* What worker threads can do: each task is a module that exports `run`, loaded when it is first asked for. */
import type { Tasks } from '../platform/pool.js';

export const TASKS: Tasks = {
  link: () => import('../hnsw/build/link-task.js'),
  scan: () => import('../hnsw/scan-task.js'),
  answer: () => import('../hnsw/search-loop.js'),
  layout: () => import('../map/layout-task.js'),
};

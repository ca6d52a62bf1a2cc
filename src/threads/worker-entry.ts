/* Where a worker thread begins. */
import { serve } from '../platform/node/worker.js';
import { TASKS } from './tasks.js';

serve(TASKS);

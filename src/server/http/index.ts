/**
 * A server by Qdrant's requests over HTTP: `import { serve } from 'silt/server'`.
 * @module silt/server
 */
export type { FailedRequest } from './faults.js';
export type { ServeLimits, ServeOptions } from './options.js';
export { type Server, serve } from './serve.js';

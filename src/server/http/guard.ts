/* Checks that every request passes before its body is read: counting, limits, origin and authorisation. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QdrantError } from '../qdrant/errors.js';
import { Access } from './access.js';
import { readRest } from './collect.js';
import { onEnded } from './connections.js';
import type { RequestMetrics } from './metrics.js';
import type { Limits, Settled } from './options.js';
import type { Task, Work } from './work.js';

declare module 'fastify' {
  interface FastifyRequest {
    task: Task;
  }
}

export interface Guarded {
  /** The path pattern, as in the table of operations. */
  readonly endpoint: string;
  readonly writes: boolean;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, next: () => void) => void;

/** These are answered even at the limit of concurrent requests. */
const ALWAYS = /^\/(healthz|readyz|livez|metrics)$/;

/** How long the rest of a request is drained that was answered before all of it came; less while the server closes. */
const REST_MS = 5_000;
const REST_AT_END_MS = 200;

/** The status that proxies log when the client left before the response. */
const CLIENT_LEFT = 499;

export class Guard {
  readonly #access: Access;
  readonly #metrics: RequestMetrics;
  readonly #work: Work;
  readonly #limits: Limits;
  readonly #closing: AbortSignal;

  constructor(settled: Settled, metrics: RequestMetrics, work: Work, closing: AbortSignal) {
    this.#access = new Access(settled);
    this.#limits = settled.limits;
    this.#metrics = metrics;
    this.#work = work;
    this.#closing = closing;
  }

  /** The `onRequest` hook of a route. */
  of({ endpoint, writes }: Guarded): Hook {
    const always = ALWAYS.test(endpoint);
    return (request, reply, next) => {
      this.count(request, reply, endpoint);
      if (this.#closing.aborted) throw new QdrantError(503, 'Service unavailable: the server is closing');
      this.#access.checkOrigin(request.headers, request.method);
      this.#access.check(request.headers, endpoint, writes);
      if (!always) this.#work.checkRequests();
      next();
    };
  }

  /** Whether a request with these headers, which has passed, may write. */
  mayWrite(headers: IncomingHttpHeaders): boolean {
    return this.#access.mayWrite(headers);
  }

  get #restMs(): number {
    return Math.min(this.#limits.bodyMs, this.#closing.aborted ? REST_AT_END_MS : REST_MS);
  }

  /** Counts a request until it has ended, and drains what is left of it then. */
  count(request: FastifyRequest, { raw }: FastifyReply, endpoint: string): void {
    const task = this.#work.begin();
    request.task = task;
    onEnded(request.raw, raw, () => {
      const status = raw.writableFinished ? raw.statusCode : CLIENT_LEFT;
      this.#metrics.add(request.method, endpoint, status, (performance.now() - task.began) / 1_000);
      task.release();
      readRest(request.raw, this.#restMs);
    });
  }
}

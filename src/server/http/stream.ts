/*
 * Points streamed in: `POST /collections/{name}/points/stream`, one point a line, of any number. The ingest takes lines as fast
 * as it writes; what it does not take stays with the client, by TCP. Progress streams out, a line for each batch; the last
 * line has the result or the error. Where nothing was written yet, an error has its status, as of any request.
 */
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestProgress, IngestSummary } from '../../api/writing.js';
import { type ErrorCode, SiltError } from '../../base/errors.js';
import { INGEST_BATCH_POINTS } from '../../base/limits.js';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import { type Schema, schemaOf, Type } from '../qdrant/schema/schema.js';
import type { Service } from '../qdrant/service.js';
import { badEncoding } from './body.js';
import type { Failures } from './faults.js';
import { stringify } from './json.js';
import { LineError } from './lines.js';
import type { Limits } from './options.js';
import { PointLines } from './points.js';
import { queryIn } from './query.js';

interface StreamParams {
  wait?: boolean;
  on_invalid?: 'throw' | 'skip';
  batch_size?: number;
}

export const STREAM_PARAMS: Schema<StreamParams> = schemaOf<StreamParams>()(
  Type.Object({
    wait: Type.Optional(Type.Boolean()),
    on_invalid: Type.Optional(Type.Union([Type.Literal('throw'), Type.Literal('skip')])),
    batch_size: Type.Optional(Type.Integer({ minimum: 1, maximum: INGEST_BATCH_POINTS })),
  }),
);

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** What a decoder gives. @throws QdrantError 400 */
async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer, void> {
  try {
    yield* bytes;
  } catch (error) {
    if (!(error as { code?: string }).code?.match(/^(Z|ERR)_/)) throw error;
    throw new QdrantError(400, `Bad request: the body is not ${encoding}`, { cause: error });
  }
}

/** Cuts a client that sends nothing for some time, while bytes are waited for: one that is held back sends nothing either. */
async function* watched(
  { raw: { socket } }: FastifyRequest,
  bytes: AsyncIterable<Buffer>,
  stallMs: number,
): AsyncGenerator<Buffer, void> {
  socket.setTimeout(stallMs);
  try {
    for await (const piece of bytes) {
      socket.setTimeout(0);
      yield piece;
      socket.setTimeout(stallMs);
    }
  } finally {
    socket.setTimeout(0);
  }
}

/** The bytes of a request. Leaving off before their end keeps the connection, for the response. */
function bytesOf({ raw, headers }: FastifyRequest): AsyncIterable<Buffer> {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return raw.iterator({ destroyOnReturn: false });
  if (!Object.hasOwn(DECODERS, encoding)) throw badEncoding(encoding);
  const decoder = DECODERS[encoding as keyof typeof DECODERS]();
  raw.once('close', () => raw.complete || decoder.destroy(new Error('the client left')));
  return decoded(raw.pipe(decoder), encoding);
}

/** Lines of a response, whose head goes out with the first. */
class ProgressLines {
  readonly #reply: FastifyReply;
  readonly #began = performance.now();
  #begun = false;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
  }

  get begun(): boolean {
    return this.#begun;
  }

  progress({ written, pending, rowsPerSecond }: IngestProgress): void {
    // Progress that the client does not read is dropped.
    if (this.#reply.raw.writableNeedDrain) return;
    this.#write({ written, pending, points_per_second: Math.round(rowsPerSecond) });
  }

  end(last: object): void {
    this.#write({ ...last, time: (performance.now() - this.#began) / 1_000 });
    this.#reply.raw.end();
  }

  #write(value: object): void {
    const { raw } = this.#reply;
    if (!this.#begun) {
      this.#begun = true;
      const headers = this.#reply.getHeaders() as Record<string, string>;
      this.#reply.hijack();
      raw.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson' });
    }
    raw.write(`${stringify(value)}\n`);
  }
}

function resultOf(summary: IngestSummary, lines: PointLines): object {
  for (const { index, message } of summary.rejected) lines.reject(lines.lineOf(index), message);
  const untold = summary.rejectedCount - summary.rejected.length;
  return {
    written: summary.written,
    inserted: summary.inserted,
    replaced: summary.replaced,
    operation_id: summary.seq,
    rejected_count: lines.rejectedCount + untold,
    rejected: [...lines.rejected].sort((a, b) => a.line - b.line),
  };
}

/** What ended an ingest: an error of the line that was read last, unless the source or the store failed. */
function causeOf(error: unknown, lines: PointLines): QdrantError {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof LineError) return cause;
  const why = qdrantErrorOf(cause ?? error);
  const isOfPoint = cause instanceof SiltError && OF_POINTS.has(cause.code);
  return isOfPoint && lines.last > 0 ? new LineError(lines.last, why) : why;
}

/** What a point can be blamed for; all else is of the collection, or of the store. */
const OF_POINTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INVALID_ID',
  'INVALID_OPTION',
  'INVALID_PAYLOAD',
  'INVALID_VECTOR',
  'LIMIT_EXCEEDED',
]);

/** How many points an ingest wrote before it failed. */
const writtenOf = (error: unknown): number => (error as { summary?: IngestSummary }).summary?.written ?? 0;

export interface Streaming {
  readonly service: Service;
  readonly limits: Limits;
  /** Aborts when the server closes. */
  readonly closing: AbortSignal;
  readonly failures: Failures;
}

const CLOSES = 'Service unavailable: the server is closing. Send the points that are not written again';

const LEFT = new QdrantError(400, 'Bad request: the stream ended early');

export async function streamPoints(
  { service, limits, closing, failures }: Streaming,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { collection_name } = request.params as { collection_name: string };
  const {
    wait = true,
    on_invalid = 'throw',
    batch_size,
  } = STREAM_PARAMS.check(queryIn(STREAM_PARAMS.json, request.query), 'query parameters');
  const view = service.view(collection_name);
  const lines = new PointLines(view, on_invalid === 'skip');
  const out = new ProgressLines(reply);
  const { socket } = request.raw;
  const bytes = watched(request, bytesOf(request), limits.stallMs);
  try {
    const summary = await view.collection.ingest(lines.points(bytes, limits.lineBytes), {
      durability: wait ? 'flushed' : 'committed',
      onInvalid: on_invalid,
      batchSize: batch_size,
      signal: closing,
      onProgress: (progress) => out.progress(progress),
    });
    if (summary.aborted && summary.written === 0 && !out.begun) throw new QdrantError(503, CLOSES);
    const result = resultOf(summary, lines);
    out.end(summary.aborted ? { status: { error: CLOSES }, result } : { result, status: 'ok' });
  } catch (error) {
    const cause = socket.destroyed ? LEFT : causeOf(error, lines);
    const line = cause instanceof LineError ? { line: cause.line } : {};
    if (!out.begun)
      throw 'line' in line ? new QdrantError(cause.status, `${cause.message} (line ${line.line})`) : cause;
    const why = failures.answer(cause, request);
    out.end({ status: { error: why.message, ...line }, result: { written: writtenOf(error) } });
  }
  socket.setTimeout(limits.stallMs); // of a client that does not read the end
  return reply;
}

/*
 * `POST /collections/{name}/points/stream` ingests any number of points, one per line. Lines are read only as fast as the ingest writes:
 * TCP holds back a faster client. The response is a stream as well: a line of progress for each batch, and a last line with the
 * result or the error. An error before the first line of the response has an HTTP status, as in any request.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestProgress, IngestSummary } from '../../api/writing.js';
import { type ErrorCode, SiltError } from '../../base/errors.js';
import { INGEST_BATCH_POINTS } from '../../base/limits.js';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import { type Schema, schemaOf, Type } from '../qdrant/schema/schema.js';
import type { Service } from '../qdrant/service.js';
import { decoderOf, encodingOf, notEncoded } from './decoding.js';
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

/** The decompressed bytes. @throws QdrantError 400 */
async function* decompressed(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer, void> {
  try {
    yield* bytes;
  } catch (error) {
    if (!(error as { code?: string }).code?.match(/^(Z|ERR)_/)) throw error;
    throw notEncoded(encoding, error);
  }
}

/**
 * Closes the connection of a client that sends nothing for `stallMs`. The timer runs only while the server waits for bytes: a
 * client that TCP holds back sends nothing either.
 */
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

/** The bytes of a request. Ending the iteration early keeps the connection open for the response. */
function bytesOf({ raw, headers }: FastifyRequest): AsyncIterable<Buffer> {
  const encoding = encodingOf(headers['content-encoding']);
  if (encoding === undefined) return raw.iterator({ destroyOnReturn: false });
  const decoder = decoderOf(encoding);
  raw.once('close', () => raw.complete || decoder.destroy(new Error('the client left')));
  return decompressed(raw.pipe(decoder), encoding);
}

/** The lines of the response. The headers are sent with the first one. */
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
    // If the client does not read, progress lines are dropped.
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

/** Why an ingest ended: an error in the last line that was read, unless the source or the store failed. */
function causeOf(error: unknown, lines: PointLines): QdrantError {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof LineError) return cause;
  const why = qdrantErrorOf(cause ?? error);
  const isOfPoint = cause instanceof SiltError && OF_POINTS.has(cause.code);
  return isOfPoint && lines.last > 0 ? new LineError(lines.last, why) : why;
}

/** Errors that a point can cause. All others come from the collection or the store. */
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
  const lines = new PointLines(service, view, on_invalid === 'skip');
  const out = new ProgressLines(reply);
  const { socket } = request.raw;
  const keep = (held: number): void => request.task.keep(held);
  const bytes = watched(request, bytesOf(request), limits.stallMs);
  try {
    const summary = await view.collection.ingest(lines.points(bytes, limits.lineBytes, keep), {
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

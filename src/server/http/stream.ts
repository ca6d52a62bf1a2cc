/*
 * Points streamed in: `POST /collections/{name}/points/stream`, one point a line, of any number. The ingest takes lines as fast
 * as it writes; what it does not take stays with the client, by TCP. Progress streams out, a line for each batch; the last
 * line has the result or the error. Where nothing was written yet, an error has its status, as of any request.
 */
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestProgress, IngestSummary } from '../../api/writing.js';
import { INGEST_BATCH_POINTS } from '../../base/limits.js';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import { type Schema, schemaOf, Type } from '../qdrant/schema/schema.js';
import type { Service } from '../qdrant/service.js';
import { badEncoding } from './body.js';
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
  return why.status < 500 && why.status !== 429 && lines.last > 0 ? new LineError(lines.last, why) : why;
}

/** How many points an ingest wrote before it failed. */
const writtenOf = (error: unknown): number => (error as { summary?: IngestSummary }).summary?.written ?? 0;

/** Reads what is left of a request, for some time: a client that still sends would not read the response otherwise. */
function readOn({ raw }: FastifyRequest, ms: number): void {
  if (raw.complete) return;
  const timer = setTimeout(() => raw.destroy(), ms).unref();
  raw.once('close', () => clearTimeout(timer)).resume();
}

export interface Streaming {
  readonly service: Service;
  readonly limits: Limits;
  /** Aborts when the server closes. */
  readonly closing: AbortSignal;
}

export async function streamPoints(
  { service, limits, closing }: Streaming,
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
  request.raw.socket.setTimeout(limits.stallMs);
  try {
    const summary = await view.collection.ingest(lines.points(bytesOf(request), limits.lineBytes), {
      durability: wait ? 'flushed' : 'committed',
      onInvalid: on_invalid,
      batchSize: batch_size,
      signal: closing,
      onProgress: (progress) => out.progress(progress),
    });
    const result = resultOf(summary, lines);
    const closes = 'Service unavailable: the server is closing. Send the points that are not written again';
    out.end(summary.aborted ? { status: { error: closes }, result } : { result, status: 'ok' });
  } catch (error) {
    const why = causeOf(error, lines);
    const line = why instanceof LineError ? { line: why.line } : {};
    if (!out.begun)
      throw 'line' in line ? new QdrantError(why.status, `${why.message} (line ${line.line})`) : why;
    out.end({ status: { error: why.message, ...line }, result: { written: writtenOf(error) } });
  } finally {
    readOn(request, limits.bodyMs);
  }
  return reply;
}

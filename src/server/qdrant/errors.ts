/*
 * Errors as Qdrant answers them: a status, and a text that begins with what kind it is. What Silt throws is mapped here, and
 * nowhere else; docs/QDRANT.md lists them.
 */
import { type ErrorCode, SiltError } from '../../base/errors.js';

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

export class QdrantError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QdrantError';
    this.status = status;
  }

  get statusText(): string {
    return STATUS_TEXTS[this.status] ?? 'Error';
  }
}

export const wrongInput = (text: string, options?: ErrorOptions): QdrantError =>
  new QdrantError(400, `Wrong input: ${text}`, options);

export const formatError = (text: string, where = 'JSON body'): QdrantError =>
  new QdrantError(400, `Format error in ${where}: ${text}`);

export const notFound = (text: string, options?: ErrorOptions): QdrantError =>
  new QdrantError(404, `Not found: ${text}`, options);

export const noCollection = (name: string): QdrantError => notFound(`Collection \`${name}\` doesn't exist!`);

export const conflict = (text: string): QdrantError => new QdrantError(409, `Wrong input: ${text}`);

/** What Qdrant has and Silt has not. A sentence says so, and what to do instead where there is something. */
export const unsupported = (sentence: string): QdrantError =>
  new QdrantError(501, `Not implemented: ${sentence}`);

/** What only a cluster can do. */
export const standalone = (): QdrantError =>
  new QdrantError(405, 'Wrong input: Qdrant is running in standalone mode');

/** Of each code: the status, and what the text begins with. */
const MAPPED: Readonly<Record<ErrorCode, readonly [status: number, prefix: string]>> = {
  INVALID_OPTION: [400, 'Wrong input: '],
  INVALID_VECTOR: [400, 'Wrong input: '],
  INVALID_ID: [400, 'Format error in JSON body: '],
  INVALID_PAYLOAD: [400, 'Wrong input: '],
  INVALID_FILTER: [400, 'Format error in JSON body: '],
  INVALID_QUERY: [400, 'Wrong input: '],
  INVALID_NAME: [422, 'Validation error in path parameters: '],
  DUPLICATE_ID: [400, 'Wrong input: '],
  LIMIT_EXCEEDED: [400, 'Bad request: '],
  COLLECTION_EXISTS: [409, 'Wrong input: '],
  COLLECTION_NOT_FOUND: [404, 'Not found: '],
  POINT_NOT_FOUND: [404, 'Not found: '],
  POINT_EXISTS: [409, 'Wrong input: '],
  CONDITION_NOT_MET: [409, 'Wrong input: '],
  PAYLOAD_INDEX_EXISTS: [409, 'Wrong input: '],
  READ_ONLY: [403, 'Forbidden: '],
  BACKPRESSURE: [429, 'Rate limiting exceeded: '],
  DISK_FULL: [507, 'Service internal error: '],
  OUT_OF_MEMORY: [507, 'Service internal error: '],
  CLOSED: [503, 'Service internal error: '],
  DATABASE_LOCKED: [503, 'Service internal error: '],
  READERS_FULL: [503, 'Service internal error: '],
  STORE_UNAVAILABLE: [503, 'Service internal error: '],
  BUILD_FAILED: [500, 'Service internal error: '],
  BUILD_RUNNING: [500, 'Service internal error: '],
  WORKER_LOST: [500, 'Service internal error: '],
  SNAPSHOT_INVALID: [400, 'Wrong input: '],
  KERNEL_UNAVAILABLE: [500, 'Service internal error: '],
  NESTED_CALL: [500, 'Service internal error: '],
  DATABASE_INVALID: [500, 'Service internal error: '],
  DATABASE_INACCESSIBLE: [500, 'Service internal error: '],
  STORE_FAILED: [500, 'Service internal error: '],
  COMPACTION_BEHIND: [500, 'Service internal error: '],
  ROW_UNREADABLE: [500, 'Service internal error: '],
  INGEST_FAILED: [500, 'Service internal error: '],
  COLLECTION_POISONED: [500, 'Service internal error: '],
};

/** The id that a message of Silt names. */
const NAMED_ID = /no point with the id "?([\w-]+)"?/;

/** What a formula does not give, or a point does not have for it, in Qdrant's words. */
function formulaError(error: SiltError): QdrantError | undefined {
  if (error.code !== 'INVALID_QUERY') return undefined;
  const infinite = /^the formula has no finite value: (.*) is [^ ]+$/.exec(error.message);
  if (infinite)
    return wrongInput(`The expression ${infinite[1]} produced a non-finite number`, { cause: error });
  const unfit = /^the formula needs an? (\w+)\b.* at (.*), and a point has (.*)$/.exec(error.message);
  if (!unfit) return undefined;
  const [, expected, key, got] = unfit;
  return wrongInput(
    `Expected ${expected} value for ${key} in the payload and/or in the formula defaults. Error: a point has ${got}`,
    { cause: error },
  );
}

/** Any error as one of Qdrant's. */
export function qdrantErrorOf(error: unknown): QdrantError {
  if (error instanceof QdrantError) return error;
  if (!(error instanceof SiltError)) {
    const text = error instanceof Error ? error.message : String(error);
    return new QdrantError(500, `Service internal error: ${text}`, { cause: error });
  }
  const id = error.code === 'POINT_NOT_FOUND' ? NAMED_ID.exec(error.message)?.[1] : undefined;
  if (id !== undefined) return notFound(`No point with id ${id} found`, { cause: error });
  const ofFormula = formulaError(error);
  if (ofFormula) return ofFormula;
  const [status, prefix] = MAPPED[error.code];
  return new QdrantError(status, prefix + error.message, { cause: error });
}

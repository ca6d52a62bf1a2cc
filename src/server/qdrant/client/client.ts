/*
 * Qdrant's client, in this process: methods and types of @qdrant/js-client-rest 1.19 (and those of 1.17 that it has no more), on
 * a database of Silt instead of a server. Nothing goes through HTTP or JSON.
 */
import type {
  CountRequest,
  DeletePayload,
  DeleteVectors,
  PointInsertOperations,
  PointRequest,
  PointsSelector,
  ScrollRequest,
  ScrollResult,
  SetPayload,
  UpdateOperations,
  UpdateVectors,
} from '../api/points.js';
import type {
  FacetRequest,
  FacetResponse,
  GroupsResult,
  QueryGroupsRequest,
  QueryRequest,
  QueryRequestBatch,
  QueryResponse,
  SearchMatrixOffsetsResponse,
  SearchMatrixPairsResponse,
  SearchMatrixRequest,
} from '../api/query.js';
import type { PointRecord, ReadParams, UpdateResult, WriteParams } from '../api/values.js';
import type { Operation } from '../operation.js';
import * as points from '../operations/points.js';
import * as queries from '../operations/query.js';
import * as reading from '../operations/reading.js';
import { ask, begin, end, of, type QdrantClientParams } from './base.js';
import { CollectionsClient } from './collections.js';

/*
 * Bodies and parameters of the query string are members of one object here: each is checked for its own, and does not mind the
 * others. Taken apart, they would be copied for each call.
 */

/** Writes that wait where nothing else is said, as Qdrant's client has it. */
async function write<B, R>(
  client: object,
  operation: Operation<WriteParams, B, R>,
  name: string,
  request: WriteParams & B,
  wait = true,
): Promise<R> {
  // One that was left out is refused where bodies are.
  const { wait: asked, ordering, timeout }: WriteParams = request ?? {};
  return ask(client, operation, of(name), { wait: asked ?? wait, ordering, timeout }, request);
}

function read<B, R>(
  client: object,
  operation: Operation<ReadParams, B, R>,
  name: string,
  request: ReadParams & B,
): Promise<R> {
  return ask(client, operation, of(name), request, request);
}

/**
 * Qdrant's client, without a server: `new QdrantClient({ path: './data' })`, `{ location: ':memory:' }` or `{ database }`.
 *
 * Calls reject with ApiError, whose `data.status.error` says what is wrong.
 *
 * @throws QdrantClientConfigError
 */
export class QdrantClient extends CollectionsClient {
  constructor(params: QdrantClientParams) {
    super();
    begin(this, params);
  }

  upsert(name: string, request: WriteParams & PointInsertOperations): Promise<UpdateResult> {
    return write(this, points.upsertPoints, name, request);
  }

  /** Waits only where `wait` says so, as Qdrant's client does. */
  delete(name: string, request: WriteParams & PointsSelector): Promise<UpdateResult> {
    return write(this, points.deletePoints, name, request, false);
  }

  updateVectors(name: string, request: WriteParams & UpdateVectors): Promise<UpdateResult> {
    return write(this, points.updateVectors, name, request);
  }

  deleteVectors(name: string, request: WriteParams & DeleteVectors): Promise<UpdateResult> {
    return write(this, points.deleteVectors, name, request);
  }

  setPayload(name: string, request: WriteParams & SetPayload): Promise<UpdateResult> {
    return write(this, points.setPayload, name, request);
  }

  overwritePayload(name: string, request: WriteParams & SetPayload): Promise<UpdateResult> {
    return write(this, points.overwritePayload, name, request);
  }

  deletePayload(name: string, request: WriteParams & PointsSelector & DeletePayload): Promise<UpdateResult> {
    return write(this, points.deletePayload, name, request);
  }

  clearPayload(name: string, request: WriteParams & PointsSelector): Promise<UpdateResult> {
    return write(this, points.clearPayload, name, request);
  }

  /** All of them in one commit, or none. */
  batchUpdate(name: string, request: WriteParams & UpdateOperations): Promise<UpdateResult[]> {
    return write(this, points.batchUpdate, name, request);
  }

  retrieve(name: string, request: ReadParams & PointRequest): Promise<PointRecord[]> {
    return read(this, reading.getPoints, name, request);
  }

  scroll(name: string, request: ReadParams & ScrollRequest = {}): Promise<ScrollResult> {
    return read(this, reading.scrollPoints, name, request);
  }

  count(name: string, request: CountRequest & { timeout?: number } = {}): Promise<{ count: number }> {
    return read(this, reading.countPoints, name, request);
  }

  query(name: string, request: ReadParams & QueryRequest): Promise<QueryResponse> {
    return read(this, queries.queryPoints, name, request);
  }

  queryBatch(name: string, request: ReadParams & QueryRequestBatch): Promise<QueryResponse[]> {
    return read(this, queries.queryBatch, name, request);
  }

  queryGroups(name: string, request: ReadParams & QueryGroupsRequest): Promise<GroupsResult> {
    return read(this, queries.queryGroups, name, request);
  }

  facet(name: string, request: ReadParams & FacetRequest): Promise<FacetResponse> {
    return read(this, queries.facet, name, request);
  }

  searchMatrixPairs(
    name: string,
    request: ReadParams & SearchMatrixRequest,
  ): Promise<SearchMatrixPairsResponse> {
    return read(this, queries.matrixPairs, name, request);
  }

  searchMatrixOffsets(
    name: string,
    request: ReadParams & SearchMatrixRequest,
  ): Promise<SearchMatrixOffsetsResponse> {
    return read(this, queries.matrixOffsets, name, request);
  }

  /**
   * The client as the type of Qdrant's, for those who ask for it: `client.as<QdrantClient>()`. That class has private members, for
   * which TypeScript takes no other class in its place, whatever that can do.
   */
  as<C>(): C {
    return this as unknown as C;
  }

  /** Closes the database that was opened for this client. */
  close(): Promise<void> {
    return end(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

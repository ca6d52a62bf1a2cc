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

/** Writes that wait where nothing else is said, as Qdrant's client has it. */
function write<B, R>(
  client: object,
  operation: Operation<WriteParams, B, R>,
  name: string,
  { wait = true, ordering, timeout, ...body }: WriteParams & object,
): Promise<R> {
  return ask(client, operation, of(name), { wait, ordering, timeout }, body);
}

function read<B, R>(
  client: object,
  operation: Operation<ReadParams, B, R>,
  name: string,
  { consistency, timeout, ...body }: ReadParams & object,
): Promise<R> {
  return ask(client, operation, of(name), { consistency, timeout }, body);
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

  async upsert(name: string, request: WriteParams & PointInsertOperations): Promise<UpdateResult> {
    return write(this, points.upsertPoints, name, request);
  }

  /** Waits only where `wait` says so, as Qdrant's client does. */
  async delete(name: string, request: WriteParams & PointsSelector): Promise<UpdateResult> {
    return write(this, points.deletePoints, name, { ...request, wait: request.wait ?? false });
  }

  async updateVectors(name: string, request: WriteParams & UpdateVectors): Promise<UpdateResult> {
    return write(this, points.updateVectors, name, request);
  }

  async deleteVectors(name: string, request: WriteParams & DeleteVectors): Promise<UpdateResult> {
    return write(this, points.deleteVectors, name, request);
  }

  async setPayload(name: string, request: WriteParams & SetPayload): Promise<UpdateResult> {
    return write(this, points.setPayload, name, request);
  }

  async overwritePayload(name: string, request: WriteParams & SetPayload): Promise<UpdateResult> {
    return write(this, points.overwritePayload, name, request);
  }

  async deletePayload(
    name: string,
    request: WriteParams & PointsSelector & DeletePayload,
  ): Promise<UpdateResult> {
    return write(this, points.deletePayload, name, request);
  }

  async clearPayload(name: string, request: WriteParams & PointsSelector): Promise<UpdateResult> {
    return write(this, points.clearPayload, name, request);
  }

  /** All of them in one commit, or none. */
  async batchUpdate(name: string, request: WriteParams & UpdateOperations): Promise<UpdateResult[]> {
    return write(this, points.batchUpdate, name, request);
  }

  async retrieve(name: string, request: ReadParams & PointRequest): Promise<PointRecord[]> {
    return read(this, reading.getPoints, name, request);
  }

  async scroll(name: string, request: ReadParams & ScrollRequest = {}): Promise<ScrollResult> {
    return read(this, reading.scrollPoints, name, request);
  }

  async count(name: string, request: CountRequest & { timeout?: number } = {}): Promise<{ count: number }> {
    return read(this, reading.countPoints, name, request);
  }

  async query(name: string, request: ReadParams & QueryRequest): Promise<QueryResponse> {
    return read(this, queries.queryPoints, name, request);
  }

  async queryBatch(name: string, request: ReadParams & QueryRequestBatch): Promise<QueryResponse[]> {
    return read(this, queries.queryBatch, name, request);
  }

  async queryGroups(name: string, request: ReadParams & QueryGroupsRequest): Promise<GroupsResult> {
    return read(this, queries.queryGroups, name, request);
  }

  async facet(name: string, request: ReadParams & FacetRequest): Promise<FacetResponse> {
    return read(this, queries.facet, name, request);
  }

  async searchMatrixPairs(
    name: string,
    request: ReadParams & SearchMatrixRequest,
  ): Promise<SearchMatrixPairsResponse> {
    return read(this, queries.matrixPairs, name, request);
  }

  async searchMatrixOffsets(
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

/* What the client of Qdrant 1.17 had and that of 1.19 has not: each is a query. */
import type { GroupsResult } from '../api/query.js';
import type {
  DiscoverRequest,
  DiscoverRequestBatch,
  RecommendGroupsRequest,
  RecommendRequest,
  RecommendRequestBatch,
  SearchGroupsRequest,
  SearchRequest,
  SearchRequestBatch,
} from '../api/search.js';
import type { ReadParams, ScoredPoint } from '../api/values.js';
import {
  discoverBatch,
  discoverPoints,
  recommendBatch,
  recommendGroups,
  recommendPoints,
  searchBatch,
  searchGroups,
  searchPoints,
} from '../operations/search.js';
import { ask, of } from './base.js';

/** Results have payloads where nothing else is said. */
const PAYLOAD = { with_payload: true } as const;

export class OlderClient {
  /** @deprecated Use `query`. */
  async search(name: string, request: ReadParams & SearchRequest): Promise<ScoredPoint[]> {
    const { consistency, timeout, ...body } = request;
    return ask(this, searchPoints, of(name), { consistency, timeout }, { ...PAYLOAD, ...body });
  }

  /** @deprecated Use `queryBatch`. */
  async searchBatch(name: string, request: ReadParams & SearchRequestBatch): Promise<ScoredPoint[][]> {
    const { consistency, timeout, searches } = request;
    return ask(this, searchBatch, of(name), { consistency, timeout }, { searches });
  }

  /** @deprecated Use `queryGroups`. */
  async searchPointGroups(name: string, request: ReadParams & SearchGroupsRequest): Promise<GroupsResult> {
    const { consistency, timeout, ...body } = request;
    return ask(this, searchGroups, of(name), { consistency, timeout }, body);
  }

  /** @deprecated Use `query`. */
  async recommend(name: string, request: ReadParams & RecommendRequest): Promise<ScoredPoint[]> {
    const { consistency, timeout, ...body } = request;
    return ask(this, recommendPoints, of(name), { consistency, timeout }, { ...PAYLOAD, ...body });
  }

  /** @deprecated Use `queryBatch`. */
  async recommendBatch(name: string, request: ReadParams & RecommendRequestBatch): Promise<ScoredPoint[][]> {
    const { consistency, timeout, searches } = request;
    return ask(this, recommendBatch, of(name), { consistency, timeout }, { searches });
  }

  /** @deprecated Use `queryBatch`. */
  async recommend_batch(name: string, request: ReadParams & RecommendRequestBatch): Promise<ScoredPoint[][]> {
    return this.recommendBatch(name, request);
  }

  /** @deprecated Use `queryGroups`. */
  async recommendPointGroups(
    name: string,
    request: ReadParams & RecommendGroupsRequest,
  ): Promise<GroupsResult> {
    const { consistency, timeout, ...body } = request;
    return ask(this, recommendGroups, of(name), { consistency, timeout }, body);
  }

  /** @deprecated Use `query`. */
  async discoverPoints(name: string, request: ReadParams & DiscoverRequest): Promise<ScoredPoint[]> {
    const { consistency, timeout, ...body } = request;
    return ask(this, discoverPoints, of(name), { consistency, timeout }, body);
  }

  /** @deprecated Use `queryBatch`. */
  async discoverBatchPoints(
    name: string,
    request: ReadParams & DiscoverRequestBatch,
  ): Promise<ScoredPoint[][]> {
    const { consistency, timeout, searches } = request;
    return ask(this, discoverBatch, of(name), { consistency, timeout }, { searches });
  }
}

/* Apart from what throws it: the package exports it, and its import must not load the database. */
import type { IngestSummary } from '../../api/writing.js';
import { SiltError } from '../../base/errors.js';

/** The source of an ingest failed, or gave a bad point. What was written before stays. */
export class IngestError extends SiltError {
  readonly summary: IngestSummary;

  constructor(cause: unknown, summary: IngestSummary) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super('INGEST_FAILED', `the ingest ended after ${summary.written} points: ${why}`, { cause });
    this.summary = summary;
  }
}

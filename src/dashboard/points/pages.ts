/* The pages of a collection, one after another, by a filter. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageView } from '../../server/dashboard/wire.js';
import { ApiError, call, messageOf } from '../api.ts';
import { type Fault, faultAt } from '../json/place.ts';

export interface Pages {
  readonly page: PageView | null;
  /** How many match the filter in all; null while it is counted. */
  readonly matching: number | null;
  readonly fault: Fault | null;
  /** Which page it is, from 0. */
  readonly at: number;
  readonly loading: boolean;
  readonly turn: (by: 1 | -1) => void;
  readonly reload: () => void;
}

const filterTexts = (filter: string): Record<string, string> => (filter.trim() === '' ? {} : { filter });

/** How many match, counted apart: without an index it takes as long as reading all payloads. */
function useCount(collection: string, filter: string, times: number): number | null {
  const [matching, setMatching] = useState<number | null>(null);
  // `times` asks for it again
  useEffect(() => {
    const leaving = new AbortController();
    setMatching(null);
    call<number>(collection, 'count', {}, { texts: filterTexts(filter), signal: leaving.signal }).then(
      setMatching,
      () => {}, // the page says what is wrong
    );
    return () => leaving.abort();
  }, [collection, filter, times]);
  return matching;
}

export function usePages(collection: string, filter: string, limit: number): Pages {
  const [page, setPage] = useState<PageView | null>(null);
  const [fault, setFault] = useState<Fault | null>(null);
  const [at, setAt] = useState(0);
  const [times, setTimes] = useState(0);
  const [loading, setLoading] = useState(true);
  /** Where each page begins. */
  const cursors = useRef<(string | null)[]>([null]);
  const before = useRef('');
  const isOther = before.current !== `${limit} ${filter}`;
  const shown = isOther ? 0 : at;
  if (isOther) {
    before.current = `${limit} ${filter}`;
    cursors.current = [null];
    if (at !== 0) setAt(0);
  }
  // `times` asks for it again
  useEffect(() => {
    const leaving = new AbortController();
    setLoading(true);
    const cursor = cursors.current[shown];
    call<PageView>(
      collection,
      'scroll',
      { limit, cursor },
      { texts: filterTexts(filter), signal: leaving.signal },
    )
      .then(
        (found) => {
          cursors.current[shown + 1] = found.next;
          setPage(found);
          setFault(null);
        },
        (error) => {
          if (leaving.signal.aborted) return;
          setFault(
            error instanceof ApiError
              ? faultAt(filter, error.message, 'filter')
              : { message: messageOf(error), range: null },
          );
        },
      )
      .finally(() => !leaving.signal.aborted && setLoading(false))
      .catch(() => {});
    return () => leaving.abort();
  }, [collection, filter, limit, shown, times]);
  const matching = useCount(collection, filter, times);
  return {
    page,
    matching,
    fault,
    at: shown,
    loading,
    turn: (by) => setAt(Math.max(0, shown + by)),
    reload: () => setTimes((counted) => counted + 1),
  };
}

/* The pages of a collection, one after another, by a filter. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageView } from '../../server/dashboard/wire.js';
import { ApiError, call, messageOf } from '../api.ts';
import type { Fault } from '../json/place.ts';
import { answeredFault, filterJson } from '../json/typed-filter.ts';

export interface Pages {
  readonly page: PageView | null;
  /** How many match the filter in all; null while it is not known. */
  readonly matching: number | null;
  readonly counting: boolean;
  readonly fault: Fault | null;
  /** Which page it is, from 0. */
  readonly at: number;
  readonly loading: boolean;
  readonly turn: (by: 1 | -1) => void;
  readonly reload: () => void;
}

function filterTexts(typed: string): Record<string, string> {
  const filter = filterJson(typed);
  return filter === '' ? {} : { filter };
}

/** How many match, counted apart: without an index it takes as long as reading all payloads. */
function useCount(collection: string, filter: string, times: number): Pick<Pages, 'matching' | 'counting'> {
  const [matching, setMatching] = useState<number | null>(null);
  const [counting, setCounting] = useState(true);
  // `times` asks for it again
  useEffect(() => {
    const leaving = new AbortController();
    setMatching(null);
    setCounting(true);
    call<number>(collection, 'count', {}, { texts: filterTexts(filter), signal: leaving.signal })
      .then(setMatching, () => {}) // the page says what is wrong
      .finally(() => !leaving.signal.aborted && setCounting(false))
      .catch(() => {});
    return () => leaving.abort();
  }, [collection, filter, times]);
  return { matching, counting };
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
              ? answeredFault(filter, error.message)
              : { message: messageOf(error), range: null },
          );
        },
      )
      .finally(() => !leaving.signal.aborted && setLoading(false))
      .catch(() => {});
    return () => leaving.abort();
  }, [collection, filter, limit, shown, times]);
  const counted = useCount(collection, filter, times);
  return {
    page,
    ...counted,
    fault,
    at: shown,
    loading,
    turn: (by) => setAt(Math.max(0, shown + by)),
    reload: () => setTimes((before) => before + 1),
  };
}

/* The points of a collection: a table, a page at a time, by a filter. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { IdText, PointView } from '../../server/dashboard/wire.js';
import { count, plural } from '../format.ts';
import type { Fault } from '../json/place.ts';
import { filterFault } from '../json/typed-filter.ts';
import { Cell, columnsOf } from '../parts/cell.tsx';
import { FilterBox } from '../parts/filter-box.tsx';
import { Scrolls } from '../parts/scrolls.tsx';
import { deletions } from '../points/deletions.ts';
import { Detail } from '../points/detail.tsx';
import { NewPoint } from '../points/new-point.tsx';
import { type Pages, usePages } from '../points/pages.ts';
import { go } from '../route.ts';
import { useStore } from '../store.ts';
import type { TabProps } from '../tab.ts';

const COLUMNS = 6;
const SIZES = [25, 50, 100, 200];

interface TableProps {
  readonly collection: string;
  readonly points: readonly PointView[];
  readonly chosen: IdText | null;
  readonly onChoose: (id: IdText) => void;
}

function Table({ collection, points, chosen, onChoose }: TableProps): JSX.Element {
  const going = useStore(deletions);
  const columns = columnsOf(
    points.map(({ payload }) => payload),
    COLUMNS,
  );
  const isGoing = (id: IdText): boolean =>
    going.some((one) => one.collection === collection && one.id === id && one.state !== 'failed');
  return (
    <Scrolls by="points-title">
      <table aria-labelledby="points-title">
        <thead>
          <tr>
            <th scope="col">Id</th>
            {columns.map((name) => (
              <th
                scope="col"
                key={name}
                class={points.some(({ payload }) => typeof payload?.[name] === 'number') ? 'number' : ''}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(({ id, payload }) => (
            <tr key={id} class={`${id === chosen ? 'chosen' : ''} ${isGoing(id) ? 'going' : ''}`}>
              <th scope="row" class="mono">
                <button type="button" class="link" aria-expanded={id === chosen} onClick={() => onChoose(id)}>
                  {id}
                </button>
              </th>
              {columns.map((name) => (
                <Cell key={name} value={payload?.[name]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

/** Which points are seen, and of how many. */
function rangeOf({ page, matching, counting, fault, at }: Pages, limit: number): string {
  const from = at * limit;
  const shown = page?.points.length ?? 0;
  const range = shown === 0 ? 'No points' : `${count(from + 1)} to ${count(from + shown)}`;
  if (fault) return page ? `${range}, as before the error` : '';
  if (matching !== null) return `${range} of ${count(matching)}`;
  return counting ? `${range}, counting all …` : range;
}

function Paging({
  pages,
  limit,
  onLimit,
}: {
  pages: Pages;
  limit: number;
  onLimit: (limit: number) => void;
}): JSX.Element {
  const { page, at, loading, turn, reload } = pages;
  return (
    <div class="row paging">
      <button type="button" disabled={at === 0 || loading} onClick={() => turn(-1)}>
        Back
      </button>
      <button type="button" disabled={!page?.next || loading} onClick={() => turn(1)}>
        Next
      </button>
      <span role="status" class="quiet">
        {rangeOf(pages, limit)}
      </span>
      <span class="space" />
      <button type="button" onClick={reload}>
        Reload
      </button>
      <select
        aria-label="Points of a page"
        value={limit}
        onChange={({ currentTarget }) => onLimit(Number(currentTarget.value))}
      >
        {SIZES.map((size) => (
          <option key={size} value={size}>
            {plural(size, 'point')}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The table is read again when a deletion has been sent. */
function useReloadAfterDeletions(reload: () => void): void {
  const done = useStore(deletions).filter(({ state }) => state === 'done').length;
  useEffect(() => {
    if (done > 0) reload();
  }, [done]);
}

interface HeadProps extends TabProps {
  /** The filter by which the table is made. */
  readonly applied: string;
  readonly pages: Pages;
  readonly onApply: (filter: string) => void;
}

/** The filter, and the way to a new point. */
function Head({ collection, writes, applied, pages, onApply }: HeadProps): JSX.Element {
  const [text, setText] = useState(applied);
  const [broken, setBroken] = useState<Fault | null>(null);
  const [isNew, setNew] = useState(false);
  useEffect(() => setText(applied), [applied]);
  const apply = (): void => {
    const fault = filterFault(text);
    setBroken(fault);
    if (!fault) onApply(text);
  };
  const type = (next: string): void => {
    setText(next);
    setBroken(null);
  };
  const written = (): void => {
    setNew(false);
    pages.reload();
  };
  const fault = broken ?? (text === applied ? pages.fault : null);
  return (
    <>
      <div class="bar-of-filter">
        <FilterBox collection={collection} text={text} fault={fault} onText={type} onEnter={apply} />
        <button type="button" class="primary" onClick={apply}>
          Filter
        </button>
        {applied !== '' && (
          <button type="button" onClick={() => onApply('')}>
            Clear
          </button>
        )}
        {writes && (
          <button type="button" aria-expanded={isNew} onClick={() => setNew(!isNew)}>
            New point
          </button>
        )}
      </div>
      {isNew && <NewPoint collection={collection} onClose={() => setNew(false)} onWritten={written} />}
    </>
  );
}

export function Points(props: TabProps): JSX.Element {
  const { collection, writes, params } = props;
  const applied = params.get('filter') ?? '';
  const chosen = params.get('id');
  const [limit, setLimit] = useState(SIZES[0]!);
  const pages = usePages(collection.name, applied, limit);
  useReloadAfterDeletions(pages.reload);
  const show = (filter: string, id: IdText | null): void =>
    go('points', collection.name, { ...(filter.trim() !== '' && { filter }), ...(id !== null && { id }) });
  return (
    <section>
      <h1 id="points-title" class="hidden">
        Points of {collection.name}
      </h1>
      <Head {...props} applied={applied} pages={pages} onApply={(filter) => show(filter, chosen)} />
      <Paging pages={pages} limit={limit} onLimit={setLimit} />
      <div class={chosen === null ? '' : 'beside'}>
        {pages.page && (
          <Table
            collection={collection.name}
            points={pages.page.points}
            chosen={chosen}
            onChoose={(id) => show(applied, id === chosen ? null : id)}
          />
        )}
        {chosen !== null && (
          <Detail
            key={chosen}
            collection={collection.name}
            id={chosen}
            writes={writes}
            onClose={() => show(applied, null)}
            onChange={pages.reload}
          />
        )}
      </div>
    </section>
  );
}

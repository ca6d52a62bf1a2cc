/* The results of a query. */
import type { JSX } from 'preact';
import type { HitView } from '../../server/dashboard/wire.js';
import { Cell, columnsOf } from '../parts/cell.tsx';
import { Scrolls } from '../parts/scrolls.tsx';
import { go } from '../route.ts';

const COLUMNS = 4;

export function HitsView({
  collection,
  hits,
}: {
  collection: string;
  hits: readonly HitView[];
}): JSX.Element {
  const columns = columnsOf(
    hits.map(({ payload }) => payload),
    COLUMNS,
  );
  const isNumber = (name: string): boolean => hits.some(({ payload }) => typeof payload?.[name] === 'number');
  return (
    <section aria-labelledby="hits-title" class="stack">
      <h2 id="hits-title">Results</h2>
      {hits.length === 0 && <p class="quiet">No point was found.</p>}
      {hits.length > 0 && (
        <Scrolls by="hits-title">
          <table aria-labelledby="hits-title">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Score
                </th>
                <th scope="col">Id</th>
                {columns.map((name) => (
                  <th scope="col" key={name} class={isNumber(name) ? 'number' : ''}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {hits.map(({ id, score, payload }) => (
                <tr key={id}>
                  <td class="number">{score.toPrecision(5)}</td>
                  <th scope="row" class="mono">
                    <button type="button" class="link" onClick={() => go('points', collection, { id })}>
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
      )}
    </section>
  );
}

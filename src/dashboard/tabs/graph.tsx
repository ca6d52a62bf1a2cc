/* How one query goes through the graph: drawn on the map, round by round. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CollectionSummary, IdText, PointView, WalkView } from '../../server/dashboard/wire.js';
import { call } from '../api.ts';
import { fieldName, fieldsOf, plural } from '../format.ts';
import { Asking, askedWith } from '../map/asking.tsx';
import { useMap } from '../map/data.ts';
import { useInk } from '../map/ink.ts';
import { nameOf } from '../map/labels.ts';
import { Laying } from '../map/laying.tsx';
import { shownCodes } from '../map/palette.ts';
import { type Look, Plane } from '../map/plane.tsx';
import { Controls, Facts, Table, useSteps } from '../map/steps.tsx';
import { type Asked, drawWalk, useWalk, type WalkColours } from '../map/walk.ts';
import { WalkLegend } from '../map/walk-legend.tsx';
import { Select } from '../parts/labelled.tsx';
import { go } from '../route.ts';
import type { TabProps } from '../tab.ts';

interface Named {
  readonly id: IdText;
  readonly name: string;
}

interface Names {
  /** Of which walk they are. */
  readonly of: WalkView | null;
  readonly known: ReadonlyMap<number, Named | null>;
}

/** The names and ids of the query and of what was found, by their numbers; none of another walk. */
function useNames(collection: string, map: number, walk: WalkView | null): Names['known'] | null {
  const [names, setNames] = useState<Names>({ of: null, known: new Map() });
  useEffect(() => {
    if (!walk) return undefined;
    const numbers = [walk.query, ...walk.found.map(({ number }) => number)].filter((number) => number >= 0);
    const leaving = new AbortController();
    const body = { map, numbers, withPayload: true };
    call<(PointView | null)[]>(collection, 'map-points', body, { signal: leaving.signal }).then(
      (points) => {
        const known = points.map(
          (point, at) => [numbers[at]!, point && { id: point.id, name: nameOf(point) }] as const,
        );
        setNames({ of: walk, known: new Map(known) });
      },
      () => {}, // of a map that is gone
    );
    return () => leaving.abort();
  }, [collection, map, walk]);
  return names.of === walk ? names.known : null;
}

export function Graph({ collection }: TabProps): JSX.Element {
  const fields = fieldsOf(collection.config).filter(({ kind }) => kind === 'dense');
  const [field, setField] = useState(fields[0]?.name ?? '');
  if (fields.length === 0)
    return (
      <section>
        <h1>Graph</h1>
        <p class="quiet">This collection has no field of dense vectors, and no graph.</p>
      </section>
    );
  return (
    <section>
      <h1 class="hidden">Graph of {collection.name}</h1>
      {fields.length > 1 && (
        <Select
          name="Field"
          value={field}
          options={fields.map(({ name }) => [name, fieldName(name)] as const)}
          onChange={setField}
        />
      )}
      <Drawn key={field} collection={collection} field={field} />
    </section>
  );
}

/** What the query is, in words. */
function titleOf({ query }: Asked, named: Named | null | undefined): string {
  if (named !== undefined) return `Like ${named?.name ?? 'a point that was deleted'}`;
  return 'vector' in query ? 'Nearest to the vector' : 'Like a point that is not on the map yet';
}

interface FoundProps {
  readonly collection: string;
  readonly title: string;
  readonly found: WalkView['found'];
  readonly names: Names['known'];
}

function Found({ collection, title, found, names }: FoundProps): JSX.Element {
  return (
    <div class="detail found">
      <h2>{title}</h2>
      <ol aria-label="Found">
        {found.map(({ number, distance }, at) => {
          const named = names.get(number);
          return (
            <li key={`${at} ${number}`}>
              {named?.name ?? (named === null ? 'deleted' : 'a point that is not on the map yet')}
              <small class="quiet">
                {named && (
                  <button
                    type="button"
                    class="link mono"
                    onClick={() => go('points', collection, { id: named.id })}
                  >
                    {named.id}
                  </button>
                )}{' '}
                distance {distance.toPrecision(4)}
              </small>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

const KEYS =
  'Arrow keys move, plus and minus zoom, 0 shows all, Enter asks for the point next to the middle.';

/** What is asked, on one map: on another, its points have other numbers. */
function useAsked(map: number) {
  const [state, setState] = useState<{ readonly map: number; readonly asked: Asked | null }>({
    map: 0,
    asked: null,
  });
  const { asked } = state;
  const isOther = state.map !== map && asked !== null && 'like' in asked.query;
  return { asked: isOther ? null : asked, setAsked: (next: Asked | null) => setState({ map, asked: next }) };
}

function Drawn({ collection, field }: { collection: CollectionSummary; field: string }): JSX.Element {
  const { name } = collection;
  const data = useMap(name, field === '' ? undefined : field);
  const { asked, setAsked } = useAsked(data.map);
  const { walk, failed } = useWalk(name, data.map, asked);
  const steps = useSteps(walk);
  const ink = useInk();
  const names = useNames(name, data.map, walk);
  const codes = useMemo(() => shownCodes(data.xy.length / 2, null, data.gone), [data.xy, data.gone]);
  const colours: WalkColours = { upper: '#e8853a', lower: ink.accent, found: '#e9553f', text: ink.text };
  const over = (context: CanvasRenderingContext2D, look: Look): void => {
    if (walk && asked) drawWalk(context, look, data.xy, walk, steps.at, colours);
  };
  const problem = data.failed ?? failed;
  return (
    <>
      <Asking {...{ collection, data, asked }} beam={walk?.ef ?? 1} onAsk={setAsked} />
      {problem !== null && (
        <p class="fault" role="alert">
          {problem}
        </p>
      )}
      {walk && walk.steps.length === 0 && (
        <p class="quiet">Nothing is indexed yet: a search compares all points.</p>
      )}
      <div class={walk ? 'beside' : ''}>
        <div class="map-box">
          <Plane
            {...{
              xy: data.xy,
              gone: data.gone,
              codes,
              colours: [],
              plain: null,
              only: null,
              lasso: false,
              over,
            }}
            says={`The graph on a map of ${plural(data.xy.length / 2 - data.gone.size, 'point')}. ${KEYS}`}
            onPick={(number) => number >= 0 && setAsked(askedWith(asked, { like: number }))}
            onLasso={() => {}}
            onLeave={() => setAsked(null)}
          />
          <Laying data={data} />
          {walk && walk.steps.length > 0 && (
            <WalkLegend colours={colours} hasUpper={walk.steps.some(({ level }) => level > 0)} />
          )}
        </div>
        {walk && asked && names && (
          <Found
            {...{ collection: name, found: walk.found, names }}
            title={titleOf(asked, names.get(walk.query))}
          />
        )}
      </div>
      {walk && walk.steps.length > 0 && (
        <>
          <Controls {...steps} />
          <Facts walk={walk} at={steps.at} plays={steps.plays} />
          <Table walk={walk} at={steps.at} />
        </>
      )}
    </>
  );
}

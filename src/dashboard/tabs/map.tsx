/* The points of a collection in a plane, near ones near each other. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { IdText, KeyView, PointView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { count, fieldName, fieldsOf, plural } from '../format.ts';
import { pretty } from '../json/pretty.ts';
import { useColours } from '../map/colours.ts';
import { type MapData, useMap } from '../map/data.ts';
import { useInk } from '../map/ink.ts';
import { drawLabels, type Label, nameOf, useLabels } from '../map/labels.ts';
import { Laying } from '../map/laying.tsx';
import { Legend } from '../map/legend.tsx';
import { coloursFor, countOf, shownCodes } from '../map/palette.ts';
import { type Look, Plane } from '../map/plane.tsx';
import { pointsInside, pointsSeen } from '../map/points.ts';
import { drawRing } from '../map/ring.ts';
import { Select } from '../parts/labelled.tsx';
import { Whole } from '../parts/whole.tsx';
import { go } from '../route.ts';
import type { TabProps } from '../tab.ts';

/** Points that a filter names one by one. */
const OPENED_MOST = 5_000;

/** What points can be coloured by: paths to texts, numbers and booleans. */
function usePaths(collection: string): readonly KeyView[] {
  const [paths, setPaths] = useState<readonly KeyView[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    call<KeyView[]>(collection, 'keys', {}, { signal: leaving.signal }).then(
      (keys) =>
        setPaths(keys.filter(({ types }) => types.some((type) => /string|number|boolean/.test(type)))),
      () => {}, // without, there is nothing to choose
    );
    return () => leaving.abort();
  }, [collection]);
  return paths;
}

/** A path of which few examples differ says most at once. */
function likely(paths: readonly KeyView[]): string {
  const few = paths.filter(
    ({ index, examples, types }) =>
      (index !== null && index !== 'text') || (examples.length < 8 && types.length === 1),
  );
  return few[0]?.path ?? '';
}

/** From so many times more points on, another layout would show more. */
const GROWN = 3;

function progressOf({ ready, laying, share, waiting, laidOut, xy, gone }: MapData): string {
  const there = xy.length / 2 - gone.size;
  const percent = `${Math.round(100 * share)} %`;
  if (!ready) return laying ? `Laying out: ${percent}` : '';
  const points = plural(there, 'point');
  if (laying) return `${points}, laying out: ${percent}`;
  if (waiting > 0) return `${points}, ${count(waiting)} on their way`;
  return there > GROWN * laidOut ? `${points}, laid out when there were ${count(laidOut)}` : points;
}

/** The numbers move all the time: what is read aloud is the end alone. */
function Progress({ data }: { data: MapData }): JSX.Element {
  return (
    <>
      <span class="quiet">{progressOf(data)}</span>
      <span class="hidden" role="status">
        {data.laying ? 'The map is being laid out.' : data.ready && 'The map is laid out.'}
      </span>
    </>
  );
}

interface PickedProps {
  readonly collection: string;
  readonly data: MapData;
  readonly number: number;
  readonly onClose: () => void;
}

/** The point that was picked. */
function Picked({ collection, data, number, onClose }: PickedProps): JSX.Element {
  const [point, setPoint] = useState<PointView | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const body = { map: data.map, numbers: [number], withPayload: true };
    call<(PointView | null)[]>(collection, 'map-points', body, { signal: leaving.signal }).then(
      ([found]) => {
        setPoint(found ?? null);
        setFailed(found ? null : 'This point was deleted or replaced.');
      },
      (error) => !leaving.signal.aborted && setFailed(messageOf(error)),
    );
    return () => leaving.abort();
  }, [collection, data.map, number]);
  return (
    <section class="detail" aria-labelledby="picked-title" aria-live="polite">
      <div class="row">
        <h2 id="picked-title">{point ? nameOf(point) : 'Point'}</h2>
        <span class="space" />
        <button type="button" aria-label="Close the point" onClick={onClose}>
          Close
        </button>
      </div>
      {failed !== null && <p role="alert">{failed}</p>}
      {point && (
        <>
          <p class="quiet mono">{point.id}</p>
          {point.payload && <Whole name="Payload" text={pretty(JSON.stringify(point.payload))} />}
          <div class="row">
            <button type="button" onClick={() => go('points', collection, { id: point.id })}>
              Open in Points
            </button>
            <button type="button" onClick={() => go('query', collection, { id: point.id })}>
              Find similar
            </button>
          </div>
        </>
      )}
    </section>
  );
}

async function openSelected(collection: string, map: number, numbers: readonly number[]): Promise<void> {
  const points = await call<(PointView | null)[]>(collection, 'map-points', { map, numbers });
  const ids = points.flatMap((point): IdText[] => (point ? [point.id] : []));
  go('points', collection, { filter: `{"must": {"has_id": [${ids.join(', ')}]}}` });
}

function Selected({
  collection,
  map,
  numbers,
  onClear,
}: {
  collection: string;
  map: number;
  numbers: readonly number[];
  onClear: () => void;
}): JSX.Element {
  const [failed, setFailed] = useState<string | null>(null);
  const many = numbers.length > OPENED_MOST;
  return (
    <div class="row" role="status">
      <span>{plural(numbers.length, 'point')} selected</span>
      {numbers.length > 0 && !many && (
        <button
          type="button"
          class="primary"
          onClick={() => openSelected(collection, map, numbers).catch((error) => setFailed(messageOf(error)))}
        >
          Open in Points
        </button>
      )}
      {many && <span class="quiet">{`At most ${count(OPENED_MOST)} can be opened in Points.`}</span>}
      <button type="button" onClick={onClear}>
        Clear
      </button>
      {failed !== null && <span class="fault">{failed}</span>}
    </div>
  );
}

const KEYS =
  'Arrow keys move, plus and minus zoom, 0 shows all, Enter picks the point next to the middle, Escape leaves.';

export function MapTab({ collection }: TabProps): JSX.Element {
  const { name } = collection;
  const fields = fieldsOf(collection.config).filter(({ kind }) => kind === 'dense');
  const [field, setField] = useState(fields[0]?.name ?? '');
  if (fields.length === 0)
    return (
      <section>
        <h1>Map</h1>
        <p class="quiet">
          This collection has no field of dense vectors, by which points would lie near each other.
        </p>
      </section>
    );
  return (
    <section class="map">
      <h1 class="hidden">Map of {name}</h1>
      <Drawn key={field} name={name} field={field}>
        {fields.length > 1 && (
          <Select
            name="Field"
            value={field}
            options={fields.map((one) => [one.name, fieldName(one.name)] as const)}
            onChange={setField}
          />
        )}
      </Drawn>
    </section>
  );
}

/** What points are coloured by, and which of the values is looked at. */
function useColouring(name: string, data: MapData) {
  const paths = usePaths(name);
  const [path, setPath] = useState<string | null>(null);
  const [only, setOnly] = useState<number | null>(null);
  const by = path ?? likely(paths);
  const colours = useColours(name, data, by);
  const isRange = colours?.ranges ?? false;
  const choose = (next: string): void => {
    setPath(next);
    setOnly(null);
  };
  useEffect(() => setOnly(null), [colours?.edition]);
  const swatches = coloursFor(colours?.entries.length ?? 0, isRange);
  return { paths, by, choose, colours, isRange, swatches, only, setOnly };
}

interface ToolsProps {
  readonly data: MapData;
  readonly paths: readonly KeyView[];
  readonly by: string;
  readonly lasso: boolean;
  readonly onPath: (path: string) => void;
  readonly onLasso: (lasso: boolean) => void;
  readonly onSelectSeen: () => void;
  readonly children: ComponentChildren;
}

function Tools({ data, paths, by, lasso, children, ...on }: ToolsProps): JSX.Element {
  return (
    <div class="row bottom">
      {children}
      <Select
        name="Colour by"
        value={by}
        options={[['', 'nothing'] as const, ...paths.map((one) => [one.path, one.path] as const)]}
        onChange={on.onPath}
      />
      <button type="button" aria-pressed={lasso} onClick={() => on.onLasso(!lasso)}>
        Lasso
      </button>
      <button type="button" disabled={!data.ready} onClick={on.onSelectSeen}>
        Select what is seen
      </button>
      <button type="button" disabled={!data.ready || data.laying} onClick={data.again}>
        Lay out again
      </button>
      <Progress data={data} />
    </div>
  );
}

/** The lists below the plane: what colours mean, and for who does not see it, where points lie dense. */
function Below({
  labels,
  without,
  colouring: { colours, swatches, only, setOnly },
}: {
  labels: readonly Label[];
  without: number;
  colouring: ReturnType<typeof useColouring>;
}): JSX.Element {
  return (
    <>
      {colours && colours.entries.length > 0 && (
        <Legend entries={colours.entries} {...{ without, only }} colours={swatches} onOnly={setOnly} />
      )}
      <ul class="hidden" aria-label="Dense regions">
        {labels.map(({ region, text }) => (
          <li key={region.centre}>{`${text}: ${plural(region.members.length, 'point')}`}</li>
        ))}
      </ul>
    </>
  );
}

function drawSelected(
  context: CanvasRenderingContext2D,
  look: Look,
  xy: Float32Array,
  numbers: readonly number[],
  colour: string,
  radius = 3,
): void {
  for (const number of numbers.slice(0, OPENED_MOST)) drawRing(context, look, xy, number, colour, radius);
}

interface DrawnProps {
  readonly name: string;
  readonly field: string;
  readonly children: ComponentChildren;
}

/** What was picked and selected, by numbers of one map: of another, nothing. */
interface Chosen {
  readonly map: number;
  readonly picked: number | null;
  readonly selected: readonly number[] | null;
}

const NOTHING: Chosen = { map: 0, picked: null, selected: null };

function useChosen({ map }: MapData) {
  const [chosen, setChosen] = useState(NOTHING);
  const { picked, selected } = chosen.map === map ? chosen : NOTHING;
  const choose = (part: Partial<Chosen>): void => setChosen({ picked, selected, ...part, map });
  return { picked, selected, choose };
}

/** Who closes the point goes on where it was picked. */
function focusPlane(): void {
  document.querySelector<HTMLElement>('.plane')?.focus();
}

function Drawn({ name, field, children }: DrawnProps): JSX.Element {
  const data = useMap(name, field === '' ? undefined : field);
  const colouring = useColouring(name, data);
  const { colours, swatches } = colouring;
  const [lasso, setLasso] = useState(false);
  const { picked, selected, choose } = useChosen(data);
  const seen = useRef<Look | null>(null);
  const { labels, lookAt } = useLabels(name, data, colours, !colouring.isRange);
  const codes = useMemo(
    () => shownCodes(data.xy.length / 2, colours?.codes ?? null, data.gone),
    [data.xy, data.gone, colours],
  );
  const ink = useInk();
  const over = (context: CanvasRenderingContext2D, look: Look): void => {
    seen.current = look;
    drawSelected(context, look, data.xy, selected ?? [], ink.text);
    drawLabels(context, look, labels, ink);
    drawSelected(context, look, data.xy, picked === null ? [] : [picked], ink.accent, 8);
  };
  const select = (numbers: readonly number[] | null): void => {
    choose({ selected: numbers });
    setLasso(false);
  };
  const leave = (): void => {
    if (!lasso) choose({ picked: null, selected: null });
    setLasso(false);
  };
  const close = (): void => {
    choose({ picked: null });
    focusPlane();
  };
  return (
    <>
      <Tools
        {...{ data, lasso, paths: colouring.paths, by: colouring.by, onPath: colouring.choose }}
        onLasso={setLasso}
        onSelectSeen={() => seen.current && select(pointsSeen(data, seen.current.view, seen.current.size))}
      >
        {children}
      </Tools>
      {data.failed !== null && (
        <p class="fault" role="alert">
          {data.failed}
        </p>
      )}
      {selected && (
        <Selected collection={name} map={data.map} numbers={selected} onClear={() => select(null)} />
      )}
      <div class={picked === null ? '' : 'beside'}>
        <div class="map-box">
          <Plane
            {...{ xy: data.xy, gone: data.gone, codes, colours: swatches, only: colouring.only, lasso, over }}
            says={`Map of ${plural(data.xy.length / 2 - data.gone.size, 'point')}. ${KEYS}`}
            plain={colours ? null : ink.plain}
            onPick={(number) => choose({ picked: number < 0 ? null : number })}
            onLasso={(line, { view, size }) => select(pointsInside(data, view, size, line))}
            onLeave={leave}
            onLook={lookAt}
          />
          <Laying data={data} />
          <Below labels={labels} without={countOf(0, codes)} colouring={colouring} />
        </div>
        {picked !== null && <Picked collection={name} data={data} number={picked} onClose={close} />}
      </div>
    </>
  );
}

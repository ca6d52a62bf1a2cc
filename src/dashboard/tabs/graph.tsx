/* How one query goes through the graph: drawn on the map, round by round. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PointView, WalkView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { count, fieldName, fieldsOf, plural } from '../format.ts';
import { type MapData, useMap } from '../map/data.ts';
import { useInk } from '../map/ink.ts';
import { nameOf } from '../map/labels.ts';
import { shownCodes } from '../map/palette.ts';
import { type Look, Plane } from '../map/plane.tsx';
import { type Asked, drawWalk, factsAt, useWalk, type WalkColours } from '../map/walk.ts';
import { NumberInput, Select } from '../parts/labelled.tsx';
import type { TabProps } from '../tab.ts';

const PLAY_MS = 350;
const NEAREST = 10;
const EF_MOST = 16_384;

/** Which step is seen; plays on its own where that is asked for. */
function useSteps(walk: WalkView | null) {
  const [at, setAt] = useState(0);
  const [plays, setPlays] = useState(false);
  const last = Math.max(0, (walk?.steps.length ?? 1) - 1);
  useEffect(() => {
    setAt(0);
    setPlays(false);
  }, [walk]);
  useEffect(() => {
    if (!plays) return undefined;
    if (at >= last) return setPlays(false);
    const timer = setTimeout(() => setAt(at + 1), PLAY_MS);
    return () => clearTimeout(timer);
  }, [plays, at, last]);
  const go = (to: number): void => {
    setPlays(false);
    setAt(Math.max(0, Math.min(last, to)));
  };
  const play = (): void => {
    if (at >= last) setAt(0);
    setPlays(!plays);
  };
  return { at, last, plays, go, play };
}

type Steps = ReturnType<typeof useSteps>;

function Controls({ at, last, plays, go, play }: Steps): JSX.Element {
  return (
    <fieldset class="choice" aria-label="Steps">
      <button type="button" disabled={at === 0} onClick={() => go(0)}>
        First
      </button>
      <button type="button" disabled={at === 0} onClick={() => go(at - 1)}>
        Back
      </button>
      <button type="button" class="primary" onClick={play}>
        {plays ? 'Pause' : 'Play'}
      </button>
      <button type="button" disabled={at >= last} onClick={() => go(at + 1)}>
        Next
      </button>
      <button type="button" disabled={at >= last} onClick={() => go(last)}>
        Last
      </button>
      <input
        type="range"
        class="grow"
        aria-label="Step"
        min={0}
        max={last}
        value={at}
        onInput={({ currentTarget }) => go(currentTarget.valueAsNumber)}
      />
    </fieldset>
  );
}

const levelName = (level: number): string =>
  level < 0 ? 'the entry point' : level === 0 ? 'level 0, which has all points' : `level ${level}`;

function Facts({ walk, at }: { walk: WalkView; at: number }): JSX.Element {
  const { level, met, followed, nearest } = factsAt(walk, at);
  return (
    <p role="status">
      Step {at + 1} of {walk.steps.length}, on {levelName(level)}: {plural(followed, 'point')} followed,{' '}
      {count(met)} met. {nearest !== null && `Nearest so far at ${nearest.toPrecision(3)}.`}{' '}
      <span class="quiet">Beam of {count(walk.ef)}.</span>
    </p>
  );
}

/** What is drawn, as a table: a row for each step up to the one that is seen. */
function Table({ walk, at }: { walk: WalkView; at: number }): JSX.Element {
  return (
    <details>
      <summary>Steps as a table</summary>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              {['Step', 'Level', 'Followed', 'Met', 'Nearest met'].map((head) => (
                <th scope="col" class="number" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {walk.steps.slice(0, at + 1).map(({ level, expanded, met }, step) => (
              <tr key={`${step}`} class={step === at ? 'chosen' : ''}>
                <td class="number">{step + 1}</td>
                <td class="number">{level < 0 ? 'entry' : level}</td>
                <td class="number">{count(expanded.length)}</td>
                <td class="number">{count(met.length)}</td>
                <td class="number">
                  {met.length === 0 ? '–' : Math.min(...met.map(({ distance }) => distance)).toPrecision(3)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** The names of points by their numbers. */
function useNames(collection: string, map: number, numbers: readonly number[]): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  const asked = numbers.join(' ');
  useEffect(() => {
    if (asked === '') return setNames([]);
    const leaving = new AbortController();
    const body = { map, numbers: asked.split(' ').map(Number), withPayload: true };
    call<(PointView | null)[]>(collection, 'map-points', body, { signal: leaving.signal }).then(
      (points) => setNames(points.map((point) => (point ? nameOf(point) : 'deleted'))),
      () => {}, // of a map that is gone
    );
    return () => leaving.abort();
  }, [collection, map, asked]);
  return names;
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
      <Drawn key={field} name={collection.name} field={field} />
    </section>
  );
}

interface AskingProps {
  readonly data: MapData;
  readonly asked: Asked | null;
  /** That of the walk which is seen. */
  readonly beam: number;
  readonly onAsk: (asked: Asked) => void;
}

/** A point of the map that is there, by chance. */
function anyPoint({ xy, gone }: MapData): number {
  for (;;) {
    const number = Math.floor((Math.random() * xy.length) / 2);
    if (!gone.has(number)) return number;
  }
}

function Asking({ data, asked, beam, onAsk }: AskingProps): JSX.Element {
  const isEmpty = data.xy.length / 2 === data.gone.size;
  return (
    <div class="row bottom">
      <button
        type="button"
        disabled={isEmpty}
        onClick={() => onAsk({ k: NEAREST, ef: null, ...asked, like: anyPoint(data) })}
      >
        Query like a random point
      </button>
      {asked && (
        <>
          <NumberInput
            name="Nearest points"
            value={asked.k}
            min={1}
            max={1_000}
            onChange={(k) => onAsk({ ...asked, k })}
          />
          <NumberInput
            name="Beam"
            value={asked.ef ?? beam}
            min={1}
            max={EF_MOST}
            onChange={(ef) => onAsk({ ...asked, ef })}
          />
        </>
      )}
      <span class="quiet" role="status">
        {data.ready
          ? !asked && 'Choose a point on the map: its vector is the query.'
          : `Laying out: ${Math.round(100 * data.share)} %`}
      </span>
    </div>
  );
}

function Found({ query, names }: { query: string; names: readonly string[] }): JSX.Element {
  return (
    <div class="detail">
      <h2>Like {query}</h2>
      <ol aria-label="Found">
        {names.map((name, at) => (
          <li key={`${at} ${name}`}>{name}</li>
        ))}
      </ol>
    </div>
  );
}

const KEYS =
  'Arrow keys move, plus and minus zoom, 0 shows all, Enter asks for the point next to the middle.';

function Drawn({ name, field }: { name: string; field: string }): JSX.Element {
  const data = useMap(name, field === '' ? undefined : field);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { walk, failed } = useWalk(name, data.map, asked);
  const steps = useSteps(walk);
  const ink = useInk();
  const onMap = (walk?.found ?? []).flatMap(({ number }) => (number < 0 ? [] : [number]));
  const [query, ...names] = useNames(name, data.map, walk && asked ? [asked.like, ...onMap] : []);
  const found = (walk?.found ?? []).map(
    ({ number }) => names[onMap.indexOf(number)] ?? 'a point that is not on the map yet',
  );
  const codes = useMemo(() => shownCodes(data.xy.length / 2, null, data.gone), [data.xy, data.gone]);
  const colours: WalkColours = { upper: '#e8853a', lower: ink.accent, found: '#e9553f', text: ink.text };
  const over = (context: CanvasRenderingContext2D, look: Look): void => {
    if (walk && asked) drawWalk(context, look, data.xy, walk, steps.at, asked.like, colours);
  };
  const problem = data.failed ?? failed;
  return (
    <>
      <Asking data={data} asked={asked} beam={walk?.ef ?? 1} onAsk={setAsked} />
      {problem !== null && (
        <p class="fault" role="alert">
          {messageOf(problem)}
        </p>
      )}
      {walk && walk.steps.length === 0 && (
        <p class="quiet">Nothing is linked yet: a search compares all points.</p>
      )}
      <div class={walk ? 'beside' : ''}>
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
          onPick={(number) => number >= 0 && setAsked({ k: NEAREST, ef: null, ...asked, like: number })}
          onLasso={() => {}}
          onLeave={() => setAsked(null)}
        />
        {walk && query !== undefined && <Found query={query} names={found} />}
      </div>
      {walk && walk.steps.length > 0 && (
        <>
          <Controls {...steps} />
          <Facts walk={walk} at={steps.at} />
          <Table walk={walk} at={steps.at} />
        </>
      )}
    </>
  );
}

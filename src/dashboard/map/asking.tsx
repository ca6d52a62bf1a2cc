/* Which query is followed through the graph: like a point of the map, like one that an id or words name, or a vector. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CollectionSummary, IdText, PointView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { fieldName, fieldsOf } from '../format.ts';
import { syntaxFault } from '../json/place.ts';
import { Labelled, NumberInput, Select } from '../parts/labelled.tsx';
import type { MapData } from './data.ts';
import type { Asked, Query } from './walk.ts';

const NEAREST = 10;
const NEAREST_MOST = 100;
const EF_MOST = 1_000;

type Way = 'point' | 'id' | 'words' | 'vector';

const WAYS: Readonly<Record<Way, string>> = {
  point: 'Point of the map',
  id: 'Id',
  words: 'Words',
  vector: 'Vector',
};

/** A point of the map that is there, by chance. */
function anyPoint({ xy, gone }: MapData): number {
  for (;;) {
    const number = Math.floor((Math.random() * xy.length) / 2);
    if (!gone.has(number)) return number;
  }
}

/** The point that some words find first. */
async function idBy(collection: string, words: string, using: string, signal: AbortSignal): Promise<IdText> {
  const request = { query: { text: words }, using, k: 1, withPayload: false };
  const { hits } = await call<{ hits: PointView[] }>(collection, 'query', { request }, { signal });
  if (hits[0]) return hits[0].id;
  throw new Error('No point has these words.');
}

/** The query of what was typed. */
async function queryOf(
  way: Way,
  text: string,
  collection: string,
  using: string,
  signal: AbortSignal,
): Promise<Query> {
  if (way === 'id') return { id: text };
  if (way === 'words') return { id: await idBy(collection, text, using, signal) };
  const fault = syntaxFault(text);
  if (fault) throw new Error(`The vector is ${fault.message.replace('Not', 'not')}`);
  if (!text.startsWith('[')) throw new Error('A vector is a list of numbers: [0.1, 0.2].');
  return { vector: text };
}

interface Props {
  readonly collection: CollectionSummary;
  readonly data: MapData;
  readonly asked: Asked | null;
  /** That of the walk which is seen. */
  readonly beam: number;
  readonly onAsk: (asked: Asked) => void;
}

/** What is asked again with another effort. */
export const askedWith = (asked: Asked | null, query: Query): Asked => ({
  k: NEAREST,
  ef: null,
  ...asked,
  query,
});

function Ways({ way, ways, onWay }: { way: Way; ways: readonly Way[]; onWay: (way: Way) => void }) {
  return (
    <fieldset class="choice">
      <legend class="hidden">Ask like</legend>
      {ways.map((one) => (
        <label key={one}>
          <input type="radio" name="way" checked={way === one} onChange={() => onWay(one)} />
          {WAYS[one]}
        </label>
      ))}
    </fieldset>
  );
}

const LABELS: Readonly<Record<Exclude<Way, 'point'>, string>> = {
  id: 'Id (strings in double quotes)',
  words: 'Words: the point that they find first',
  vector: 'Vector',
};

/** A query that is typed. */
function Typed({ collection, way, onQuery }: { collection: CollectionSummary; way: Way; onQuery: Take }) {
  const texts = fieldsOf(collection.config).filter(({ kind }) => kind === 'text');
  const [text, setText] = useState('');
  const [using, setUsing] = useState(texts[0]?.name ?? '');
  const [failed, setFailed] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  if (way === 'point') return null;
  const ask = (): void => {
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    setFailed(null);
    queryOf(way, text.trim(), collection.name, using, signal).then(
      (query) => signal.aborted || onQuery(query),
      (error) => signal.aborted || setFailed(messageOf(error)),
    );
  };
  return (
    <>
      {way === 'words' && texts.length > 1 && (
        <Select
          name="Field of text"
          value={using}
          options={texts.map(({ name }) => [name, fieldName(name)] as const)}
          onChange={setUsing}
        />
      )}
      <Labelled name={LABELS[way]}>
        <input
          class={way === 'words' ? '' : 'mono'}
          type="text"
          value={text}
          spellcheck={false}
          placeholder={way === 'vector' ? '[0.1, 0.2, …]' : ''}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={({ key }) => key === 'Enter' && text.trim() !== '' && ask()}
        />
      </Labelled>
      <button type="button" class="primary" disabled={text.trim() === ''} onClick={ask}>
        Ask
      </button>
      {failed !== null && (
        <span class="fault" role="alert">
          {failed}
        </span>
      )}
    </>
  );
}

type Take = (query: Query) => void;

export function Asking({ collection, data, asked, beam, onAsk }: Props): JSX.Element {
  const [way, setWay] = useState<Way>('point');
  const hasText = fieldsOf(collection.config).some(({ kind }) => kind === 'text');
  const ways: Way[] = ['point', 'id', ...(hasText ? (['words'] as const) : []), 'vector'];
  const isEmpty = data.xy.length / 2 === data.gone.size;
  const take: Take = (query) => onAsk(askedWith(asked, query));
  return (
    <>
      <Ways way={way} ways={ways} onWay={setWay} />
      <div class="row bottom">
        {way === 'point' && (
          <button type="button" disabled={isEmpty} onClick={() => take({ like: anyPoint(data) })}>
            Query like a random point
          </button>
        )}
        {data.ready && <Typed key={way} collection={collection} way={way} onQuery={take} />}
        {asked && (
          <>
            <NumberInput
              name="Nearest points"
              value={asked.k}
              min={1}
              max={NEAREST_MOST}
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
        <span class="quiet">
          {data.ready
            ? way === 'point' && !asked && 'Choose a point on the map: its vector is the query.'
            : `Laying out: ${Math.round(100 * data.share)} %`}
        </span>
      </div>
    </>
  );
}

/* What is asked: the form of the tab Query. */
import type { JSX } from 'preact';
import type { CollectionSummary, IdText, PointView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { fieldName } from '../format.ts';
import type { Fault } from '../json/place.ts';
import { FilterBox } from '../parts/filter-box.tsx';
import { JsonBox } from '../parts/json-box.tsx';
import { Labelled, NumberInput, Select } from '../parts/labelled.tsx';
import { type Form, type Kind, kindsOf, textFields, vectorFields } from './request.ts';

const KINDS: Readonly<Record<Kind, string>> = {
  vector: 'Vector',
  like: 'Like a point',
  text: 'Text',
  hybrid: 'Hybrid',
  json: 'JSON',
};

interface Props {
  readonly collection: CollectionSummary;
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly filterFault: Fault | null;
  readonly jsonFault: Fault | null;
  readonly onAsk: () => void;
  readonly onFail: (message: string) => void;
}

function Kinds({ collection, form, change }: Props): JSX.Element {
  return (
    <fieldset class="choice">
      <legend class="hidden">Search by</legend>
      {kindsOf(collection).map((kind) => (
        <label key={kind}>
          <input type="radio" name="kind" checked={form.kind === kind} onChange={() => change({ kind })} />
          {KINDS[kind]}
        </label>
      ))}
    </fieldset>
  );
}

/** The vector of a stored point, at random or by its id, as something to begin with. */
async function vectorOf(collection: string, using: string, id: IdText | null): Promise<string> {
  let wanted = id;
  if (wanted === null) {
    const request = { query: { sample: 'random' }, k: 1, withPayload: false };
    const { hits } = await call<{ hits: PointView[] }>(collection, 'query', { request });
    wanted = hits[0]?.id ?? null;
    if (wanted === null) throw new Error('There are no points yet.');
  }
  const [point] = await call<(PointView | null)[]>(collection, 'get', { ids: [wanted] });
  const vector = point?.vectors?.[using];
  if (vector === undefined) throw new Error(`Point ${wanted} has no vector in this field.`);
  return JSON.stringify(vector);
}

function VectorPart({ collection, form, change, onFail }: Props): JSX.Element {
  const take = (): void => {
    vectorOf(collection.name, form.using, null).then(
      (vector) => change({ vector }),
      (error) => onFail(messageOf(error)),
    );
  };
  return (
    <>
      <Labelled name="Vector">
        <textarea
          rows={3}
          value={form.vector}
          spellcheck={false}
          placeholder="[0.1, 0.2, …]"
          onInput={({ currentTarget }) => change({ vector: currentTarget.value })}
        />
      </Labelled>
      <div>
        <button type="button" onClick={take}>
          Vector of a random point
        </button>
      </div>
    </>
  );
}

function FieldSelect({ collection, form, change }: Props): JSX.Element | null {
  const fields = vectorFields(collection);
  if (fields.length < 2) return null;
  return (
    <Select
      name="Field"
      value={form.using}
      options={fields.map(({ name, says }) => [name, `${fieldName(name)} (${says})`] as const)}
      onChange={(using) => change({ using })}
    />
  );
}

function WordsPart({ collection, form, change, onAsk }: Props): JSX.Element {
  const fields = textFields(collection);
  return (
    <>
      <Labelled name="Words">
        <input
          type="search"
          value={form.words}
          onInput={({ currentTarget }) => change({ words: currentTarget.value })}
          onKeyDown={({ key }) => key === 'Enter' && onAsk()}
        />
      </Labelled>
      <div class="row">
        {fields.length > 1 && (
          <Select
            name="Field of text"
            value={form.textField}
            options={fields.map(({ name }) => [name, name] as const)}
            onChange={(textField) => change({ textField })}
          />
        )}
        <Select
          name="Texts have"
          value={form.match}
          options={[
            ['any', 'any of the words'],
            ['all', 'all words'],
            ['phrase', 'the words in a row'],
          ]}
          onChange={(match) => change({ match })}
        />
        <label class="check">
          <input type="checkbox" checked={form.fuzzy} onChange={() => change({ fuzzy: !form.fuzzy })} />
          allow a wrong letter
        </label>
      </div>
    </>
  );
}

function Effort({ form, change }: Props): JSX.Element {
  const byGraph = form.kind !== 'text';
  return (
    <div class="row">
      <NumberInput name="Results" value={form.k} min={1} max={1_000} onChange={(k) => change({ k })} />
      {byGraph && (
        <NumberInput
          name="Recall"
          value={form.recall}
          min={0.5}
          max={1}
          step={0.01}
          onChange={(recall) => change({ recall })}
        />
      )}
      {byGraph && (
        <label class="check">
          <input type="checkbox" checked={form.exact} onChange={() => change({ exact: !form.exact })} />
          compare all points
        </label>
      )}
    </div>
  );
}

export function FormView(props: Props): JSX.Element {
  const { collection, form, change, filterFault, jsonFault, onAsk } = props;
  const { kind } = form;
  const hasVector = kind === 'vector' || kind === 'hybrid';
  return (
    <div class="stack">
      <Kinds {...props} />
      {(hasVector || kind === 'like') && <FieldSelect {...props} />}
      {hasVector && <VectorPart {...props} />}
      {kind === 'like' && (
        <Labelled name="Id (strings in double quotes)">
          <input
            class="mono"
            value={form.id}
            onInput={({ currentTarget }) => change({ id: currentTarget.value })}
            onKeyDown={({ key }) => key === 'Enter' && onAsk()}
          />
        </Labelled>
      )}
      {(kind === 'text' || kind === 'hybrid') && <WordsPart {...props} />}
      {kind === 'json' && (
        <JsonBox
          label="Query"
          rows={10}
          text={form.json}
          fault={jsonFault}
          onText={(json) => change({ json })}
        />
      )}
      {kind !== 'json' && (
        <>
          <Effort {...props} />
          <FilterBox
            collection={collection}
            text={form.filter}
            fault={filterFault}
            onText={(filter) => change({ filter })}
            onEnter={onAsk}
          />
        </>
      )}
    </div>
  );
}

/* Writes a point that is given as JSON. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CollectionSummary } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { fieldsOf } from '../format.ts';
import { type Fault, faultAt, syntaxFault } from '../json/place.ts';
import { JsonBox } from '../parts/json-box.tsx';

/** What a point of this collection looks like. */
function template({ config }: CollectionSummary): string {
  const fields = fieldsOf(config).filter(({ kind }) => kind !== 'text');
  const emptyOf = (kind: string): string =>
    kind === 'sparse' ? '{"indices": [], "values": []}' : kind === 'multi' ? '[[]]' : '[]';
  const named = fields.map(({ name, kind }) => `${JSON.stringify(name)}: ${emptyOf(kind)}`);
  const vector = fields.length === 1 && fields[0]!.name === '' ? '[]' : `{${named.join(', ')}}`;
  return `{\n  "id": "",\n  "vector": ${vector},\n  "payload": {}\n}`;
}

interface Props {
  readonly collection: CollectionSummary;
  readonly onWritten: () => void;
  readonly onClose: () => void;
}

export function NewPoint({ collection, onWritten, onClose }: Props): JSX.Element {
  const [text, setText] = useState(() => template(collection));
  const [fault, setFault] = useState<Fault | null>(null);
  const write = (): void => {
    const broken = syntaxFault(text);
    setFault(broken);
    if (broken) return;
    call(collection.name, 'upsert', {}, { texts: { points: `[${text}]` } }).then(onWritten, (error) =>
      setFault(faultAt(text, messageOf(error), 'points[0]')),
    );
  };
  return (
    <section class="detail" aria-labelledby="new-title">
      <h2 id="new-title">New point</h2>
      <JsonBox
        label="Point"
        text={text}
        rows={8}
        fault={fault}
        onText={(next) => {
          setText(next);
          setFault(null);
        }}
      />
      <div class="row">
        <button type="button" class="primary" onClick={write}>
          Write
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <span class="quiet">A point with this id is replaced.</span>
      </div>
    </section>
  );
}

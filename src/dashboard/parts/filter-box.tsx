/* The box for a filter, as JSON or in its short form: completes keys, operators and values of the collection. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CollectionSummary, KeyView } from '../../server/dashboard/wire.js';
import { call } from '../api.ts';
import { filterGrammar } from '../json/filter-grammar.ts';
import type { Fault } from '../json/place.ts';
import { JsonBox } from './json-box.tsx';

interface Props {
  readonly collection: CollectionSummary;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What the server said of it. */
  readonly fault: Fault | null;
  readonly onEnter?: () => void;
}

/** Which keys payloads have; asked once, none until then. */
function useKeys(name: string): readonly KeyView[] {
  const [keys, setKeys] = useState<readonly KeyView[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    call<KeyView[]>(name, 'keys', {}, { signal: leaving.signal }).then(setKeys, () => {}); // it goes without completion
    return () => leaving.abort();
  }, [name]);
  return keys;
}

export function FilterBox({ collection, text, onText, fault, onEnter }: Props): JSX.Element {
  const keys = useKeys(collection.name);
  const grammar = useMemo(() => filterGrammar(keys, collection), [keys, collection]);
  return (
    <JsonBox
      label="Filter"
      placeholder="Filter: lang=en year>=1990, or JSON"
      text={text}
      onText={onText}
      fault={fault}
      grammar={grammar}
      onEnter={onEnter}
    />
  );
}

/* Asks a collection, and shows beside the results how they were found. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { AnswerView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { type Fault, faultAt, syntaxFault } from '../json/place.ts';
import { answeredFault, filterFault } from '../json/typed-filter.ts';
import { CodeView } from '../query/code-view.tsx';
import { ExplainView } from '../query/explain-view.tsx';
import { FormView } from '../query/form-view.tsx';
import { HitsView } from '../query/hits-view.tsx';
import { type Form, formOf, missing, requestOf } from '../query/request.ts';
import type { TabProps } from '../tab.ts';

interface Faults {
  readonly filter: Fault | null;
  readonly json: Fault | null;
  readonly other: string | null;
}

const NONE: Faults = { filter: null, json: null, other: null };

/** What is wrong before it is asked. */
function faultsOf(form: Form): Faults | null {
  if (form.kind === 'json') {
    const json = syntaxFault(form.json);
    return json && { ...NONE, json };
  }
  const filter = filterFault(form.filter);
  if (filter) return { ...NONE, filter };
  const vector = form.kind === 'vector' || form.kind === 'hybrid' ? syntaxFault(form.vector) : null;
  const other = missing(form) ?? (vector && `The vector is ${vector.message.replace('Not', 'not')}`);
  return other === null ? null : { ...NONE, other };
}

/** What the server said, at its place. */
function answeredFaults(form: Form, message: string): Faults {
  if (form.kind === 'json') return { ...NONE, json: faultAt(form.json, message, '') };
  if (message.startsWith('filter')) return { ...NONE, filter: answeredFault(form.filter, message) };
  return { ...NONE, other: message };
}

export function Query({ collection, params }: TabProps): JSX.Element {
  const id = params.get('id');
  const [form, setForm] = useState(() => formOf(collection, id));
  const [faults, setFaults] = useState(NONE);
  const [answer, setAnswer] = useState<AnswerView | null>(null);
  const [asked, setAsked] = useState('');
  const running = useRef<AbortController | null>(null);
  const ask = (wanted: Form): void => {
    const wrong = faultsOf(wanted);
    setFaults(wrong ?? NONE);
    if (wrong) return;
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    const request = requestOf(wanted);
    call<AnswerView>(collection.name, 'query', {}, { texts: { request }, signal }).then(
      (found) => {
        setAnswer(found);
        setAsked(request);
      },
      (error) => !signal.aborted && setFaults(answeredFaults(wanted, messageOf(error))),
    );
  };
  useEffect(() => () => running.current?.abort(), []);
  // only another id asks by itself
  useEffect(() => {
    if (id === null) return;
    const wanted = formOf(collection, id);
    setForm(wanted);
    ask(wanted);
  }, [id]);
  return (
    <>
      <h1 class="hidden">Query {collection.name}</h1>
      <section aria-label="What is asked" class="stack">
        <FormView
          collection={collection}
          form={form}
          change={(part) => {
            setForm((before) => ({ ...before, ...part }));
            setFaults(NONE);
          }}
          filterFault={faults.filter}
          jsonFault={faults.json}
          onAsk={() => ask(form)}
          onFail={(other) => setFaults({ ...NONE, other })}
        />
        <div class="row">
          <button type="button" class="primary" onClick={() => ask(form)}>
            Search
          </button>
          {faults.other !== null && (
            <span class="fault" role="alert">
              {faults.other}
            </span>
          )}
        </div>
      </section>
      {answer && (
        <div class="beside">
          <HitsView collection={collection.name} hits={answer.hits} />
          <ExplainView answer={answer} />
        </div>
      )}
      {answer && <CodeView collection={collection.name} request={asked} />}
    </>
  );
}

/* One point: its payload, which can be changed, and its vectors. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { IdText, PointView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { type Fault, faultAt, syntaxFault } from '../json/place.ts';
import { pretty } from '../json/pretty.ts';
import { JsonBox } from '../parts/json-box.tsx';
import { Vectors } from '../parts/vectors.tsx';
import { go } from '../route.ts';
import { deleteSoon } from './deletions.ts';

interface Props {
  readonly collection: string;
  readonly id: IdText;
  readonly writes: boolean;
  readonly onClose: () => void;
  /** Its payload was changed. */
  readonly onChange: () => void;
}

interface Loaded {
  readonly point: PointView | null;
  readonly failed: string | null;
  readonly reload: () => void;
}

function usePoint(collection: string, id: IdText): Loaded {
  const [point, setPoint] = useState<PointView | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [times, setTimes] = useState(0);
  // `times` asks for it again
  useEffect(() => {
    const leaving = new AbortController();
    call<(PointView | null)[]>(collection, 'get', { ids: [id] }, { signal: leaving.signal }).then(
      ([found]) => {
        setPoint(found ?? null);
        setFailed(found ? null : `There is no point ${id} any more.`);
      },
      (error) => !leaving.signal.aborted && setFailed(messageOf(error)),
    );
    return () => leaving.abort();
  }, [collection, id, times]);
  return { point, failed, reload: () => setTimes((before) => before + 1) };
}

interface EditorProps extends Props {
  readonly point: PointView;
  readonly onSaved: () => void;
}

function Editor({ collection, id, writes, point, onSaved }: EditorProps): JSX.Element {
  const stored = pretty(JSON.stringify(point.payload ?? {}));
  const [text, setText] = useState(stored);
  const [fault, setFault] = useState<Fault | null>(null);
  const [said, setSaid] = useState('');
  // Before it is seen: later, it would take the place of what is typed meanwhile.
  useLayoutEffect(() => setText(stored), [stored]);
  const save = (overwrite: boolean): void => {
    const broken = syntaxFault(text);
    setFault(broken);
    setSaid('');
    if (broken) return;
    call(collection, 'payload', { id, overwrite }, { texts: { payload: text.trim() || '{}' } }).then(
      () => {
        setSaid('Saved.');
        onSaved();
      },
      (error) => setFault(faultAt(text, messageOf(error), 'payload')),
    );
  };
  return (
    <div class="stack">
      <JsonBox
        label="Payload"
        text={text}
        rows={Math.min(16, text.split('\n').length + 1)}
        fault={fault}
        readOnly={!writes}
        onText={(next) => {
          setText(next);
          setFault(null);
          setSaid('');
        }}
      />
      {writes && (
        <div class="row">
          <button type="button" class="primary" onClick={() => save(true)}>
            Replace payload
          </button>
          <button type="button" onClick={() => save(false)}>
            Merge into it
          </button>
          <span role="status" class="quiet">
            {said}
          </span>
        </div>
      )}
    </div>
  );
}

export function Detail(props: Props): JSX.Element {
  const { collection, id, writes, onClose, onChange } = props;
  const { point, failed, reload } = usePoint(collection, id);
  const title = useRef<HTMLHeadingElement>(null);
  // Before it is seen: later, it would take the focus from where the keys have brought it.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    title.current?.focus();
    return () => opener instanceof HTMLElement && opener.isConnected && opener.focus();
  }, []);
  return (
    <section
      class="detail"
      aria-labelledby="detail-title"
      onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && onClose()}
    >
      <div class="row">
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          Point <span class="mono">{id}</span>
        </h2>
        <span class="space" />
        <button type="button" aria-label="Close the point" onClick={onClose}>
          Close
        </button>
      </div>
      {failed && <p role="alert">{failed}</p>}
      {point && (
        <>
          <Editor
            {...props}
            point={point}
            onSaved={() => {
              reload();
              onChange();
            }}
          />
          <h3>Vectors</h3>
          <Vectors vectors={point.vectors ?? {}} />
          <div class="row">
            <button type="button" onClick={() => go('query', collection, { id })}>
              Find similar
            </button>
            {writes && (
              <button
                type="button"
                class="danger"
                onClick={() => {
                  deleteSoon(collection, id);
                  onClose();
                }}
              >
                Delete
              </button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

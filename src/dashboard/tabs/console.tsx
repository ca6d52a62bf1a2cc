/* Any request of the server, as it is described by /openapi.json, with its answer. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { messageOf } from '../api.ts';
import { forgetAll, history, remember, type Sent } from '../console/history.ts';
import { bodyGrammar, type Request, requestAt, requestsOf } from '../console/openapi.ts';
import { bytes, milliseconds } from '../format.ts';
import { type Fault, syntaxFault } from '../json/place.ts';
import { pretty } from '../json/pretty.ts';
import { JsonBox } from '../parts/json-box.tsx';
import { Labelled, Select } from '../parts/labelled.tsx';
import { Scrolls } from '../parts/scrolls.tsx';
import type { TabProps } from '../tab.ts';
import { keyHeaders } from '../token.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((name) => [name, name] as const);

/** Longer answers would hold up the page. */
const SHOWN = 200_000;

interface Answer {
  readonly head: string;
  readonly failed: boolean;
  readonly text: string;
}

function useRequests(): readonly Request[] {
  const [requests, setRequests] = useState<readonly Request[]>([]);
  useEffect(() => {
    fetch('/openapi.json', { headers: keyHeaders() })
      .then((response) => response.json())
      .then((document) => setRequests(requestsOf(document)))
      .catch(() => {}); // it goes without completion
  }, []);
  return requests;
}

async function sent({ method, path, body }: Sent): Promise<Answer> {
  const began = performance.now();
  const hasBody = method !== 'GET' && body.trim() !== '';
  // As a text behind the origin: `//host/…` would be an address of another host, and get the key.
  const response = await fetch(location.origin + path, {
    method,
    headers: { ...keyHeaders(), ...(hasBody && { 'content-type': 'application/json' }) },
    ...(hasBody && { body }),
  });
  const text = await response.text();
  const took = milliseconds(performance.now() - began);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}\n… (cut)` : isJson ? pretty(text) : text;
  return {
    head: `${response.status} ${response.statusText} · ${took} · ${bytes(text.length)}`,
    failed: !response.ok,
    text: short,
  };
}

function History({
  all,
  onTake,
  onForget,
}: {
  all: readonly Sent[];
  onTake: (one: Sent) => void;
  onForget: () => void;
}): JSX.Element {
  return (
    <section aria-labelledby="history-title" class="stack">
      <div class="row">
        <h2 id="history-title">Sent before</h2>
        <span class="space" />
        {all.length > 0 && (
          <button type="button" onClick={onForget}>
            Forget all
          </button>
        )}
      </div>
      {all.length === 0 && <p class="quiet">Nothing yet.</p>}
      <ul class="plain">
        {all.map((one) => (
          <li key={`${one.method} ${one.path} ${one.body}`}>
            <button type="button" class="link mono" onClick={() => onTake(one)}>
              {one.method} {one.path}
            </button>
            {one.body !== '' && (
              <small class="mono quiet">{one.body.replaceAll(/\s+/g, ' ').slice(0, 100)}</small>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function AnswerView({ answer }: { answer: Answer }): JSX.Element {
  return (
    <section aria-labelledby="answer-title" class="stack">
      <h2 id="answer-title">Answer</h2>
      <p role="status" class={answer.failed ? 'fault' : 'quiet'}>
        {answer.head}
      </p>
      <Scrolls by="answer-title">
        <pre class="answer">{answer.text}</pre>
      </Scrolls>
    </section>
  );
}

interface LineProps {
  readonly line: Sent;
  readonly requests: readonly Request[];
  readonly collection: string;
  readonly onLine: (line: Sent) => void;
  readonly onSend: () => void;
}

function RequestLine({ line, requests, collection, onLine, onSend }: LineProps): JSX.Element {
  const filled = (path: string): string => path.replace('{collection_name}', encodeURIComponent(collection));
  const known = requestAt(requests, line.method, line.path);
  return (
    <>
      <div class="row bottom request-line">
        <Select
          name="Method"
          value={line.method}
          options={METHODS}
          onChange={(method) => onLine({ ...line, method })}
        />
        <div class="grow">
          <Labelled name="Path">
            <input
              class="mono"
              list="paths"
              value={line.path}
              spellcheck={false}
              autocomplete="off"
              onInput={({ currentTarget }) => onLine({ ...line, path: currentTarget.value })}
              onKeyDown={({ key }) => key === 'Enter' && onSend()}
            />
          </Labelled>
        </div>
        <button type="button" class="primary" onClick={onSend}>
          Send
        </button>
      </div>
      <datalist id="paths">
        {requests
          .filter(({ method }) => method === line.method)
          .map(({ path, summary }) => (
            <option key={path} value={filled(path)}>
              {summary}
            </option>
          ))}
      </datalist>
      <p class="quiet">{known?.summary ?? 'Not a request that this server describes.'}</p>
    </>
  );
}

export function Console({ collection }: TabProps): JSX.Element {
  const requests = useRequests();
  const [line, setLine] = useState<Sent>({
    method: 'POST',
    path: `/collections/${encodeURIComponent(collection.name)}/points/scroll`,
    body: '{"limit": 3, "with_payload": true}',
  });
  const [fault, setFault] = useState<Fault | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [all, setAll] = useState(history);
  const known = requestAt(requests, line.method, line.path);
  const grammar = useMemo(() => bodyGrammar(known?.body ?? null), [known]);
  const send = (): void => {
    const broken = line.method === 'GET' ? null : syntaxFault(line.body);
    setFault(broken);
    if (broken) return;
    setAll(remember(line));
    const path = line.path.startsWith('/') ? line.path : `/${line.path}`;
    sent({ ...line, path }).then(setAnswer, (error) =>
      setAnswer({ head: messageOf(error), failed: true, text: '' }),
    );
  };
  return (
    <>
      <h1 class="hidden">Console</h1>
      <section aria-label="Request" class="stack">
        <RequestLine
          line={line}
          requests={requests}
          collection={collection.name}
          onLine={setLine}
          onSend={send}
        />
        {line.method !== 'GET' && (
          <JsonBox
            label="Body"
            rows={6}
            text={line.body}
            fault={fault}
            grammar={grammar}
            onText={(body) => {
              setLine({ ...line, body });
              setFault(null);
            }}
          />
        )}
      </section>
      {answer && <AnswerView answer={answer} />}
      <History
        all={all}
        onTake={setLine}
        onForget={() => {
          forgetAll();
          setAll([]);
        }}
      />
    </>
  );
}

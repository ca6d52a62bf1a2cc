/* The query as code, to be copied. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { overview } from '../live.ts';
import { Whole } from '../parts/whole.tsx';
import { keyHeaders } from '../token.ts';
import { curl, typescript } from './code.ts';

function Code({ title, text }: { title: string; text: string }): JSX.Element {
  const [said, setSaid] = useState('');
  const copy = (): void => {
    // Only pages of this machine, or over HTTPS, have a clipboard.
    const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('none'));
    copied.then(
      () => setSaid('Copied.'),
      () => setSaid('The browser does not allow it here: select the text.'),
    );
  };
  return (
    <details>
      <summary>{title}</summary>
      <div class="stack">
        <Whole name={title} text={text} />
        <div class="row">
          <button type="button" onClick={copy}>
            Copy {title}
          </button>
          <span role="status" class="quiet">
            {said}
          </span>
        </div>
      </div>
    </details>
  );
}

export function CodeView({ collection, request }: { collection: string; request: string }): JSX.Element {
  const hasKey = 'api-key' in keyHeaders();
  return (
    <section aria-labelledby="code-title" class="stack">
      <h2 id="code-title">As code</h2>
      <Code title="TypeScript" text={typescript(collection, overview.get()?.path ?? null, request)} />
      <Code title="curl" text={curl(collection, request, hasKey)} />
    </section>
  );
}

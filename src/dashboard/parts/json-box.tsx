/* A box for JSON: marks the place of an error, and completes at the caret. */
import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Choice, type Completion, completed, completion, type Grammar } from '../json/complete.ts';
import type { Fault } from '../json/place.ts';

interface Props {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly fault: Fault | null;
  readonly grammar?: Grammar | undefined;
  readonly placeholder?: string;
  readonly rows?: number;
  /** Enter, where no choice is open; Shift+Enter makes a line. Without it: Ctrl+Enter is left to the form. */
  readonly onEnter?: (() => void) | undefined;
  readonly readOnly?: boolean;
}

function Marked({ text, fault }: { text: string; fault: Fault | null }): JSX.Element {
  const range = fault?.range;
  if (!range) return <pre aria-hidden="true">{`${text}\n`}</pre>;
  const { from, to } = range;
  return (
    <pre aria-hidden="true">
      {text.slice(0, from)}
      <mark>{text.slice(from, to) || ' '}</mark>
      {`${text.slice(to)}\n`}
    </pre>
  );
}

interface ChoicesProps {
  readonly id: string;
  readonly choices: readonly Choice[];
  readonly at: number;
  readonly onTake: (choice: Choice) => void;
}

function Choices({ id, choices, at, onTake }: ChoicesProps): JSX.Element {
  return (
    <div class="choices" id={id} role="listbox" tabIndex={-1} aria-label="Completions">
      {choices.map((choice, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: arrows and Enter in the box do the same
        <div
          key={choice.label}
          id={`${id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === at}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(choice)}
        >
          <span>{choice.label}</span>
          <small>{choice.says}</small>
        </div>
      ))}
    </div>
  );
}

interface Completing {
  readonly found: Completion | null;
  readonly at: number;
  readonly ask: () => void;
  readonly close: () => void;
  readonly take: (choice: Choice) => void;
  /** Whether the key was for the choices. */
  readonly press: (event: KeyboardEvent) => boolean;
}

function useCompletion(
  box: { readonly current: HTMLTextAreaElement | null },
  grammar: Grammar | undefined,
  onText: (text: string) => void,
): Completing {
  const [found, setFound] = useState<Completion | null>(null);
  const [at, setAt] = useState(-1);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    box.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const close = (): void => {
    setFound(null);
    setAt(-1);
  };
  const ask = (): void => {
    const { value, selectionStart, selectionEnd } = box.current!;
    setFound(grammar && selectionStart === selectionEnd ? completion(value, selectionStart, grammar) : null);
    setAt(-1);
  };
  const take = (choice: Choice): void => {
    const next = completed(box.current!.value, found!, choice);
    caret.current = next.caret;
    close();
    onText(next.text);
  };
  const press = (event: KeyboardEvent): boolean => {
    if (!found) {
      if (event.key !== ' ' || !event.ctrlKey) return false;
      ask();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const { length } = found.choices;
      setAt(event.key === 'ArrowDown' ? (at + 1) % length : (Math.max(at, 0) + length - 1) % length);
    } else if (event.key === 'Enter' && at >= 0) take(found.choices[at]!);
    else if (event.key === 'Escape') close();
    else return false;
    event.preventDefault();
    return true;
  };
  return { found, at, ask, close, take, press };
}

export function JsonBox(props: Props): JSX.Element {
  const { label, text, onText, fault, grammar, placeholder, rows = 1, onEnter, readOnly = false } = props;
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const { found, at, ask, close, take, press } = useCompletion(box, grammar, onText);
  // What it knows may come when it has the focus already, or when a part is typed.
  const knew = useRef(grammar !== undefined);
  useEffect(() => {
    const isNew = !knew.current && grammar !== undefined;
    knew.current = grammar !== undefined;
    if (document.activeElement === box.current && (isNew || box.current?.value === '')) ask();
  }, [grammar]);
  useEffect(() => {
    document.getElementById(`${id}-choices-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);
  const keyDown = (event: KeyboardEvent): void => {
    if (press(event) || event.key !== 'Enter' || event.shiftKey || !onEnter) return;
    event.preventDefault();
    close();
    onEnter();
  };
  return (
    <div class="json-box">
      <div class="json-text">
        <Marked text={text} fault={fault} />
        <textarea
          ref={box}
          rows={rows}
          value={text}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          readOnly={readOnly}
          placeholder={placeholder ?? ''}
          aria-label={label}
          aria-invalid={fault !== null}
          aria-describedby={fault ? `${id}-fault` : undefined}
          aria-autocomplete={grammar ? 'list' : 'none'}
          aria-controls={found ? `${id}-choices` : undefined}
          aria-activedescendant={found && at >= 0 ? `${id}-choices-${at}` : undefined}
          onInput={({ currentTarget }) => {
            onText(currentTarget.value);
            ask();
          }}
          onClick={ask}
          onFocus={() => text === '' && ask()}
          onBlur={close}
          onKeyDown={keyDown}
        />
      </div>
      {found && <Choices id={`${id}-choices`} choices={found.choices} at={at} onTake={take} />}
      {fault && (
        <p class="fault" id={`${id}-fault`} role="alert">
          {fault.message}
        </p>
      )}
    </div>
  );
}

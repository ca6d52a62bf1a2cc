/* The list of tabs: one stop for the Tab key, arrows within it. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Tab } from '../tab.ts';

interface Props {
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  /** The id of what they show; undefined while there is nothing. */
  readonly panel: string | undefined;
  readonly onChoose: (id: string) => void;
}

/** Which tab a key leads to. */
function towards(key: string, at: number, length: number): number | undefined {
  if (key === 'ArrowRight') return (at + 1) % length;
  if (key === 'ArrowLeft') return (at + length - 1) % length;
  if (key === 'Home') return 0;
  return key === 'End' ? length - 1 : undefined;
}

export function TabList({ tabs, chosen, panel, onChoose }: Props): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const press = (event: KeyboardEvent): void => {
    const at = towards(
      event.key,
      tabs.findIndex(({ id }) => id === chosen),
      tabs.length,
    );
    if (at === undefined) return;
    event.preventDefault();
    onChoose(tabs[at]!.id);
    (list.current!.children[at] as HTMLElement).focus();
  };
  return (
    <nav class="tabs" aria-label="Views">
      <div role="tablist" ref={list} onKeyDown={press}>
        {tabs.map(({ id, title }) => (
          <button
            type="button"
            key={id}
            id={`tab-${id}`}
            role="tab"
            aria-selected={id === chosen}
            aria-controls={panel}
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {title}
          </button>
        ))}
      </div>
    </nav>
  );
}

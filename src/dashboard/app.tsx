/* The frame: head, tabs, and the tab that is open. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview } from '../server/dashboard/wire.js';
import { locked } from './api.ts';
import { lost, overview, tick } from './live.ts';
import { DeletionNotes } from './parts/deletion-notes.tsx';
import { KeyForm } from './parts/key-form.tsx';
import { TabList } from './parts/tab-list.tsx';
import { ThemeSwitch } from './parts/theme-switch.tsx';
import { go, route } from './route.ts';
import { useStore } from './store.ts';
import type { Tab, TabProps } from './tab.ts';
import { TABS } from './tabs.ts';

const LOADED = new Map<string, ComponentType<TabProps>>();

/** The component of a tab, once it is there. */
function useTab({ id, load }: Tab): ComponentType<TabProps> | string | undefined {
  const [failed, setFailed] = useState<string>();
  const [, draw] = useState(0);
  useEffect(() => {
    setFailed(undefined);
    if (LOADED.has(id)) return;
    load().then(
      (component) => {
        LOADED.set(id, component);
        draw((times) => times + 1);
      },
      (error) => setFailed(`This tab could not be loaded: ${String(error)}. Reload the page.`),
    );
  }, [id, load]);
  return LOADED.get(id) ?? failed;
}

function Collections({
  seen,
  chosen,
  tab,
}: {
  seen: Overview;
  chosen: string;
  tab: string;
}): JSX.Element | null {
  if (seen.collections.length === 0) return null;
  return (
    <select
      class="collections"
      aria-label="Collection"
      value={chosen}
      onChange={({ currentTarget }) => go(tab, currentTarget.value)}
    >
      {seen.collections.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Empty(): JSX.Element {
  return (
    <section class="empty">
      <h1>No collections yet</h1>
      <p>
        This page shows them as soon as there are some. <code>npx silt import FILE DIR NAME</code> makes one
        of a file, and so does <code>PUT /collections/NAME</code>.
      </p>
    </section>
  );
}

/** The other tabs come behind the first, while nothing else is to be done, so that each opens at once. */
function usePreload(when: boolean): void {
  useEffect(() => {
    if (!when) return;
    const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 500));
    idle(() => {
      for (const { load } of TABS) load().catch(() => {}); // said when it is opened
    });
  }, [when]);
}

function Panel({ tab, seen, chosen }: { tab: Tab; seen: Overview; chosen: string }): JSX.Element {
  const { params } = useStore(route);
  const Shown = useTab(tab);
  usePreload(Shown !== undefined);
  const collection = seen.collections.find(({ name }) => name === chosen);
  return (
    <main>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {typeof Shown === 'string' && <p role="alert">{Shown}</p>}
        {!collection && <Empty />}
        {collection && Shown && typeof Shown !== 'string' && (
          <Shown key={`${tab.id}/${chosen}`} collection={collection} writes={seen.writes} params={params} />
        )}
      </div>
    </main>
  );
}

/** What is looked at first. */
function largest(names: readonly string[]): string {
  const pointsOf = (name: string): number => tick.get()?.collections[name]?.points ?? 0;
  return names.reduce((best, name) => (pointsOf(name) > pointsOf(best) ? name : best), names[0] ?? '');
}

export function App(): JSX.Element {
  const seen = useStore(overview);
  const why = useStore(lost);
  const isLocked = useStore(locked);
  const { tab: asked, collection } = useStore(route);
  const tab = TABS.find(({ id }) => id === asked) ?? TABS[0]!;
  const names = seen?.collections.map(({ name }) => name) ?? [];
  const chosen = names.includes(collection) ? collection : largest(names);
  useEffect(() => {
    document.title = chosen ? `${tab.title}: ${chosen} (Silt)` : 'Silt';
  }, [tab, chosen]);
  return (
    <>
      <header class="head">
        <span class="brand">Silt</span>
        {seen && <Collections seen={seen} chosen={chosen} tab={tab.id} />}
        {seen?.readOnlyBecause && (
          <span class="note" title={seen.readOnlyBecause}>
            read-only
          </span>
        )}
        <span class="space" />
        <ThemeSwitch />
      </header>
      {!isLocked && (
        <TabList
          tabs={TABS}
          chosen={tab.id}
          panel={seen ? 'panel' : undefined}
          onChoose={(id) => go(id, chosen)}
        />
      )}
      {why !== null && (
        <p class="banner" role="status">
          No connection: {why}. Trying again.
        </p>
      )}
      {isLocked ? <KeyForm /> : seen && <Panel tab={tab} seen={seen} chosen={chosen} />}
      <DeletionNotes />
    </>
  );
}

/* What each collection does at this moment, and how the one that is chosen came there. */
import type { JSX } from 'preact';
import type { CollectionStatus, FieldStatus } from '../../api/upkeep.js';
import type { CollectionSummary, Tick } from '../../server/dashboard/wire.js';
import { bytes, count, duration, fieldName, fieldsOf, milliseconds } from '../format.ts';
import { overview, pastOf, tick, writtenPerSecond } from '../live.ts';
import { Chart, type Line } from '../parts/chart.tsx';
import { Progress } from '../parts/progress.tsx';
import { Scrolls } from '../parts/scrolls.tsx';
import { go } from '../route.ts';
import { useStore } from '../store.ts';
import type { TabProps } from '../tab.ts';

const STATES: Readonly<Record<CollectionStatus['state'], string>> = {
  ready: 'ready',
  indexing: 'indexing',
  paused: 'paused',
  degraded: 'needs attention',
};

function Fact({ name, value, more }: { name: string; value: string; more?: string }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        {value}
        {more !== undefined && <small>{more}</small>}
      </dd>
    </div>
  );
}

function Server({ at }: { at: Tick }): JSX.Element {
  const { latency, rssBytes, diskBytes, collections } = at;
  const points = Object.values(collections).reduce((sum, status) => sum + status.points, 0);
  const ms = (value: number | null): string => (value === null ? '–' : milliseconds(value));
  return (
    <section aria-labelledby="server-title">
      <h2 id="server-title">Server</h2>
      <dl class="facts">
        <Fact name="Points" value={count(points)} />
        <Fact
          name="Searches"
          value={`${latency.perSecond.toFixed(1)}/s`}
          more={`${count(latency.total)} in all`}
        />
        <Fact name="Search, median" value={ms(latency.p50)} />
        <Fact name="Search, 95 %" value={ms(latency.p95)} />
        <Fact name="Search, 99 %" value={ms(latency.p99)} />
        <Fact name="Memory" value={bytes(rssBytes)} />
        <Fact name="Disk" value={diskBytes === null ? '–' : bytes(diskBytes)} />
      </dl>
    </section>
  );
}

function recallOf({ recall }: CollectionStatus | FieldStatus): string {
  return recall === null ? '–' : recall.value.toFixed(3);
}

function etaOf({ pending, etaSeconds, state }: CollectionStatus): string {
  if (pending === 0) return '–';
  if (state === 'paused') return 'paused';
  return etaSeconds === null ? 'not known yet' : duration(etaSeconds);
}

function Row({
  name,
  status,
  chosen,
}: {
  name: string;
  status: CollectionStatus;
  chosen: boolean;
}): JSX.Element {
  const { state, points, indexed, pending, linkedPerSecond, memoryBytes } = status;
  return (
    <tr class={chosen ? 'chosen' : ''}>
      <th scope="row">
        <button type="button" class="link" aria-current={chosen} onClick={() => go('overview', name)}>
          {name}
        </button>
        <span class={`state ${state}`}>{STATES[state]}</span>
      </th>
      <td class="wide">
        <Progress done={indexed} all={points} label={`${name}: indexed`} />
      </td>
      <td class="number">{count(points)}</td>
      <td class="number">{count(pending)}</td>
      <td class="number">{count(writtenPerSecond(name))}/s</td>
      <td class="number">{pending === 0 ? '–' : `${count(linkedPerSecond)}/s`}</td>
      <td class="number">{etaOf(status)}</td>
      <td class="number">{recallOf(status)}</td>
      <td class="number">{bytes(memoryBytes)}</td>
    </tr>
  );
}

/** The columns of numbers; what is not plain from the name is said where the pointer rests. */
const HEADS: readonly (readonly [head: string, says: string])[] = [
  ['Points', 'Points that can be found now'],
  ['Pending', 'Points that are not indexed yet: each search compares them one by one'],
  ['Writing', 'Points written in a second'],
  ['Indexing', 'Points put into the graph in a second'],
  ['All indexed in', 'The time until no point is pending, at this rate'],
  ['Recall', 'The share of the exact answer that searches found when it was measured last'],
  ['Memory', 'What the collection holds in memory'],
];

function Collections({ at, chosen }: { at: Tick; chosen: string }): JSX.Element {
  const seen = useStore(overview);
  const names = seen?.collections.map(({ name }) => name) ?? [];
  return (
    <section aria-labelledby="collections-title">
      <h2 id="collections-title">Collections</h2>
      <p class="quiet measure">
        Points can be found as soon as they are written. Until they are in the graph of the index they are
        pending: each search compares them one by one. “All indexed in” is the time until none is pending.
      </p>
      <Scrolls by="collections-title">
        <table aria-labelledby="collections-title">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Indexed</th>
              {HEADS.map(([head, says]) => (
                <th scope="col" class="number" key={head} title={says}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const status = at.collections[name];
              return status && <Row key={name} name={name} status={status} chosen={name === chosen} />;
            })}
          </tbody>
        </table>
      </Scrolls>
    </section>
  );
}

/** What is filled last lies on top: pending is what shows above the indexed ones. */
const LINES: readonly Line[] = [
  { label: 'pending: found by comparing', colour: '--accent-soft', fill: true },
  { label: 'indexed: found by the graph', colour: '--accent', fill: true },
];

function Indexing({ name, status }: { name: string; status: CollectionStatus }): JSX.Element {
  const { at, points, indexed } = pastOf(name);
  const { pending, quarantined, deleted, unreadable } = status;
  return (
    <section aria-labelledby="indexing-title">
      <h2 id="indexing-title">How {name} is indexed</h2>
      <Chart
        key={name}
        data={[[...at], [...points], [...indexed]]}
        lines={LINES}
        format={count}
        says={`Points of ${name} over the last minutes: ${count(status.points)} written, ${count(pending)} of them pending, ${count(status.indexed)} indexed.`}
      />
      <dl class="facts">
        <Fact name="Points" value={count(status.points)} />
        <Fact name="Indexed" value={count(status.indexed)} />
        <Fact name="Pending" value={count(pending)} />
        <Fact name="Deleted" value={count(deleted)} />
        {quarantined > 0 && <Fact name="Set aside" value={count(quarantined)} />}
        {unreadable > 0 && <Fact name="Damaged" value={count(unreadable)} />}
      </dl>
    </section>
  );
}

function Fields({
  collection,
  status,
}: {
  collection: CollectionSummary;
  status: CollectionStatus;
}): JSX.Element {
  return (
    <section aria-labelledby="fields-title">
      <h2 id="fields-title">Fields</h2>
      <Scrolls by="fields-title">
        <table aria-labelledby="fields-title">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Holds</th>
              {['Points', 'Pending', 'Recall', 'Memory'].map((head) => (
                <th scope="col" class="number" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fieldsOf(collection.config).map(({ name, says }) => {
              const field = status.fields[name];
              return (
                <tr key={name}>
                  <th scope="row">{fieldName(name)}</th>
                  <td>{says}</td>
                  <td class="number">{field ? count(field.points) : '–'}</td>
                  <td class="number">{field ? count(field.pending) : '–'}</td>
                  <td class="number">{!field ? '–' : field.kind === 'dense' ? recallOf(field) : 'exact'}</td>
                  <td class="number">{field ? bytes(field.memoryBytes) : '–'}</td>
                </tr>
              );
            })}
            {collection.payloadIndexes.map(({ path, kind, state, entries }) => (
              <tr key={`index ${path}`}>
                <th scope="row">{path}</th>
                <td>
                  payload index, {kind}
                  {state === 'building' && ', being built'}
                </td>
                <td class="number">{count(entries)}</td>
                <td class="number">–</td>
                <td class="number">–</td>
                <td class="number">–</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
    </section>
  );
}

function Errors({ at }: { at: Tick }): JSX.Element {
  const all = Object.entries(at.collections).flatMap(([name, { errors }]) =>
    Object.entries(errors).map(([kind, says]) => ({ name, kind, says })),
  );
  return (
    <section aria-labelledby="errors-title">
      <h2 id="errors-title">Last errors</h2>
      {all.length === 0 ? (
        <p class="quiet">None.</p>
      ) : (
        <ul class="errors">
          {all.map(({ name, kind, says }) => (
            <li key={`${name} ${kind}`}>
              <b>{name}</b>, {kind}: {says}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Overview({ collection }: TabProps): JSX.Element {
  const at = useStore(tick);
  const status = at?.collections[collection.name];
  return (
    <>
      <h1 class="hidden">Overview</h1>
      {at && <Server at={at} />}
      {at && <Collections at={at} chosen={collection.name} />}
      {status && <Indexing name={collection.name} status={status} />}
      {status && <Fields collection={collection} status={status} />}
      {at && <Errors at={at} />}
    </>
  );
}

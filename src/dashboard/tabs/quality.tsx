/* How much of the exact answer searches find, by what is asked for, and what that costs: measured here and now. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CollectionSummary, RecallView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { count, fieldName, fieldsOf, milliseconds } from '../format.ts';
import { Chart, type Line } from '../parts/chart.tsx';
import { NumberInput, Select } from '../parts/labelled.tsx';
import { Scrolls } from '../parts/scrolls.tsx';
import type { TabProps } from '../tab.ts';

const TARGETS: readonly number[] = [0.8, 0.9, 0.95, 0.98, 0.99, 0.995];

const RECALL_LINES: readonly Line[] = [
  { label: 'asked for', colour: '--muted', dash: [4, 4] },
  { label: 'measured', colour: '--accent', dots: 8 },
];
const TIME_LINES: readonly Line[] = [{ label: 'median time of a search', colour: '--accent', dots: 8 }];

const share = (value: number): string => value.toFixed(3).replace(/0$/, '');

const PLACES = TARGETS.map(share);

interface Asked {
  readonly using: string;
  readonly k: number;
  readonly sample: number;
}

interface Measuring {
  readonly reports: readonly RecallView[];
  readonly running: boolean;
  readonly failed: string | null;
  readonly start: (asked: Asked) => void;
  readonly stop: () => void;
}

function useMeasuring({ name }: CollectionSummary): Measuring {
  const [reports, setReports] = useState<readonly RecallView[]>([]);
  const [running, setRunning] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const current = useRef<AbortController | null>(null);
  const stop = (): void => {
    current.current?.abort();
    setRunning(false);
  };
  const measure = async ({ using, k, sample }: Asked, signal: AbortSignal): Promise<void> => {
    for (const recall of TARGETS) {
      const body = { recall, k, sample, ...(using !== '' && { using }) };
      const report = await call<RecallView>(name, 'recall', body, { signal });
      setReports((before) => [...before, report]);
    }
  };
  const start = (asked: Asked): void => {
    stop();
    const { signal } = (current.current = new AbortController());
    setReports([]);
    setFailed(null);
    setRunning(true);
    measure(asked, signal).then(
      () => setRunning(false),
      (error) => {
        if (signal.aborted) return;
        setRunning(false);
        setFailed(messageOf(error));
      },
    );
  };
  useEffect(() => () => current.current?.abort(), []);
  return { reports, running, failed, start, stop };
}

function Table({ reports }: { reports: readonly RecallView[] }): JSX.Element {
  return (
    <Scrolls by="quality-title">
      <table aria-labelledby="quality-title">
        <thead>
          <tr>
            {['Asked for', 'Measured', 'Beam', 'Queries', 'A search', 'Measuring'].map((head) => (
              <th scope="col" class="number" key={head}>
                {head}
              </th>
            ))}
            <th scope="col">Reached</th>
          </tr>
        </thead>
        <tbody>
          {reports.map(({ target, value, ef, sample, searchMs, measuredMs }) => (
            <tr key={target}>
              <td class="number">{target === null ? '–' : share(target)}</td>
              <td class="number">{value.toFixed(4)}</td>
              <td class="number">{count(ef)}</td>
              <td class="number">{count(sample)}</td>
              <td class="number">{searchMs === null ? '–' : milliseconds(searchMs)}</td>
              <td class="number">{milliseconds(measuredMs)}</td>
              <td>{value >= (target ?? 0) ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}

function Charts({ reports }: { reports: readonly RecallView[] }): JSX.Element {
  const targets = reports.map(({ target }) => target);
  const at = targets.map((target) => TARGETS.indexOf(target!));
  const values = reports.map(({ value }) => value);
  const worst = Math.min(0.9, ...values, ...targets.map((target) => target ?? 1));
  const says = reports.map(({ target, value }) => `${target}: ${value.toFixed(3)}`).join(', ');
  const times = reports.map(({ searchMs }) => searchMs);
  return (
    <div class="two">
      <Chart
        data={[at, targets, values]}
        lines={RECALL_LINES}
        time={false}
        range={[Math.floor(10 * worst) / 10, 1.005]}
        format={share}
        places={PLACES}
        titles={['recall asked for', 'recall measured']}
        says={`Recall measured for each that was asked for: ${says}.`}
      />
      <Chart
        data={[at, times]}
        lines={TIME_LINES}
        time={false}
        format={milliseconds}
        places={PLACES}
        titles={['recall asked for', 'median time']}
        says={`Median time of a search for each recall: ${reports.map(({ target, searchMs }) => `${target}: ${searchMs === null ? 'none' : milliseconds(searchMs)}`).join(', ')}.`}
      />
    </div>
  );
}

export function Quality({ collection }: TabProps): JSX.Element {
  const fields = fieldsOf(collection.config).filter(({ kind }) => kind === 'dense');
  const [asked, setAsked] = useState<Asked>({ using: fields[0]?.name ?? '', k: 10, sample: 100 });
  const { reports, running, failed, start, stop } = useMeasuring(collection);
  const change = (part: Partial<Asked>): void => setAsked((before) => ({ ...before, ...part }));
  return (
    <section>
      <h1 id="quality-title">Quality of searches</h1>
      {fields.length === 0 ? (
        <p class="quiet">
          This collection has no field of dense vectors: its searches compare all points, and miss none.
        </p>
      ) : (
        <>
          <p class="quiet measure">
            Stored points, and queries that were asked lately, are searched for by the graph and by comparing
            all points. Recall is the share of the exact answer that the graph finds.
          </p>
          <div class="row bottom">
            {fields.length > 1 && (
              <Select
                name="Field"
                value={asked.using}
                options={fields.map(({ name }) => [name, fieldName(name)] as const)}
                onChange={(using) => change({ using })}
              />
            )}
            <NumberInput
              name="Nearest points"
              value={asked.k}
              min={1}
              max={1_000}
              onChange={(k) => change({ k })}
            />
            <NumberInput
              name="Queries"
              value={asked.sample}
              min={10}
              max={10_000}
              onChange={(sample) => change({ sample })}
            />
            <button type="button" class="primary" onClick={() => (running ? stop() : start(asked))}>
              {running ? 'Stop' : 'Measure'}
            </button>
            <span role="status" class="quiet">
              {running && `Measuring ${reports.length + 1} of ${TARGETS.length}`}
            </span>
          </div>
        </>
      )}
      {failed !== null && (
        <p class="fault" role="alert">
          {failed}
        </p>
      )}
      {reports.length > 0 && <Table reports={reports} />}
      {reports.length > 1 && <Charts reports={reports} />}
    </section>
  );
}

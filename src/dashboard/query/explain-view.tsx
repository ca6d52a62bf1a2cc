/* How a query was answered: a tree of its steps, with their times. */
import type { JSX } from 'preact';
import type { StepReport } from '../../api/query.js';
import type { AnswerView } from '../../server/dashboard/wire.js';
import { count, milliseconds, plural } from '../format.ts';

const COUNTERS: Readonly<Record<keyof StepReport['counters'], string>> = {
  compared: 'compared one by one',
  rowsScanned: 'scanned',
  nodesVisited: 'nodes of the graph visited',
  rowsMasked: 'replaced or deleted',
  candidatesRescored: 'compared in full precision',
};

function numbersOf({ found, given, counters, filter }: StepReport): string {
  const counted = Object.entries(counters)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${count(value)} ${COUNTERS[name as keyof typeof COUNTERS]}`);
  const matches = filter && [`about ${count(filter.matches.expected)} match the filter`];
  return [`${count(found)} found, ${count(given)} given`, ...(matches ?? []), ...counted].join(' · ');
}

function Bar({ ms, all }: { ms: number; all: number }): JSX.Element {
  return (
    <span class="time">
      <span class="bar" aria-hidden="true">
        <i style={{ transform: `scaleX(${all === 0 ? 0 : Math.min(1, ms / all)})` }} />
      </span>
      <span class="number">{milliseconds(ms)}</span>
    </span>
  );
}

function Step({ step, all }: { step: StepReport; all: number }): JSX.Element {
  return (
    <li>
      <div class="step">
        <b>{step.query}</b>
        <Bar ms={step.ms} all={all} />
      </div>
      <p>{step.plan}</p>
      <p class="quiet">{numbersOf(step)}</p>
      {step.prefetch.length > 0 && (
        <ul>
          {step.prefetch.map((one) => (
            <Step key={one.place} step={one} all={all} />
          ))}
        </ul>
      )}
    </li>
  );
}

export function ExplainView({ answer }: { answer: AnswerView }): JSX.Element {
  const { root, ms, hits } = answer;
  return (
    <section aria-labelledby="explain-title" class="explain">
      <h2 id="explain-title">How it was answered</h2>
      <ul class="tree">
        <li>
          <div class="step">
            <b>{plural(hits.length, 'result')}</b>
            <Bar ms={ms.total} all={ms.total} />
          </div>
          <ul>
            <Step step={root} all={ms.total} />
            <li>
              <div class="step">
                <b>payloads read</b>
                <Bar ms={ms.hydrate} all={ms.total} />
              </div>
            </li>
          </ul>
        </li>
      </ul>
    </section>
  );
}

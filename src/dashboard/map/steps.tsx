/* The steps of a walk: which one is seen, what is known by then, and all of them as a table. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { WalkView } from '../../server/dashboard/wire.js';
import { count, plural } from '../format.ts';
import { Scrolls } from '../parts/scrolls.tsx';
import { factsAt } from './walk.ts';

const PLAY_MS = 350;

/** Which step is seen, the last at first: it shows what was found. They play on their own where that is asked for. */
export function useSteps(walk: WalkView | null) {
  const [at, setAt] = useState(0);
  const [plays, setPlays] = useState(false);
  const last = Math.max(0, (walk?.steps.length ?? 1) - 1);
  useEffect(() => {
    setAt(last);
    setPlays(false);
  }, [walk]);
  useEffect(() => {
    if (!plays) return undefined;
    if (at >= last) return setPlays(false);
    const timer = setTimeout(() => setAt(at + 1), PLAY_MS);
    return () => clearTimeout(timer);
  }, [plays, at, last]);
  const go = (to: number): void => {
    setPlays(false);
    setAt(Math.max(0, Math.min(last, to)));
  };
  const play = (): void => {
    if (at >= last) setAt(0);
    setPlays(!plays);
  };
  return { at, last, plays, go, play };
}

type Steps = ReturnType<typeof useSteps>;

export function Controls({ at, last, plays, go, play }: Steps): JSX.Element {
  return (
    <fieldset class="choice" aria-label="Steps">
      <button type="button" disabled={at === 0} onClick={() => go(0)}>
        First
      </button>
      <button type="button" disabled={at === 0} onClick={() => go(at - 1)}>
        Back
      </button>
      <button type="button" class="primary" onClick={play}>
        {plays ? 'Pause' : 'Play'}
      </button>
      <button type="button" disabled={at >= last} onClick={() => go(at + 1)}>
        Next
      </button>
      <button type="button" disabled={at >= last} onClick={() => go(last)}>
        Last
      </button>
      <input
        type="range"
        class="grow"
        aria-label="Step"
        min={0}
        max={last}
        value={at}
        onInput={({ currentTarget }) => go(currentTarget.valueAsNumber)}
      />
    </fieldset>
  );
}

const levelName = (level: number): string =>
  level < 0 ? 'the entry point' : level === 0 ? 'level 0, which has all points' : `level ${level}`;

/** Read aloud when one goes to a step, not while steps play. */
export function Facts({ walk, at, plays }: { walk: WalkView; at: number; plays: boolean }): JSX.Element {
  const { level, met, followed, nearest } = factsAt(walk, at);
  return (
    <p aria-live={plays ? 'off' : 'polite'}>
      Step {at + 1} of {walk.steps.length}, on {levelName(level)}: {plural(followed, 'point')} followed,{' '}
      {count(met)} met. {nearest !== null && `Nearest so far at ${nearest.toPrecision(3)}.`}{' '}
      <span class="quiet">Beam of {count(walk.ef)}.</span>
    </p>
  );
}

const HEADS = ['Step', 'Level', 'Followed', 'Met', 'Nearest met'];

/** What is drawn, as a table: a row for each step up to the one that is seen. */
export function Table({ walk, at }: { walk: WalkView; at: number }): JSX.Element {
  return (
    <details>
      <summary id="steps-title">Steps as a table</summary>
      <Scrolls by="steps-title">
        <table aria-labelledby="steps-title">
          <thead>
            <tr>
              {HEADS.map((head) => (
                <th scope="col" class="number" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {walk.steps.slice(0, at + 1).map(({ level, expanded, met }, step) => (
              <tr key={`${step}`} class={step === at ? 'chosen' : ''}>
                <th scope="row" class="number">
                  {step + 1}
                </th>
                <td class="number">{level < 0 ? 'entry' : level}</td>
                <td class="number">{count(expanded.length)}</td>
                <td class="number">{count(met.length)}</td>
                <td class="number">
                  {met.length === 0
                    ? '–'
                    : met.reduce((least, { distance }) => Math.min(least, distance), Infinity).toPrecision(3)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
    </details>
  );
}

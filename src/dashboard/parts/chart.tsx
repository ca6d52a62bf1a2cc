/* Charts over time or over numbers, by uPlot, which is loaded with the first of them. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { useStore } from '../store.ts';
import { colourOf, dark } from '../theme.ts';

export interface Line {
  readonly label: string;
  /** A variable of the style sheet. */
  readonly colour: string;
  /** Fills the area below. Lines are drawn in order: what is filled last lies on top. */
  readonly fill?: boolean;
  /** Dots alone, of this many pixels. */
  readonly dots?: number;
  readonly dash?: readonly number[];
}

interface Props {
  /** x, then the values of each line. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly lines: readonly Line[];
  /** What it shows, for those who do not see it. */
  readonly says: string;
  readonly height?: number;
  readonly time?: boolean;
  /** Of the vertical axis; else by the values, from 0. */
  readonly range?: readonly [from: number, to: number];
  readonly format: (value: number) => string;
  /** Of the horizontal axis, where that is not time: a text for each of its places, at 0, 1, 2 and so on. */
  readonly places?: readonly string[];
  /** What the axes show. */
  readonly titles?: readonly [across: string, up: string];
}

/** Seconds that an axis of time has at least. */
const SPAN = 30;

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const clock = (seconds: number): string => CLOCK.format(1_000 * seconds);

function optionsOf(
  box: HTMLElement,
  { lines, height = 220, time = true, range, format, places, titles }: Props,
): uPlot.Options {
  const muted = colourOf(box, '--muted');
  const line = colourOf(box, '--line');
  const font = `12px ${getComputedStyle(box).fontFamily}`;
  const title = (label: string | undefined): uPlot.Axis =>
    label === undefined ? {} : { label, labelFont: font, labelSize: 20 };
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: {
        time,
        range: (_, from, to) =>
          places ? [-0.4, places.length - 0.6] : [Math.min(from, to - (time ? SPAN : 0)), to],
      },
      y: { range: (_, __, most) => (range ? [...range] : [0, (most || 1) * 1.08]) },
    },
    axes: [
      {
        ...{ ...axis, ...title(titles?.[0]), grid: { show: false }, size: 30, space: 70 },
        ...(places && { splits: () => [...places.keys()] }),
        values: (_, all) => all.map((at) => (places ? places[at]! : clock(at))),
      },
      { ...axis, ...title(titles?.[1]), size: 62, values: (_, all) => all.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour, fill, dots, dash }) => ({
        label,
        stroke: colourOf(box, colour),
        width: dots ? 0 : 1.5,
        ...(fill && { fill: colourOf(box, colour) }),
        ...(dash && { dash: [...dash] }),
        points: dots ? { show: true, size: dots, fill: colourOf(box, colour) } : { show: false },
      })),
    ],
  };
}

export function Chart(props: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = useRef(props.data);
  data.current = props.data;
  const isDark = useStore(dark);
  useEffect(() => {
    const element = box.current!;
    let gone = false;
    const made = import('uplot').then(({ default: Plot }) => {
      if (gone) return;
      plot.current = new Plot(optionsOf(element, props), data.current as uPlot.AlignedData, element);
    });
    made.catch((error) => element.replaceChildren(String(error)));
    const fit = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: props.height ?? 220 }),
    );
    fit.observe(element);
    return () => {
      gone = true;
      fit.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [isDark, props.lines]);
  useEffect(() => plot.current?.setData(props.data as uPlot.AlignedData), [props.data]);
  return (
    <figure class="chart">
      <div role="img" aria-label={props.says}>
        <div ref={box} aria-hidden="true" style={{ minHeight: `${props.height ?? 220}px` }} />
      </div>
      <figcaption class="legend" aria-hidden="true">
        {props.lines.map(({ label, colour }) => (
          <span key={label}>
            <i style={{ background: `var(${colour})` }} />
            {label}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** A stream as a picture: how far writing and linking were, and what a search took meanwhile. As SVG, light and dark. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { count } from './format.js';
import type { Sample } from './recording.js';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 860;
const HEIGHT = 440;
const LEFT = 76;
const RIGHT = 28;
/** The two panels: where each begins, and how high it is. */
const POINTS = { top: 92, height: 176 };
const LATENCY = { top: 320, height: 72 };

interface Theme {
  name: 'light' | 'dark';
  background: string;
  text: string;
  faint: string;
  grid: string;
  written: string;
  linked: string;
  median: string;
  slow: string;
}

const THEMES: readonly Theme[] = [
  {
    name: 'light',
    background: '#ffffff',
    text: '#1f2328',
    faint: '#59636e',
    grid: '#e4e7eb',
    written: '#2b6cb0',
    linked: '#2f855a',
    median: '#b7791f',
    slow: '#c8324b',
  },
  {
    name: 'dark',
    background: '#0d1117',
    text: '#e6edf3',
    faint: '#9198a1',
    grid: '#262c34',
    written: '#63b3ed',
    linked: '#68d391',
    median: '#f6c453',
    slow: '#fc8181',
  },
];

export interface Picture {
  samples: readonly Sample[];
  dimension: number;
  /** Words asked for right after their write was acknowledged, and how many of these searches found them. */
  asked: number;
  found: number;
  machine: string;
}

/** Writes `settling-light.svg` and `settling-dark.svg` into a folder, which is made if need be. Resolves to their paths. */
export async function drawPicture(folder: string, picture: Picture): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = THEMES.map(({ name }) => join(folder, `settling-${name}.svg`));
  for (const [i, theme] of THEMES.entries()) await writeFile(paths[i]!, svgOf(picture, theme));
  return paths;
}

function svgOf(picture: Picture, theme: Theme): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(optionsOf(picture, theme));
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

function optionsOf({ samples, dimension, asked, found, machine }: Picture, theme: Theme): EChartsCoreOption {
  const small = { color: theme.faint, fontSize: 12 };
  const seconds = samples.at(-1)?.seconds ?? 0;
  const grids = [POINTS, LATENCY];
  const along = (value: keyof Sample): [number, number][] =>
    samples
      .filter((sample) => Number.isFinite(sample[value]))
      .map((sample) => [sample.seconds, sample[value]]);
  const line = (name: string, value: keyof Sample, panel: number, color: string): object => ({
    type: 'line',
    name,
    data: along(value),
    xAxisIndex: panel,
    yAxisIndex: panel,
    showSymbol: false,
    lineStyle: { width: 2, color },
    itemStyle: { color },
  });
  return {
    animation: false,
    backgroundColor: theme.background,
    textStyle: { fontFamily: 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' },
    title: {
      text: 'A stream settling: every point is found from the moment its write resolves',
      subtext:
        `${count(samples.at(-1)?.written ?? 0)} word vectors of ${dimension} dimensions, on disk; ` +
        `${count(found)} of ${count(asked)} new words found by the first search after their write\n${machine}`,
      left: LEFT - 4,
      top: 10,
      textStyle: { color: theme.text, fontSize: 16, fontWeight: 600 },
      subtextStyle: { ...small, lineHeight: 17 },
    },
    legend: [
      legendAt(POINTS.top + 8, ['written: on disk and found', 'indexed: in the graph'], theme),
      legendAt(LATENCY.top - 24, ['search latency, p50', 'p99'], theme),
    ],
    grid: grids.map((grid) => ({ ...grid, left: LEFT, right: RIGHT, outerBoundsMode: 'none' })),
    xAxis: grids.map((_, gridIndex) => ({
      type: 'value',
      gridIndex,
      max: seconds,
      name: gridIndex === 1 ? 'seconds' : '',
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: small,
      axisLabel: { ...small, showMaxLabel: false },
      axisLine: { lineStyle: { color: theme.grid } },
      splitLine: { show: false },
    })),
    yAxis: ['points', 'ms'].map((name, gridIndex) => ({
      type: 'value',
      gridIndex,
      name,
      nameLocation: 'middle',
      nameGap: 58,
      nameTextStyle: small,
      axisLabel: { ...small, formatter: (value: number) => value.toLocaleString('en-US') },
      splitLine: { lineStyle: { color: theme.grid } },
      splitNumber: gridIndex === 0 ? 4 : 2,
    })),
    series: [
      line('written: on disk and found', 'written', 0, theme.written),
      line('indexed: in the graph', 'linked', 0, theme.linked),
      line('search latency, p50', 'p50', 1, theme.median),
      line('p99', 'p99', 1, theme.slow),
    ],
  };
}

function legendAt(top: number, data: readonly string[], { text }: Theme): object {
  return {
    data,
    top,
    left: LEFT + 10,
    icon: 'rect',
    itemWidth: 20,
    itemHeight: 3,
    itemGap: 40, // text is not measured here: some fonts are wider than the library supposes
    textStyle: { color: text, fontSize: 12 },
  };
}

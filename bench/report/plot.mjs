// @ts-check
// Recall against queries per second as SVG. Recall is spread by how many neighbours are missed, because
// .95 to .99 is as long a way as .80 to .95; speed is logarithmic.
import { isSilt, medians } from '../curves/compare.mjs';
import { engines } from '../engines/engines.mjs';

const WIDTH = 860;
const HEIGHT = 560;
const LEFT = 84;
const RIGHT = 30;
const TOP = 66;
const BOTTOM = 64;
// One for each row of the table of engines, so that an engine keeps its own in every plot.
const COLOURS = [
  ...['#c8324b', '#e8590c', '#2b6cb0', '#2f855a', '#b7791f', '#6b46c1', '#4a5568', '#0f766e'],
  ...['#9d174d', '#7b341e', '#1a365d', '#d53f8c', '#718096'],
];
const MARKS = [0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999, 1];
const LOWEST = 0.8;
// Without this a perfect recall would lie at infinity.
const FLOOR = 0.0008;

/** @param {number} recall */
const spread = (recall) => -Math.log10(1 - recall + FLOOR);

/** @param {number} recall */
const across = (recall) =>
  LEFT + ((spread(recall) - spread(LOWEST)) / (spread(1) - spread(LOWEST))) * (WIDTH - LEFT - RIGHT);

/** @typedef {import('../curves/measure.mjs').Measured} Measured */
/** @typedef {{ label: string, colour: string, strong: boolean, points: Measured[] }} Curve */

/**
 * @param {string} title
 * @param {string} subtitle
 * @param {import('../curves/section.mjs').EngineResult[]} results
 */
export function plot(title, subtitle, results) {
  const curves = results
    .filter((result) => result.failure === null)
    .map((result) => ({
      label: [result.name, result.version, result.runs?.node, result.note && `(${result.note})`]
        .filter(Boolean)
        .join(' '),
      colour: String(COLOURS[engines.findIndex(({ name }) => name === result.name)]),
      strong: isSilt(result),
      points: medians(result).filter((point) => point.recall >= LOWEST),
    }));
  const speeds = curves.flatMap(({ points }) => points.map(({ qps }) => qps));
  const marks = roundMarks(Math.min(...speeds), Math.max(...speeds));
  const [low, high] = [Math.log(marks[0] ?? 1), Math.log(marks.at(-1) ?? 10)];
  const up = (/** @type {number} */ qps) =>
    HEIGHT - BOTTOM - ((Math.log(qps) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const middle = (TOP + HEIGHT - BOTTOM) / 2;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"` +
      ' font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" fill="#222222">',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 28, title, 'font-size="17" font-weight="600"'),
    text(LEFT, 49, subtitle, 'font-size="12.5" fill="#555555"'),
    ...MARKS.flatMap((recall) => markAcross(recall)),
    ...marks.flatMap((qps) => markUp(qps, up(qps))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, 'recall@10', 'font-size="13" text-anchor="middle"'),
    text(
      22,
      middle,
      'queries per second',
      `font-size="13" text-anchor="middle" transform="rotate(-90 22 ${middle})"`,
    ),
    // Silt last, so that nothing is drawn over it.
    ...[...curves].reverse().map((curve) => line(curve, up)),
    ...curves.flatMap((curve, i) => legend(curve, HEIGHT - BOTTOM - 18 - 21 * (curves.length - 1 - i))),
    '</svg>',
  ].join('\n')}\n`;
}

/**
 * @param {number} least
 * @param {number} most
 * @returns {number[]} 1, 2 and 5 times powers of ten, from below the least to above the most
 */
function roundMarks(least, most) {
  if (!(least > 0) || !Number.isFinite(most)) return [1, 10];
  const all = Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
  const from = Math.max(
    0,
    all.findLastIndex((mark) => mark <= least),
  );
  const to = all.findIndex((mark) => mark > most);
  return all.slice(from, to === -1 ? all.length : to + 1);
}

/** @param {number} recall */
function markAcross(recall) {
  const x = at(across(recall));
  const label = recall === 1 ? '1' : recall.toFixed(3).replace(/^0/, '').replace(/0$/, '');
  return [
    `<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="#e4e4e4"/>`,
    text(Number(x), HEIGHT - BOTTOM + 19, label, 'font-size="12" text-anchor="middle" fill="#444444"'),
  ];
}

/** @param {number} qps @param {number} y */
function markUp(qps, y) {
  return [
    `<path d="M${LEFT} ${at(y)}H${WIDTH - RIGHT}" stroke="#e4e4e4"/>`,
    text(LEFT - 9, y + 4, qps.toLocaleString('en-US'), 'font-size="12" text-anchor="end" fill="#444444"'),
  ];
}

/** @param {Curve} curve @param {(qps: number) => number} up */
function line({ points, colour, strong }, up) {
  const places = points.map((point) => [at(across(point.recall)), at(up(point.qps))]);
  const path = places.map((place, i) => `${i === 0 ? 'M' : 'L'}${place.join(' ')}`).join('');
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="${strong ? 3.6 : 3}"/>`).join('');
  return (
    `<g fill="${colour}"><path d="${path}" fill="none" stroke="${colour}" stroke-width="${strong ? 2.8 : 1.8}" ` +
    `stroke-linejoin="round"/>${dots}</g>`
  );
}

/** @param {Curve} curve @param {number} y */
function legend({ label, colour, strong }, y) {
  const weight = strong ? ' font-weight="600"' : '';
  return [
    `<path d="M${LEFT + 14} ${y}h26" stroke="${colour}" stroke-width="${strong ? 2.8 : 1.8}"/>`,
    `<circle cx="${LEFT + 27}" cy="${y}" r="3.4" fill="${colour}"/>`,
    text(
      LEFT + 49,
      y + 4,
      label,
      `font-size="12.5" stroke="#ffffff" stroke-width="4" paint-order="stroke"${weight}`,
    ),
  ];
}

/** @param {number} value */
function at(value) {
  return value.toFixed(1);
}

/** @param {number} x @param {number} y @param {string} content @param {string} attributes */
function text(x, y, content, attributes) {
  const safe = content.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<text x="${at(x)}" y="${at(y)}" ${attributes}>${safe}</text>`;
}

/* One point in full: its payload, and its vectors folded or whole. */
import type { StoredPoint } from '../../api/points.js';
import { padEnd, printable, widthOf, wrapped } from '../frame/text.js';
import { folded, jsonOf, vectorsIn } from '../frame/values.js';
import type { Key } from './line.js';
import { Pager } from './pager.js';

/** JSON on several lines: what has nothing within stands on one. */
function pretty(value: unknown, indent = ''): string[] {
  if (typeof value !== 'object' || value === null) return [jsonOf(value)];
  const list = Array.isArray(value);
  const within = Object.values(value);
  if (within.length === 0 || (list && within.every((one) => typeof one !== 'object' || one === null)))
    return [jsonOf(value)];
  const deeper = `${indent}  `;
  const [open, close] = list ? '[]' : '{}';
  const members = Object.entries(value).map(([key, one], at) => {
    const [first = '', ...rest] = pretty(one, deeper);
    const comma = at < within.length - 1 ? ',' : '';
    const lines = [`${deeper}${list ? '' : `${jsonOf(key)}: `}${first}`, ...rest];
    return [...lines.slice(0, -1), `${lines.at(-1)}${comma}`];
  });
  return [open!, ...members.flat(), `${indent}${close}`];
}

export class Detail {
  readonly #point: StoredPoint;
  readonly #pager = new Pager();
  #whole = false;

  constructor(point: StoredPoint) {
    this.#point = point;
  }

  press(key: Key, height: number): void {
    if (key.text === 'v') this.#whole = !this.#whole;
    else this.#pager.press(key, height);
  }

  get title(): string {
    return `point ${printable(jsonOf(this.#point.id))}`;
  }

  lines(width: number, height: number): string[] {
    const { id, payload, vector, unreadable } = this.#point;
    const pairs: [string, string][] = [['id', jsonOf(id)]];
    if (unreadable !== undefined) pairs.push(['unreadable', unreadable]);
    for (const [name, value] of vectorsIn(vector))
      pairs.push([name, this.#whole ? jsonOf(value) : folded(value)]);
    const wide = Math.max(...pairs.map(([name]) => widthOf(name)));
    const all = [
      ...pairs.map(([name, value]) => `${padEnd(name, wide)}  ${value}`),
      ...(payload === undefined ? ['no payload'] : ['payload', ...pretty(payload)]),
    ].flatMap((line) => wrapped(printable(line), width));
    return this.#pager.seen(all, height);
  }
}

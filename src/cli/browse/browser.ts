/*
 * What is looked at, and what keys do with it: the collections, the points of one, a point in full; and the line of the filter, while it
 * is typed.
 */
import { styled } from '../frame/output.js';
import { cutTo, endFitting, padEnd, printable, widthOf } from '../frame/text.js';
import { count } from '../frame/values.js';
import type { Place } from '../served/asked.js';
import { Detail } from './detail.js';
import { drawn } from './grid.js';
import { Help } from './help.js';
import { type Key, Line } from './line.js';
import { Scroll } from './scroll.js';
import { type Fault, Table } from './table.js';

/** What the terminal shows; the cursor is seen where something is typed. */
export interface Frame {
  readonly lines: readonly string[];
  readonly cursor?: readonly [row: number, column: number];
}

const PROMPT = 'filter: ';
/** The title, the heading, and two lines below. */
const AROUND = 4;
/** They leave what is read. */
const BACK = new Set(['escape', 'backspace', 'return', 'left']);

/** A mark at the place, and what is wrong there; in words where there is no room for both. */
function faultLine({ message, at }: Fault, text: string, shift: number, width: number): string {
  const said = printable(message);
  if (at === undefined) return cutTo(said, width);
  const column = PROMPT.length + widthOf(printable(text.slice(shift, at)));
  const fits = at >= shift && column + 2 + widthOf(said) <= width;
  return fits ? `${' '.repeat(column)}^ ${said}` : cutTo(`at ${at + 1}: ${said}`, width);
}

export class Browser {
  readonly #place: Place;
  readonly #signal: AbortSignal;
  readonly #list: Scroll = new Scroll();
  /** Collections, as the list shows them. */
  #names: readonly string[] = [];
  #table: Table | undefined;
  #detail: Detail | undefined;
  #line: Line | undefined;
  #help: Help | undefined;
  #fault: Fault | undefined;
  #rows = 1;

  constructor(place: Place, signal: AbortSignal) {
    this.#place = place;
    this.#signal = signal;
  }

  /** `name`: undefined for the only one. */
  async open(name: string | undefined): Promise<void> {
    this.#table = await Table.of(await this.#place.collection(name), this.#signal);
  }

  /** False where it ends. */
  async press(key: Key): Promise<boolean> {
    if (this.#line) await this.#type(this.#line, key);
    else if (key.text === 'q') return false;
    else if (this.#help) this.#inHelp(this.#help, key);
    else if (key.text === '?') this.#help = new Help();
    else if (this.#detail) await this.#inDetail(this.#detail, key);
    else if (this.#table) await this.#inTable(this.#table, key);
    else await this.#inList(key);
    return true;
  }

  async #type(line: Line, key: Key): Promise<void> {
    if (key.name === 'escape') {
      this.#line = undefined;
      this.#fault = undefined;
    } else if (key.name === 'return') {
      this.#fault = await this.#table!.refilter(line.text);
      if (this.#fault === undefined) this.#line = undefined;
      else if (this.#fault.at !== undefined) line.at = Math.min(this.#fault.at, line.text.length);
    } else {
      line.press(key);
      this.#fault = undefined;
    }
  }

  #inHelp(help: Help, key: Key): void {
    const back = key.text === '?' || BACK.has(key.name ?? '');
    if (back) this.#help = undefined;
    else help.press(key, this.#rows + 1);
  }

  async #inDetail(detail: Detail, key: Key): Promise<void> {
    if (BACK.has(key.name ?? '')) this.#detail = undefined;
    else if (key.text === 'n' || key.text === 'p') {
      this.#table!.press({ name: key.text === 'n' ? 'down' : 'up' }, this.#rows);
      await this.#showSelected();
    } else detail.press(key, this.#rows + 1);
  }

  async #showSelected(): Promise<void> {
    const point = await this.#table!.selected();
    if (point) this.#detail = new Detail(point);
  }

  async #inTable(table: Table, key: Key): Promise<void> {
    if (key.text === '/') this.#line = new Line(table.filter);
    else if (key.text === 'r') await table.refilter(table.filter);
    else if (key.name === 'return') await this.#showSelected();
    else if (key.name !== 'escape') table.press(key, this.#rows);
    else if (table.filter !== '') await table.refilter('');
    else if ((await this.#place.names()).length > 1) this.#table = undefined;
  }

  async #inList(key: Key): Promise<void> {
    const name = this.#names[this.#list.at];
    if (key.name === 'return' && name !== undefined) await this.open(name);
    else this.#list.press(key, this.#names.length, this.#rows);
  }

  async #listLines(width: number): Promise<string[]> {
    const scroll = this.#list;
    this.#names = await this.#place.names();
    scroll.keep(this.#names.length, this.#rows);
    const seen = this.#names.slice(scroll.top, scroll.top + this.#rows).map(async (name) => {
      const { points, config } = await (await this.#place.collection(name)).info();
      return [printable(name), count(points), `${config.dimension || '-'}`];
    });
    const rows = await Promise.all(seen);
    const head = ['collection', 'points', 'dimension'];
    return drawn({ head, rows, at: scroll.at - scroll.top, left: 0 }, width).lines;
  }

  async frame(width: number, height: number): Promise<Frame> {
    this.#rows = Math.max(1, height - AROUND);
    const read = this.#help ?? this.#detail;
    const body = read
      ? read.lines(width, this.#rows + 1)
      : this.#table
        ? await this.#table.lines(width, this.#rows)
        : await this.#listLines(width);
    const filled = [...body, ...Array<string>(Math.max(0, this.#rows + 1 - body.length)).fill('')];
    const head = styled('inverse', padEnd(cutTo(this.#title(), width), width)).trimEnd();
    const above = [head, ...filled.slice(0, this.#rows + 1)];
    if (!this.#line) return { lines: [...above, this.#below(width), cutTo(this.#keys(), width)] };
    const { text, at } = this.#line;
    // What is left out in front, so that the cursor is seen.
    const shift = endFitting(text.slice(0, at), width - PROMPT.length - 1);
    const typed = `${PROMPT}${cutTo(printable(text.slice(shift)), width - PROMPT.length)}`;
    const says = this.#fault
      ? faultLine(this.#fault, text, shift, width)
      : 'key=value key>=5 key!=value key~"words", or { JSON }. Enter applies, Esc leaves';
    const column = PROMPT.length + widthOf(printable(text.slice(shift, at)));
    return { lines: [...above, typed, cutTo(says, width)], cursor: [above.length, column] };
  }

  #title(): string {
    if (this.#help) return 'keys of silt browse';
    return this.#detail?.title ?? this.#table?.title ?? printable(this.#place.path);
  }

  #below(width: number): string {
    if (this.#help || this.#detail || !this.#table) return '';
    const { filter, columns } = this.#table;
    const filtered = filter === '' ? '' : `${PROMPT}${printable(filter)}`;
    return cutTo([filtered, columns].filter(Boolean).join('  '), width);
  }

  #keys(): string {
    if (this.#help) return 'Esc: back  up, down: scroll  q: quit';
    if (this.#detail)
      return '?: help  Esc: back  n, p: next, previous  v: vectors  up, down: scroll  q: quit';
    if (!this.#table) return '?: help  Enter: open  up, down: select  q: quit';
    const back = this.#table.filter !== '' ? '  Esc: all' : '';
    return `?: help  Enter: open  /: filter${back}  arrows: move  r: reload  q: quit`;
  }
}

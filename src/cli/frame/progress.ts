/* Bars, where somebody sees them; else a line now and then, on the standard error. What draws bars is loaded with the first one. */
import type { SingleBar } from 'cli-progress';
import { printable } from './text.js';

const LINE_MS = 5_000;

export interface Progress {
  /** `more`: what stands behind the counts. */
  show(name: string, done: number, total: number, more?: string): void;
  end(): void;
}

/** The package gives a text where the time is not known, which its own format cuts: 'LL left'. */
function timeLeft(seconds: number | string): string {
  if (typeof seconds !== 'number') return '-';
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${Math.floor(seconds % 60)}s` : `${Math.round(seconds)}s`;
}

/** One thing after another. `what`: what is counted. */
export async function progressOf(
  what: string,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<Progress> {
  if (!stream.isTTY) {
    let last = 0;
    let ended = '';
    const show = (name: string, done: number, total: number, more = ''): void => {
      if (done >= total ? ended === name : performance.now() - last < LINE_MS) return;
      if (done >= total) ended = name;
      last = performance.now();
      stream.write(`${printable(name)}: ${done} of ${total} ${what}${more && `, ${more}`}\n`);
    };
    return { show, end: () => {} };
  }
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    stream,
    barsize: 24,
    formatTime: timeLeft,
    format: `{name} {bar} {value}/{total} ${what}, {eta_formatted} left{more}`,
  });
  let shown = '';
  return {
    show: (name, done, total, more = '') => {
      if (shown !== name) {
        if (shown) bar.stop();
        bar.start(total, 0, { name: printable(name), more: '' });
        shown = name;
      }
      bar.update(done, { more: more && `, ${more}` });
    },
    end: () => bar.stop(),
  };
}

export interface Bars {
  show(name: string, done: number, total: number, more: string): void;
  end(): void;
}

/** Several at once, one below the other, as long as somebody looks. */
export async function barsOn(stream: NodeJS.WriteStream): Promise<Bars> {
  const { default: progress } = await import('cli-progress');
  const all = new progress.MultiBar({
    stream,
    barsize: 16,
    clearOnComplete: false,
    stopOnComplete: false,
    format: '{name} {bar} {percentage}%  {more}',
  });
  const bars = new Map<string, SingleBar>();
  return {
    show: (name, done, total, more) => {
      const bar = bars.get(name) ?? all.create(total, done, { name: printable(name), more });
      bars.set(name, bar);
      bar.setTotal(Math.max(1, total));
      bar.update(total === 0 ? 1 : done, { more });
    },
    end: () => all.stop(),
  };
}

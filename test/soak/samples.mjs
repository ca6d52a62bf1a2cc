/* What a process takes from its machine, and how long its calls take: one sample after another, and what must hold. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MIB = 2 ** 20;

/** Reservations of more than 4 GiB of addresses: what a shared memory of an arena takes. */
function reservations() {
  let count = 0;
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [from, to] = line
      .split(' ', 1)[0]
      .split('-')
      .map((hex) => Number.parseInt(hex, 16));
    if (to - from > 4 * 2 ** 30) count++;
  }
  return count;
}

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += statSync(join(entry.parentPath, entry.name)).size;
    } catch {} // it was a temporary file
  }
  return bytes;
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export class Samples {
  #latencies = new Map();
  all = [];

  note(call, ms) {
    const list = this.#latencies.get(call);
    if (list) list.push(ms);
    else this.#latencies.set(call, [ms]);
  }

  take(minutes, folder, status) {
    const { rss, heapUsed } = process.memoryUsage();
    const sample = {
      minutes,
      rss: rss / MIB,
      heap: heapUsed / MIB,
      arenas: status.memoryBytes / MIB,
      reservations: reservations(),
      handles: readdirSync('/proc/self/fd').length,
      disk: folderBytes(folder) / MIB,
      points: status.points,
      masked: status.masked ?? status.deleted,
      pending: status.pending,
    };
    for (const [call, list] of this.#latencies) {
      list.sort((a, b) => a - b);
      sample[`${call} p50`] = at(list, 0.5);
      sample[`${call} p99`] = at(list, 0.99);
    }
    this.#latencies.clear();
    this.all.push(sample);
    return sample;
  }

  /** The faults: what grew without bound. Compares the last samples with those from `settled` minutes on. */
  faults(settled) {
    const after = this.all.filter(({ minutes }) => minutes >= settled);
    const part = Math.max(1, Math.floor(after.length / 4));
    const median = (samples, of) =>
      at(
        samples.map((sample) => sample[of] ?? 0).sort((a, b) => a - b),
        0.5,
      );
    const [first, last] = [after.slice(0, part), after.slice(-part)];
    const faults = [];
    const bound = (of, ratio, slack) => {
      const [before, now] = [median(first, of), median(last, of)];
      if (now > ratio * before + slack)
        faults.push(`${of}: ${before.toFixed(2)} at minute ${settled}, ${now.toFixed(2)} at the end`);
    };
    bound('rss', 1.3, 0);
    bound('heap', 1.3, 16);
    bound('disk', 1.3, 16);
    bound('reservations', 1, 2);
    bound('handles', 1, 4);
    for (const call of ['search p99', 'filtered p99', 'upsert p99']) bound(call, 1.5, 2);
    // A compaction may be under way while a sample is taken: what counts is that it always comes down again.
    if (median(after, 'masked') >= median(after, 'points'))
      faults.push(`masked rows: ${median(after, 'masked')} beside ${median(after, 'points')} points`);
    return faults;
  }
}

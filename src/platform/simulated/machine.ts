/*
 * A simulated machine: time, turns, threads and files, all in this thread and drawn from a seed. It boots a platform; when
 * its power is lost, nothing of that goes on, files are what the disk has kept, and it can be booted again.
 *
 * Tasks for other threads run in this one, each in one piece, when chance has them run.
 */
import { SiltError } from '../../base/errors.js';
import type { Files, OpenFile, OpenMode } from '../files.js';
import type { Platform } from '../platform.js';
import type { Lane, Pool, Task, TaskName, TaskOptions, Tasks } from '../pool.js';
import { type Stop, Time } from '../time.js';
import { Disk, failure, SimulatedFile } from './disk.js';
import { Schedule } from './schedule.js';

/** Longest that the disk takes for one operation. */
const DISK_MS = 2;

/** What of the real platform it stands on. */
export interface Host {
  readonly time: Pick<Time, 'nextTurn' | 'behindPromises'>;
  readonly pool: Pick<Pool, 'track' | 'release'>;
  readonly files: Pick<Files, 'checksum'>;
  readonly kernel: string | undefined;
  readonly unicode: string;
  readonly tasks: Tasks;
}

/** A fault of the disk: a sync that does nothing, or that is said to be done before it is. */
export type BrokenSync = 'left-out' | 'late' | undefined;

export interface MachineOptions {
  readonly seed: number;
  /** Told what happens, one line each. */
  readonly told?: (line: string) => void;
  /** How the sync of a file or a folder is broken, to see that this is found. */
  readonly broken?: (path: string) => BrokenSync;
}

class SimulatedTime extends Time {
  readonly #schedule: Schedule;
  readonly #host: Host['time'];
  readonly #life: Life;

  constructor(schedule: Schedule, host: Host['time'], life: Life) {
    super();
    this.#schedule = schedule;
    this.#host = host;
    this.#life = life;
  }

  now(): number {
    return this.#schedule.now();
  }

  date(): number {
    return 1_700_000_000_000 + Math.floor(this.#schedule.now());
  }

  after(ms: number, run: () => void): Stop {
    return this.#schedule.in(ms, 'timer', run);
  }

  every(ms: number, run: () => void): Stop {
    let stop = (): void => {};
    const again = (): void => {
      stop = this.#schedule.in(ms, 'timer', () => {
        again();
        run();
      });
    };
    again();
    return () => stop();
  }

  nextTurn(run: () => void): void {
    if (this.#life.on) this.#schedule.in(0, 'turn', run);
  }

  behindPromises(run: () => void): void {
    this.#host.behindPromises(() => {
      if (this.#life.on) run();
    });
  }
}

/** From a boot to the next loss of power. */
interface Life {
  on: boolean;
  readonly memories: Set<number>;
}

export class Machine {
  readonly #options: MachineOptions;
  readonly #host: Host;
  readonly #schedule: Schedule;
  readonly #disk: Disk;
  #life: Life = { on: false, memories: new Set() };
  #uuids = 0;

  constructor(options: MachineOptions, host: Host) {
    this.#options = options;
    this.#host = host;
    this.#schedule = new Schedule(options.seed, (run) => host.time.nextTurn(run), options.told ?? (() => {}));
    this.#disk = new Disk(this.#schedule.random);
  }

  get random(): () => number {
    return this.#schedule.random;
  }

  /** Lets things happen until `work` has ended. */
  until<T>(work: Promise<T>): Promise<T> {
    return this.#schedule.until(work);
  }

  /** One thing that happens. False where nothing is left to. */
  step(): Promise<boolean> {
    return this.#schedule.step();
  }

  boot(): Platform {
    const life: Life = { on: true, memories: new Set() };
    this.#life = life;
    const time = new SimulatedTime(this.#schedule, this.#host.time, life);
    return {
      time,
      files: this.#files(),
      pool: this.#pool(life),
      events: {
        publish: (event, message) =>
          this.#schedule.tell('error' in message ? `${event}: ${message.error}` : event),
      },
      faults: { crash: undefined, file: undefined, thread: undefined, armed: undefined, end: endOf },
      kernel: this.#host.kernel,
      unicode: this.#host.unicode,
      uuid: () => `simulated-${String(++this.#uuids).padStart(26, '0')}`,
    };
  }

  /** At once: what waits never comes, and of what was not synced, chance keeps some. */
  losePower(): void {
    this.#schedule.tell('power lost');
    this.#schedule.clear();
    this.#life.on = false;
    for (const number of this.#life.memories) this.#host.pool.release(number);
    this.#disk.losePower();
  }

  /** An operation of the disk: it takes a while, and happens whole. */
  #operation<T>(what: string, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#schedule.in(DISK_MS * this.#schedule.random(), what, () => {
        try {
          resolve(run());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  async #sync(path: string, sync: () => void): Promise<void> {
    const broken = this.#options.broken?.(path);
    if (broken === undefined) return this.#operation(`sync ${path}`, sync);
    const done = broken === 'late' ? this.#operation(`late sync ${path}`, sync) : undefined;
    done?.catch(() => {});
  }

  #files(): Files {
    const disk = this.#disk;
    const split = (path: string): readonly [string, string] => {
      const at = path.lastIndexOf('/');
      return [path.slice(0, at), path.slice(at + 1)];
    };
    const inFolder = <T>(
      what: string,
      path: string,
      use: (folder: ReturnType<Disk['folder']>, name: string) => T,
    ) => {
      const [folder, name] = split(path);
      return this.#operation(`${what} ${path}`, () => use(disk.folder(folder), name));
    };
    return {
      open: async (path, mode) => {
        const file = await inFolder('open', path, (folder, name) => opened(folder, name, path, mode));
        return this.#opened(path, file);
      },
      rename: (from, to) => {
        const name = split(to)[1];
        return inFolder('rename', from, (folder, before) => {
          const file = folder.names.get(before);
          if (!file) throw failure('ENOENT', from);
          folder.change((names) => {
            names.set(name, file);
            names.delete(before);
          });
        });
      },
      remove: (path) =>
        inFolder('remove', path, (folder, name) => {
          if (folder.names.has(name)) folder.change((names) => names.delete(name));
        }),
      list: (path) => this.#operation(`list ${path}`, () => [...disk.folder(path).names.keys()]),
      makeFolder: (path) => this.#operation(`make ${path}`, () => disk.makeFolder(path)),
      syncFolder: (path) => this.#sync(path, () => disk.folder(path).sync()),
      split,
      absolute: (path) => path,
      pathOfUrl: (url) => url.pathname,
      checksum: this.#host.files.checksum,
    };
  }

  #opened(path: string, file: SimulatedFile): OpenFile {
    const of = <T>(what: string, run: () => T): Promise<T> => this.#operation(`${what} ${path}`, run);
    return {
      size: () => of('size', () => file.content.length),
      read: (into, at) =>
        of('read', () => {
          const bytes = file.content.subarray(at, at + into.length);
          into.set(bytes);
          return bytes.length;
        }),
      append: (bytes) => of(`append ${bytes.length}`, () => file.append(bytes)),
      truncate: (bytes) => of(`truncate ${bytes}`, () => file.truncate(bytes)),
      sync: () => this.#sync(path, () => file.sync()),
      close: () => of('close', () => {}),
    };
  }

  #pool(life: Life): Pool {
    const { pool } = this.#host;
    return {
      parallelism: 1,
      widen: () => {},
      run: <T>(task: TaskName | URL, input: unknown, lane: Lane, options?: TaskOptions) =>
        this.#task<T>(task as TaskName, input, lane, options),
      shortageOf: () => undefined,
      track: (memory) => {
        const number = pool.track(memory);
        life.memories.add(number);
        return number;
      },
      release: (number) => {
        life.memories.delete(number);
        pool.release(number);
      },
    };
  }

  #task<T>(task: TaskName, input: unknown, lane: Lane, options: TaskOptions = {}): Task<T> {
    let lose = (): void => {};
    const result = new Promise<T>((resolve, reject) => {
      const stop = this.#schedule.in(0, `task ${lane}`, async () => {
        lose = () => {};
        try {
          const { run } = await this.#host.tasks[task]();
          const tell = (): void => options.told?.();
          resolve((await run(input as never, { tell, faults: { end: endOf } })) as T);
        } catch (error) {
          reject(error);
        }
      });
      lose = () => {
        stop();
        reject(new SiltError('WORKER_LOST', 'the task was cancelled before it began'));
      };
    });
    return { result, withdraw: () => lose(), terminate: () => lose() };
  }
}

function endOf(what: string): never {
  throw new Error(`the ${what} was to end`);
}

function opened(
  folder: ReturnType<Disk['folder']>,
  name: string,
  path: string,
  mode: OpenMode,
): SimulatedFile {
  const found = folder.names.get(name);
  if (found && mode === 'create') throw failure('EEXIST', path);
  if (found) return found;
  if (mode === 'read') throw failure('ENOENT', path);
  const file = new SimulatedFile();
  folder.change((names) => names.set(name, file));
  return file;
}

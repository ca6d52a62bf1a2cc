/*
 * Shared memories that are no longer used leave the process. A WebAssembly.Memory cannot be freed by hand, and it is
 * freed only when the object that each thread has of it was collected. No collector hurries: those of workers have
 * next to nothing to collect, and V8 gives a shared memory no weight. So when memories are closed,
 *
 *   workers that met one are ended, which frees what their heaps hold; new ones are started when they are needed;
 *   this thread's collector is called the one way that is open to a library: an ArrayBuffer, large, never touched
 *   and dropped at once, is pressure of external memory, on which V8 begins to mark, in steps of its own.
 *
 * A collection costs about a millisecond for each megabyte of heap, so memories that are closed one after another
 * share one: the wait grows with the heap, and at most a fifth of the time goes into collecting.
 */
import { getHeapStatistics } from 'node:v8';
import type { Pool } from '../pool.js';

/** V8 begins to collect when external memory has grown by 64 MiB since the last time. */
const PRESSURE_BYTES = 80 << 20;
const WAIT_MS = 20;
const WAIT_MS_PER_HEAP_MB = 5;
/** Tries for memories that something still holds; each waits twice as long as the one before. */
const TRIES = 7;

/** `retire` ends the workers whose heaps may hold one of these memories. */
export function newMemories(retire: (numbers: ReadonlySet<number>) => void): Pick<Pool, 'track' | 'release'> {
  let last = 0;
  /** Closed, and not collected on this thread yet. */
  const closed = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let tries = 0;

  /** Also one that was never closed: workers must not keep what is gone here. */
  const collected = new FinalizationRegistry<number>((number) => {
    closed.delete(number);
    retire(new Set([number]));
  });

  function schedule(): void {
    if (timer) return;
    const heapMb = getHeapStatistics().used_heap_size / 2 ** 20;
    timer = setTimeout(collect, (WAIT_MS + WAIT_MS_PER_HEAP_MB * heapMb) * 2 ** tries);
    timer.unref();
  }

  function collect(): void {
    timer = undefined;
    if (closed.size === 0) return;
    retire(closed);
    try {
      new ArrayBuffer(PRESSURE_BYTES);
    } catch {} // there is no room for it: then V8 has collected, to make some
    if (++tries < TRIES) schedule();
  }

  return {
    track: (memory) => {
      collected.register(memory, ++last);
      return last;
    },
    // What refers to it on this thread is garbage when the call returns.
    release: (number) => {
      closed.add(number);
      tries = 0;
      schedule();
    },
  };
}

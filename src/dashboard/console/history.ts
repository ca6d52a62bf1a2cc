/* The requests that were sent, newest first. They stay in this browser. */
import { kept } from '../kept.ts';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const NAME = 'silt-console';
const KEPT = 50;
/** Longer bodies would fill the storage. */
const LONGEST = 20_000;

export function history(): readonly Sent[] {
  try {
    const all: unknown = JSON.parse(kept.get(NAME) ?? '[]');
    return Array.isArray(all) ? (all as Sent[]) : [];
  } catch {
    return [];
  }
}

const same = (a: Sent, b: Sent): boolean => a.method === b.method && a.path === b.path && a.body === b.body;

export function remember(sent: Sent): readonly Sent[] {
  if (sent.body.length > LONGEST) return history();
  const all = [sent, ...history().filter((one) => !same(one, sent))].slice(0, KEPT);
  kept.set(NAME, JSON.stringify(all));
  return all;
}

export function forgetAll(): void {
  kept.remove(NAME);
}

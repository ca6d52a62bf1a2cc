/* Deletions wait some seconds before they are sent, so that they can be taken back. What waits when the page closes is not deleted. */
import type { IdText } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import { storeOf } from '../store.ts';

export const WAIT_SECONDS = 6;

export interface Deletion {
  readonly collection: string;
  readonly id: IdText;
  /** `waiting` can be taken back; `done` and `failed` are told for a while. */
  readonly state: 'waiting' | 'sending' | 'done' | 'failed';
  readonly why?: string;
}

export const deletions = storeOf<readonly Deletion[]>([]);

const timers = new Map<string, ReturnType<typeof setTimeout>>();
const nameOf = ({ collection, id }: Pick<Deletion, 'collection' | 'id'>): string => `${collection}\n${id}`;

function put(one: Deletion): void {
  deletions.set([...deletions.get().filter((other) => nameOf(other) !== nameOf(one)), one]);
}

function forget(one: Deletion): void {
  timers.delete(nameOf(one));
  deletions.set(deletions.get().filter((other) => nameOf(other) !== nameOf(one)));
}

function send(one: Deletion): void {
  put({ ...one, state: 'sending' });
  call(one.collection, 'delete', { ids: [one.id] }).then(
    () => {
      put({ ...one, state: 'done' });
      setTimeout(() => forget(one), 2_000);
    },
    (error) => put({ ...one, state: 'failed', why: messageOf(error) }),
  );
}

export function deleteSoon(collection: string, id: IdText): void {
  const one: Deletion = { collection, id, state: 'waiting' };
  clearTimeout(timers.get(nameOf(one)));
  put(one);
  timers.set(
    nameOf(one),
    setTimeout(() => send(one), 1_000 * WAIT_SECONDS),
  );
}

/** Takes a deletion back that has not been sent, or hides one that has failed. */
export function undo(one: Deletion): void {
  clearTimeout(timers.get(nameOf(one)));
  forget(one);
}

/* What is about to be deleted, on every tab, with a way back. */
import type { JSX } from 'preact';
import { type Deletion, deletions, undo, WAIT_SECONDS } from '../points/deletions.ts';
import { useStore } from '../store.ts';

function said({ id, state, why }: Deletion): string {
  if (state === 'waiting') return `${id} will be deleted`;
  if (state === 'sending') return `${id} is being deleted`;
  return state === 'done' ? `${id} is deleted` : `${id} was not deleted: ${why}`;
}

export function DeletionNotes(): JSX.Element {
  const all = useStore(deletions);
  return (
    <div class="notes" role="status">
      {all.map((one) => (
        <p key={`${one.collection} ${one.id}`}>
          {one.state === 'waiting' && (
            <span class="countdown" aria-hidden="true" style={{ animationDuration: `${WAIT_SECONDS}s` }} />
          )}
          <span>{said(one)}</span>
          {one.state === 'waiting' && (
            <button type="button" onClick={() => undo(one)}>
              Undo
            </button>
          )}
          {one.state === 'failed' && (
            <button type="button" onClick={() => undo(one)}>
              Close
            </button>
          )}
        </p>
      ))}
    </div>
  );
}

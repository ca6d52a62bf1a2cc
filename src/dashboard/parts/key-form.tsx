/* Asks for the key of the server. */
import type { JSX } from 'preact';
import { locked } from '../api.ts';
import { keepKey, keyHeaders } from '../token.ts';

export function KeyForm(): JSX.Element {
  const enter = (event: SubmitEvent): void => {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get('key');
    keepKey(String(key).trim());
    locked.set(false);
  };
  return (
    <main class="empty">
      <h1>This server needs a key</h1>
      <p>It stays in this browser tab until that is closed. The link that silt ui prints has it.</p>
      {'api-key' in keyHeaders() && <p role="alert">The server did not take the key that was given.</p>}
      <form class="row" onSubmit={enter}>
        <input name="key" type="password" aria-label="Key" autocomplete="off" required />
        <button type="submit" class="primary">
          Open
        </button>
      </form>
    </main>
  );
}

/* Chooses light or dark. */
import type { JSX } from 'preact';
import { useStore } from '../store.ts';
import { chooseTheme, type Theme, theme } from '../theme.ts';

export function ThemeSwitch(): JSX.Element {
  const chosen = useStore(theme);
  return (
    <select
      class="quiet"
      aria-label="Colours"
      value={chosen}
      onChange={({ currentTarget }) => chooseTheme(currentTarget.value as Theme)}
    >
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}

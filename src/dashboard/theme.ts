/* Light and dark: as the system has it, unless it was chosen here. */
import { kept } from './kept.ts';
import { storeOf } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';

const NAME = 'silt-theme';
const stored = kept.get(NAME);

export const theme = storeOf<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system');

const system = matchMedia('(prefers-color-scheme: dark)');
const isDark = (): boolean => theme.get() === 'dark' || (theme.get() === 'system' && system.matches);

/** Whether the page is dark: what is drawn on canvases is drawn again when that changes. */
export const dark = storeOf(isDark());

system.addEventListener('change', () => dark.set(isDark()));

export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
  dark.set(isDark());
}

export function chooseTheme(chosen: Theme): void {
  if (chosen === 'system') kept.remove(NAME);
  else kept.set(NAME, chosen);
  theme.set(chosen);
  applyTheme();
}

/** The colour of an element on the screen, for what is drawn on a canvas: canvases know no variables. */
export function colourOf(element: Element, variable: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

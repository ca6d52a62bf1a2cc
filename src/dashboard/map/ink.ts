/* Colours of the style sheet, as canvases take them. */
import { useMemo } from 'preact/hooks';
import { useStore } from '../store.ts';
import { colourOf, dark } from '../theme.ts';

interface Ink {
  readonly text: string;
  readonly ground: string;
  readonly accent: string;
  /** As hexadecimal digits, for the graphics card. */
  readonly plain: string;
}

export function useInk(): Ink {
  const isDark = useStore(dark);
  return useMemo(() => {
    const of = (name: string): string => colourOf(document.body, name);
    return {
      text: of('--text'),
      ground: of('--surface'),
      accent: of('--accent'),
      plain: isDark ? '#4db6c6' : '#0a6b7c',
    };
  }, [isDark]);
}

/* A part that scrolls sideways where there is no room: reached by the keyboard, and named by its heading. */
import type { ComponentChildren, JSX } from 'preact';

export function Scrolls({ by, children }: { by: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="scrolls" tabIndex={0} aria-labelledby={by}>
      {children}
    </section>
  );
}

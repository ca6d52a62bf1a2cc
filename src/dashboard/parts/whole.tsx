/* A text in full, which scrolls where it is long: reached by the keyboard, and named. */
import type { JSX } from 'preact';

export function Whole({ name, text }: { name: string; text: string }): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre class="whole" role="group" tabIndex={0} aria-label={name}>
      {text}
    </pre>
  );
}

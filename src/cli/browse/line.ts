/* A line that is typed, as far as keys change it. */
import { letterBefore, letterBehind } from '../frame/text.js';

export interface Key {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  /** What was typed. */
  readonly text?: string | undefined;
}

export class Line {
  text: string;
  /** Where the cursor is, from 0. */
  at: number;

  constructor(text: string) {
    this.text = text;
    this.at = text.length;
  }

  #replace(from: number, to: number, text = ''): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.at = from + text.length;
  }

  press({ name = '', ctrl = false, meta = false, text = '' }: Key): void {
    const { at } = this;
    const word = at - (/\S*\s*$/.exec(this.text.slice(0, at))?.[0].length ?? 0);
    if (name === 'backspace') this.#replace(letterBefore(this.text, at), at);
    else if (name === 'delete') this.#replace(at, letterBehind(this.text, at));
    else if (name === 'left') this.at = letterBefore(this.text, at);
    else if (name === 'right') this.at = letterBehind(this.text, at);
    else if (name === 'home' || (ctrl && name === 'a')) this.at = 0;
    else if (name === 'end' || (ctrl && name === 'e')) this.at = this.text.length;
    else if (ctrl && name === 'u') this.#replace(0, this.text.length);
    else if (ctrl && name === 'w') this.#replace(word, at);
    else if (!ctrl && !meta && !/\p{Cc}/u.test(text)) this.#replace(at, at, text);
  }
}

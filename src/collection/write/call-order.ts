/*
 * The order of calls where one is made while another reads its arguments, by a getter, a proxy or an iterator in them:
 * it comes behind that one. Its own arguments are read at once, its place is taken when the outer call has taken its.
 */

export class CallOrder {
  /** While a call reads its arguments: what takes the places of those that were made meanwhile, in their order. */
  #behind: { enter(): void }[] | undefined;

  /** `read` reads the arguments of a call, and returns what takes its place and goes on. */
  make<T>(read: () => () => Promise<T>): Promise<T> {
    if (this.#behind) return this.#makeBehind(read, this.#behind);
    const behind: { enter(): void }[] = [];
    this.#behind = behind;
    try {
      return read()();
    } finally {
      this.#behind = undefined;
      for (const call of behind) call.enter();
    }
  }

  #makeBehind<T>(read: () => () => Promise<T>, behind: { enter(): void }[]): Promise<T> {
    const call = { enter: (): void => {} }; // where its arguments are refused, there is nothing to do
    behind.push(call);
    const enter = read();
    return new Promise((resolve, reject) => {
      call.enter = () => {
        try {
          resolve(enter());
        } catch (error) {
          reject(error);
        }
      };
    });
  }
}

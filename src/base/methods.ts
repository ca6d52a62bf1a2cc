/* Methods that are called without their object, as behind `const { search } = collection`. */

/**
 * Makes the methods of a class say what is wrong where they are called so: the language says that it cannot read a private member, or a
 * property of undefined. To bind them to each object instead takes 15 µs and 3 KB of a collection, of which thousands are normal. No
 * method takes more than three arguments.
 *
 * @param what what an object of it is called: 'collection'
 */
export function explainLostThis(
  made: { readonly prototype: object } & (abstract new (...args: never[]) => object),
  what: string,
): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(made.prototype))) {
    const method: unknown = property.value;
    if (typeof method !== 'function' || name === 'constructor') continue;
    const checked = function (this: unknown, a: unknown, b: unknown, c: unknown): unknown {
      if (this instanceof made) return method.call(this, a, b, c);
      throw new TypeError(
        `${name} was called without its ${what}: write ${what}.${name}(…), or const ${name} = ${what}.${name}.bind(${what})`,
      );
    };
    Object.defineProperty(checked, 'name', { value: name, configurable: true });
    Object.defineProperty(made.prototype, name, { ...property, value: checked });
  }
}

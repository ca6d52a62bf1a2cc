/* Types of older.mjs, which runs in a process without TypeScript. */
export function toFormat1(path: string): Promise<void>;
export function toFormat2(path: string): Promise<void>;
export function damageIds(path: string): Promise<void>;

/*
 * Steps of the build whose inputs are those of last time are left out. A stamp stands beside what was made: a hash of all
 * that it was made from. It goes before the work begins and comes back when all of it is done.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

function filesIn(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
}

/** Of files and folders: their names and what is in them. */
function hashOf(inputs, belongs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(filesIn).filter(belongs).sort())
    hash.update(`${file}\n`).update(createHash('sha256').update(readFileSync(file)).digest());
  return hash.digest('hex');
}

/** Does `work`, unless `made` are there and were made from the same `inputs`. `stamp`: the file that says so. */
export async function whereChanged({ stamp, made, inputs, belongs = () => true }, work) {
  const hash = hashOf(inputs, belongs);
  if ([stamp, ...made].every((file) => existsSync(file)) && readFileSync(stamp, 'utf8') === hash)
    return false;
  rmSync(stamp, { force: true });
  await work();
  writeFileSync(stamp, hash);
  return true;
}

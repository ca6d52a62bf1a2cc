/* The version of the package, which stands beside this file or above it. */
import { readFileSync } from 'node:fs';

function versionAt(relative: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(new URL(relative, import.meta.url), 'utf8'));
    return name === 'silt' ? version : undefined;
  } catch {
    return undefined;
  }
}

export const VERSION: string = versionAt('./package.json') ?? versionAt('../../package.json') ?? 'unknown';

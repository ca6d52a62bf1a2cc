// @ts-check
import { existsSync } from 'node:fs';
import { DataMissing } from '../data/missing.mjs';

/** Debian's, or another by the environment. */
const CHROMIUM = process.env.SILT_CHROMIUM ?? '/usr/bin/chromium';

/** @returns {Promise<import('playwright-core').Browser>} */
export async function launched() {
  if (!existsSync(CHROMIUM))
    throw new DataMissing(`there is no Chromium at ${CHROMIUM}, and none at SILT_CHROMIUM`);
  const { chromium } = await import('playwright-core');
  // The sandbox does not start as root, as in containers.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

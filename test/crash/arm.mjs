/*
 * For processes of the tests, which import this first: arms the place that SILT_TEST_CRASH_AT names, as
 * <place>[:<how many times to pass it>], through the platform that the entry of the package hands in. No program that
 * does not import this file can be ended so.
 */
import { arm } from '#silt/platform/node/faults.js';
import { nodePlatform } from '#silt/platform/node/node.js';

const [place, passes = '0'] = (process.env.SILT_TEST_CRASH_AT ?? '').split(':');
if (place) arm(nodePlatform.faults, { place, passes: Number(passes), ends: 'process' });

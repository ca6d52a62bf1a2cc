// @ts-check
// Fashion-MNIST: 60,000 images of 28 x 28 grey values (0 to 255), euclidean; the queries are test images.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataMissing } from './missing.mjs';
import { gather, thin } from './split.mjs';

const DEFAULT_DIR = '/usr/share/datasets/fashion-mnist';
const IMAGES = 0x00000803; // idx: unsigned bytes, three dimensions

/**
 * @param {import('./datasets.mjs').Wanted} wanted
 * @returns {Promise<import('./datasets.mjs').Source>}
 */
export async function fashion(wanted) {
  const dir = wanted.fashionDir ?? DEFAULT_DIR;
  const train = readImages(path.join(dir, 'train-images-idx3-ubyte.gz'));
  const test = readImages(path.join(dir, 't10k-images-idx3-ubyte.gz'));
  const { dimension } = train;
  const rows = gather(train.pixels, dimension, thin(numbers(train.count), wanted.rows));
  const queries = gather(test.pixels, dimension, numbers(Math.min(wanted.queries, test.count)));
  return { name: 'fashion', title: 'Fashion-MNIST', metric: 'euclidean', dimension, rows, queries };
}

/** @param {string} file */
function readImages(file) {
  /** @type {Buffer} */
  let bytes;
  try {
    bytes = gunzipSync(readFileSync(file));
  } catch (error) {
    throw new DataMissing(
      `Fashion-MNIST is not there (${error instanceof Error ? error.message : error}). ` +
        'Debian and Ubuntu have it: apt-get install dataset-fashion-mnist. ' +
        'Elsewhere name the folder of its four .gz files: --fashion-dir DIR or FASHION_MNIST_DIR.',
    );
  }
  if (bytes.readUInt32BE(0) !== IMAGES) throw new DataMissing(`${file} is not an idx file of images`);
  const count = bytes.readUInt32BE(4);
  const dimension = bytes.readUInt32BE(8) * bytes.readUInt32BE(12);
  return { count, dimension, pixels: Float32Array.from(bytes.subarray(16, 16 + count * dimension)) };
}

/** @param {number} count */
function numbers(count) {
  return Array.from({ length: count }, (_, i) => i);
}

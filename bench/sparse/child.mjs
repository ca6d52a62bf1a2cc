// @ts-check
import { serveRanked } from '../ranked/child.mjs';
import { openSparse } from './engines.mjs';
import { vectorsOf } from './vectors.mjs';

serveRanked(openSparse, vectorsOf);

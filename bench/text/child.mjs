// @ts-check
import { serveRanked } from '../ranked/child.mjs';
import { openText } from './engines.mjs';
import { textsOf } from './texts.mjs';

serveRanked((name, folder) => openText(name, { folder, stems: false }), textsOf);

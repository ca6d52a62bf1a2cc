/* The exports of every build. */
export { walkAdmitted } from './admitted';
export { countAnd, countXor } from './bits';
export { distances, exactDistance } from './distance';
export { encode, encodeQuery } from './encode';
export { dotFloat, dotWide, squaredFloat } from './float';
export { noteLength } from './lift';
export { attach, link } from './link';
export {
  codeOf,
  idOf,
  levelOf,
  linksOf,
  normOf,
  stateGet,
  stateOf,
  stateSet,
  stateSwap,
  vectorOf,
} from './memory';
export { hash } from './hash';
export { rotate } from './rotate';
export { measureOrigin, setOrigin } from './origin';
export { prepareFromCode, prepareQuery, prepareRow } from './query';
export { place } from './rows';
export { rescore, scan, scanCodes, walk } from './scan';
export { clean, faults, markReachable, nextUnreachable, releaseLocks, stateClear } from './verify';
export { squaredNorm } from './verdict';

/* Reads what a WebAssembly module imports, exports and contains, on any engine: the binary format, section 5.5. */

const KINDS = ['function', 'table', 'memory', 'global'];
const IMPORT = 2;
const EXPORT = 7;

class Bytes {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 8; // behind magic and version
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  string() {
    const length = this.number();
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return text;
  }
}

function readImport(bytes) {
  const name = `${bytes.string()}.${bytes.string()}`;
  const kind = KINDS[bytes.byte()];
  if (kind === 'memory') {
    const hasMaximum = bytes.byte() & 1;
    bytes.number();
    if (hasMaximum) bytes.number();
  } else if (kind === 'function') bytes.number();
  else throw new Error(`cannot read an import of kind ${kind}: ${name}`);
  return `${name} (${kind})`;
}

function readExport(bytes) {
  const name = bytes.string();
  const kind = KINDS[bytes.byte()];
  bytes.number();
  return `${name} (${kind})`;
}

/** Ids of all sections, and the names of imports and exports with their kinds, sorted. */
export function describeModule(binary) {
  const bytes = new Bytes(binary);
  const sections = [];
  const imports = [];
  const exports = [];
  while (bytes.at < binary.length) {
    const id = bytes.byte();
    const end = bytes.number() + bytes.at;
    sections.push(id);
    if (id === IMPORT) for (let left = bytes.number(); left > 0; left--) imports.push(readImport(bytes));
    if (id === EXPORT) for (let left = bytes.number(); left > 0; left--) exports.push(readExport(bytes));
    bytes.at = end;
  }
  return { sections, imports: imports.sort(), exports: exports.sort() };
}

// Reads what a Windows DLL exports and writes it as a module-definition file, from which an import library is made: ggml's
// prebuilt DLLs come without theirs. Set-up scripts; built-ins only.
//
// The layout is that of Microsoft's "PE Format": https://learn.microsoft.com/windows/win32/debug/pe-format
import { SetupError } from './process.mjs';

const OPTIONAL_HEADER_64 = 0x20b;
/** Offset of the data directories in the optional header of a 64-bit image; exports are the first. */
const DATA_DIRECTORIES_OFFSET = 112;
const SECTION_HEADER_BYTES = 40;
const EXECUTABLE_SECTION = 0x20000000;

/**
 * The exports of a 64-bit DLL by name, in the file's (sorted) order.
 * @param {Buffer} image the file's bytes
 * @param {string} name what errors call the file
 * @returns {{ name: string, isCode: boolean }[]} isCode: a function, not a variable
 */
export function readExports(image, name) {
  const header = findHeader(image, name);
  const sections = readSections(image, header);
  const directory = header + 24 + DATA_DIRECTORIES_OFFSET;
  const [firstByte, sizeBytes] = [image.readUInt32LE(directory), image.readUInt32LE(directory + 4)];
  if (sizeBytes === 0) return [];
  const at = (address) => offsetOf(sections, address, name);
  const table = at(firstByte);
  const nameCount = image.readUInt32LE(table + 24);
  const addresses = at(image.readUInt32LE(table + 28));
  const names = at(image.readUInt32LE(table + 32));
  const ordinals = at(image.readUInt32LE(table + 36));
  return Array.from({ length: nameCount }, (_, index) => {
    const nameStart = at(image.readUInt32LE(names + 4 * index));
    const address = image.readUInt32LE(addresses + 4 * image.readUInt16LE(ordinals + 2 * index));
    // An address inside the table itself is no code but the name of another DLL's function, to which it forwards.
    const isForwarder = address >= firstByte && address < firstByte + sizeBytes;
    return {
      name: image.toString('latin1', nameStart, image.indexOf(0, nameStart)),
      isCode: isForwarder || sectionOf(sections, address, name).isCode,
    };
  });
}

/**
 * The module-definition file of a DLL with the exports whose names `wanted` matches.
 * @param {string} dllName
 * @param {{ name: string, isCode: boolean }[]} exports
 * @param {RegExp} wanted
 */
export function definitionFile(dllName, exports, wanted) {
  const lines = exports
    .filter(({ name }) => wanted.test(name))
    .map(({ name, isCode }) => `    ${name}${isCode ? '' : ' DATA'}`);
  if (lines.length === 0) {
    throw new SetupError(
      `${dllName} exports nothing that matches ${wanted}. Remove node_modules and run: npm run setup`,
    );
  }
  return `LIBRARY "${dllName}"\nEXPORTS\n${lines.join('\n')}\n`;
}

/** Offset of the signature "PE\0\0". */
function findHeader(image, name) {
  const offset = image.length >= 64 && image.toString('latin1', 0, 2) === 'MZ' ? image.readUInt32LE(60) : image.length;
  const isImage = offset + 26 <= image.length && image.toString('latin1', offset, offset + 4) === 'PE\0\0';
  if (!isImage || image.readUInt16LE(offset + 24) !== OPTIONAL_HEADER_64) {
    throw new SetupError(`${name} is not a 64-bit DLL, or is damaged. Remove node_modules and run: npm run setup`);
  }
  return offset;
}

function readSections(image, header) {
  const count = image.readUInt16LE(header + 6);
  const first = header + 24 + image.readUInt16LE(header + 20);
  return Array.from({ length: count }, (_, index) => {
    const at = first + SECTION_HEADER_BYTES * index;
    return {
      address: image.readUInt32LE(at + 12),
      sizeBytes: Math.max(image.readUInt32LE(at + 8), image.readUInt32LE(at + 16)),
      fileOffset: image.readUInt32LE(at + 20),
      isCode: (image.readUInt32LE(at + 36) & EXECUTABLE_SECTION) !== 0,
    };
  });
}

function sectionOf(sections, address, name) {
  const section = sections.find((entry) => address >= entry.address && address < entry.address + entry.sizeBytes);
  if (section) return section;
  throw new SetupError(`${name} is damaged: no section holds the address ${address}. Run: npm run setup`);
}

function offsetOf(sections, address, name) {
  const section = sectionOf(sections, address, name);
  return section.fileOffset + address - section.address;
}

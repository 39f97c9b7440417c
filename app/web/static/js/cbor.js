// The bytes of a credential in a browser: CBOR in the profile of app/formats/credential/cbor.py, Base45, hexadecimal.

/** @typedef {null | boolean | number | bigint | string | Uint8Array | Array<any> | Map<number, any>} Cbor */

const MAX_DEPTH = 5;
const INT64 = 2n ** 63n;

/** Why a text is no credential, or a value none to make one of; never says what was in it. */
export class CredentialError extends Error {
  /** @param {string} code  one of the codes of app/formats/credential/errors.py */
  constructor(code) {
    super(code);
    this.name = "CredentialError";
    this.code = code;
  }
}

// --- CBOR (RFC 8949): one byte string for each value, and only plain values ------------------------------------
// Definite lengths, shortest integers, sorted unique integer keys; int64, byte and text strings, booleans, null,
// arrays and maps; no tags, no floats; nothing after the item; five levels. Keys are sorted length-first (4.2.3),
// which for the keys of this format is bytewise order too.

/**
 * @param {Cbor} value  integers beyond 2 ** 53 as BigInt
 * @returns {Uint8Array}
 * @throws {CredentialError} claims_invalid for what the profile has no place for
 */
export function encode(value) {
  return Uint8Array.from(written(value, 0));
}

function written(value, depth) {
  if (value === null) return [0xf6];
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (isInt64(value)) return value < 0 ? head(1, -1n - BigInt(value)) : head(0, BigInt(value));
  if (typeof value === "string" && isWellFormed(value)) return withHead(3, utf8(value));
  if (value instanceof Uint8Array) return withHead(2, value);
  if (depth === MAX_DEPTH) throw new CredentialError("claims_invalid");
  if (Array.isArray(value)) return [...head(4, BigInt(value.length)), ...value.flatMap((one) => written(one, depth + 1))];
  if (value instanceof Map && [...value.keys()].every(isInt64)) return writtenMap(value, depth + 1);
  throw new CredentialError("claims_invalid");
}

function writtenMap(map, depth) {
  const entries = [...map].map(([key, value]) => [written(key, depth), written(value, depth)]);
  entries.sort(([a], [b]) => a.length - b.length || a.map((byte, i) => byte - b[i]).find(Boolean) || 0);
  return [...head(5, BigInt(map.size)), ...entries.flat(2)];
}

const isInt64 = (value) =>
  Number.isSafeInteger(value) || (typeof value === "bigint" && value >= -INT64 && value < INT64);

const isWellFormed = (text) => !/\p{Surrogate}/u.test(text);

const withHead = (major, bytes) => [...head(major, BigInt(bytes.length)), ...bytes];

function head(major, number) {
  if (number < 24n) return [(major << 5) | Number(number)];
  const size = number < 2n ** 8n ? 0 : number < 2n ** 16n ? 1 : number < 2n ** 32n ? 2 : 3;
  const digits = number.toString(16).padStart(2 << size, "0");
  return [(major << 5) | (24 + size), ...fromHex(digits)];
}

/**
 * @param {Uint8Array} bytes
 * @returns {any} maps as Map, integers beyond 2 ** 53 as BigInt
 * @throws {CredentialError} cbor_invalid
 */
export function decode(bytes) {
  try {
    const [value] = item(bytes, 0, 0);
    // one comparison kills trailing bytes, long-form integers, doubled and unsorted keys
    if (isEqual(encode(value), bytes)) return value;
  } catch {} // whatever strange bytes lead to
  throw new CredentialError("cbor_invalid");
}

/** Read the item at a position: [value, the position after it]. */
function item(bytes, at, depth) {
  const [major, number, start] = headAt(bytes, at);
  if (major === 0) return [narrowed(number), start];
  if (major === 1) return [narrowed(-1n - number), start];
  const end = start + Number(number);
  if (major < 4) {
    if (end > bytes.length) throw new RangeError();
    const slice = bytes.slice(start, end);
    return [major === 2 ? slice : STRICT_UTF8.decode(slice), end];
  }
  if (major === 7) return [SIMPLE[bytes[at] & 31], start];
  if (major === 6 || depth === MAX_DEPTH) throw new RangeError();
  const [items, after] = several(bytes, start, Number(number) * (major - 3), depth + 1);
  return [major === 4 ? items : new Map(items.flatMap((one, i) => (i % 2 ? [[items[i - 1], one]] : []))), after];
}

const SIMPLE = { 20: false, 21: true, 22: null }; // anything else is undefined, which cannot be written
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function several(bytes, start, count, depth) {
  if (count > bytes.length - start) throw new RangeError(); // each takes a byte at least
  const items = [];
  let at = start;
  while (items.length < count) {
    const [value, after] = item(bytes, at, depth);
    items.push(value);
    at = after;
  }
  return [items, at];
}

function headAt(bytes, at) {
  const [major, info] = [bytes[at] >> 5, bytes[at] & 31];
  if (at >= bytes.length || info > 27) throw new RangeError();
  if (info < 24) return [major, BigInt(info), at + 1];
  const end = at + 1 + (1 << (info - 24));
  if (end > bytes.length) throw new RangeError();
  return [major, BigInt(`0x${toHex(bytes.slice(at + 1, end))}`), end];
}

const narrowed = (number) => (Number.isSafeInteger(Number(number)) ? Number(number) : number);

// --- Base45 (RFC 9285) and other spellings of bytes -----------------------------------------------------------

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** @param {Uint8Array} bytes */
export function toBase45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    const number = isPair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    text += ALPHABET[number % 45] + ALPHABET[Math.floor(number / 45) % 45];
    if (isPair) text += ALPHABET[Math.floor(number / 2025)];
  }
  return text;
}

/** @param {string} text */
export function fromBase45(text) {
  const digits = [...text].map((character) => ALPHABET.indexOf(character));
  const bytes = [];
  for (let at = 0; at < digits.length; at += 3) {
    const group = digits.slice(at, at + 3);
    const number = group.reduceRight((sum, digit) => 45 * sum + digit, 0);
    if (group.includes(-1) || group.length === 1 || number > (group.length === 3 ? 0xffff : 0xff)) {
      throw new CredentialError("base45_invalid");
    }
    bytes.push(...(group.length === 3 ? [number >> 8, number & 255] : [number]));
  }
  return Uint8Array.from(bytes);
}

/** @param {string} text  two digits a byte */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** @param {...Iterable<number>} parts */
export function joined(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** @param {Uint8Array} one @param {Uint8Array} other */
export function isEqual(one, other) {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

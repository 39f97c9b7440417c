// The declaration's QR credential in a browser: wire formats EGD1, EGE1 and EGR1, the same as app/formats/credential.
//
// A phone without network signs the declaration with a key that never leaves it and seals it to the authority.
// WebCrypto and nothing else; works wherever crypto.subtle does (https, or localhost). What is refused is refused
// with a CredentialError whose code is that of the server, the first check that fails naming it.

import { CredentialError, decode, encode, fromBase45, fromHex, isEqual, joined, toBase45, toHex, utf8 } from "./cbor.js";

export { CredentialError, decode, encode, fromBase45, fromHex, toBase45, toHex };

/** @typedef {import("./cbor.js").Cbor} Cbor */
/** @typedef {"EGD1" | "EGE1" | "EGR1"} Kind */
/** @typedef {{kid: Uint8Array, point: Uint8Array}} Authority  8 bytes; a compressed point of 33 bytes */
/** @typedef {{privateKey: CryptoKey, point: Uint8Array}} Opener  an ECDH key that may deriveBits; its compressed point */
/**
 * @typedef {object} Signed  a message whose signature stands
 * @property {Uint8Array} kid        the device's point (33 bytes), or the authority's key id (8)
 * @property {Uint8Array} protectedHeader
 * @property {Uint8Array} payload
 * @property {Uint8Array} structure  the Sig_structure (RFC 9052 section 4.4) that was signed
 */
/** @typedef {Signed & {kind: Kind, claims: Map<number, any>}} Opened */

/** Characters: what a QR code of version 22 at level M holds. */
export const MAX_TEXT = 1134;

const EXP = 4;
const IAT = 6;
const CTI = 7;
const DECLARATION = -65537;
const RECEIPT = -65538;
const SEQ = 7; // of the declaration map
const ES256 = -7;
const CLOCK_SKEW = 300;
const LONGEST_VALIDITY = 30 * 86400;
const LAST_SECOND = 253402300799; // of the year 9999
const KID_LENGTH = 8;
const POINT_LENGTH = 33;
const SEALING_ADDS = KID_LENGTH + 65 + 16; // key id, the sender's point, the tag

// --- making -------------------------------------------------------------------------------------------------

/**
 * A key of this phone. Its private part cannot be read by any script, but can be kept in IndexedDB.
 * @returns {Promise<CryptoKeyPair>}
 */
export async function newDeviceKey() {
  const key = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  return /** @type {CryptoKeyPair} */ (key);
}

/**
 * Sign a declaration, and seal it to the authority where its encryption key is known.
 *
 * @param {object} given
 * @param {Map<number, Cbor>} given.declaration  the declaration map, integer keys 1..6 (docs: the wire format)
 * @param {Uint8Array} given.cti  16 random bytes, the same for every amendment
 * @param {number} [given.seq]    0 first, one more with each amendment
 * @param {number} given.iat      seconds since 1970
 * @param {number} given.exp      seconds since 1970, at most 30 days after iat
 * @param {CryptoKeyPair} given.keyPair
 * @param {Authority | null} given.authority  null: a plain EGD1, which only some sites take
 * @returns {Promise<string>} "EGE1:...", or "EGD1:..." without an authority
 * @throws {CredentialError} claims_invalid, too_large, key_invalid
 */
export async function makeText({ declaration, cti, seq = 0, iat, exp, keyPair, authority }) {
  const claims = claimsOf(declaration, cti, seq, iat, exp);
  if (!hasShape(claims, DECLARATION) || !hasSpan(claims)) throw new CredentialError("claims_invalid");
  const message = await sign("EGD1", encode(claims), keyPair);
  return authority ? join("EGE1", await seal(message, authority)) : join("EGD1", message);
}

/**
 * How many characters the code will have; more than MAX_TEXT cannot be drawn. Needs no key.
 *
 * @param {Map<number, Cbor>} declaration
 * @param {boolean} sealed  EGE1, or a plain EGD1
 * @param {number} [seq]
 * @returns {number}
 */
export function textLength(declaration, sealed, seq = 0) {
  const now = 2 ** 31; // any moment from 1970 to 2106 takes as many bytes
  const payload = encode(claimsOf(declaration, new Uint8Array(16), seq, now, now));
  const message = encode([protectedHeader(new Uint8Array(POINT_LENGTH)), new Map(), payload, new Uint8Array(64)]);
  const size = message.length + (sealed ? SEALING_ADDS : 0);
  return "EGD1:".length + 3 * Math.floor(size / 2) + 2 * (size % 2);
}

function claimsOf(declaration, cti, seq, iat, exp) {
  const content = new Map(declaration);
  content.delete(SEQ);
  if (seq) content.set(SEQ, seq);
  return new Map([[EXP, exp], [IAT, iat], [CTI, cti], [DECLARATION, content]]);
}

function join(kind, body) {
  const text = `${kind}:${toBase45(body)}`;
  if (text.length > MAX_TEXT) throw new CredentialError("too_large");
  return text;
}

// --- reading ------------------------------------------------------------------------------------------------

/**
 * Check the signature of a plain declaration or a receipt; not its times.
 *
 * @param {string} text
 * @param {Map<string, Uint8Array>} [trust]  the authority's points by key id in hex: whose receipts are believed
 * @returns {Promise<Opened>}
 * @throws {CredentialError}
 */
export async function verifyText(text, trust = new Map()) {
  const [kind, body] = split(text);
  if (kind === "EGE1") throw new CredentialError("prefix_unknown");
  return verified(kind, kind, body, trust);
}

/**
 * Open a text of any kind: signature, times, and the shape of the claims; the maps in them are the server's to judge.
 *
 * @param {string} text
 * @param {object} given
 * @param {number} given.now  seconds since 1970
 * @param {Map<string, Uint8Array>} [given.trust]     as in verifyText
 * @param {Map<string, Opener>} [given.decryption]    the authority's encryption keys by key id in hex
 * @returns {Promise<Opened>}
 * @throws {CredentialError}
 */
export async function openText(text, { now, trust = new Map(), decryption = new Map() }) {
  const [kind, body] = split(text);
  const isSealed = kind === "EGE1";
  const opened = await verified(kind, isSealed ? "EGD1" : kind, isSealed ? await unseal(body, decryption) : body, trust);
  checkTimes(opened, now);
  return opened;
}

async function verified(kind, signedAs, message, trust) {
  const signed = await verify(signedAs, message, trust);
  const claims = decode(signed.payload);
  if (!hasShape(claims, signedAs === "EGR1" ? RECEIPT : DECLARATION)) throw new CredentialError("claims_invalid");
  return { ...signed, kind, claims };
}

function checkTimes({ kind, claims }, now) {
  if (now >= claims.get(EXP)) throw new CredentialError("expired");
  // a phone's clock proves nothing, the authority's must agree with ours
  if (kind === "EGR1" && claims.get(IAT) > now + CLOCK_SKEW) throw new CredentialError("not_yet_valid");
  if (!hasSpan(claims)) throw new CredentialError("claims_invalid");
}

function hasShape(claims, subject) {
  if (!(claims instanceof Map) || claims.size !== 4 || !claims.has(subject)) return false;
  const isTime = (key) => Number.isInteger(claims.get(key)) && claims.get(key) >= 0 && claims.get(key) <= LAST_SECOND;
  const cti = claims.get(CTI);
  return isTime(EXP) && isTime(IAT) && cti instanceof Uint8Array && cti.length === 16;
}

function hasSpan(claims) {
  const span = claims.get(EXP) - claims.get(IAT);
  return span > 0 && span <= LONGEST_VALIDITY;
}

function split(text) {
  if (text.length > MAX_TEXT) throw new CredentialError("too_large"); // before any work
  const [, kind, body] = /^(EGD1|EGE1|EGR1):([^]*)$/.exec(text) ?? [];
  if (kind === undefined) throw new CredentialError("prefix_unknown");
  return [kind, fromBase45(body)];
}

// --- COSE_Sign1 (RFC 9052): ES256, the kind as external_aad so that no kind passes for another ----------------

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const protectedHeader = (kid) => encode(new Map([[1, ES256], [4, kid]]));

const sigStructure = (kind, header, payload) => encode(["Signature1", header, utf8(kind), payload]);

async function sign(kind, payload, { privateKey, publicKey }) {
  const header = protectedHeader(await pointOf(publicKey));
  const structure = sigStructure(kind, header, payload);
  const signature = new Uint8Array(await crypto.subtle.sign(ECDSA, privateKey, structure));
  return encode([header, new Map(), payload, signature]);
}

async function verify(kind, message, trust) {
  const { header, payload, signature, kid } = parsed(message);
  const key = await importPoint(kind === "EGR1" ? trusted(kid, trust) : kid, ECDSA, ["verify"]);
  const structure = sigStructure(kind, header, payload);
  if (!(await crypto.subtle.verify(ECDSA, key, signature, structure))) throw new CredentialError("signature_invalid");
  return { kid, protectedHeader: header, payload, structure };
}

function parsed(message) {
  const parts = decode(message);
  if (!isSign1(parts)) throw new CredentialError("cose_invalid");
  const [header, , payload, signature] = parts;
  const fields = decode(header);
  const kid = fields instanceof Map && fields.size === 2 && fields.has(1) ? fields.get(4) : undefined;
  if (!(kid instanceof Uint8Array)) throw new CredentialError("cose_invalid");
  if (fields.get(1) !== ES256) throw new CredentialError("alg_forbidden");
  return { header, payload, signature, kid };
}

function isSign1(parts) {
  if (!Array.isArray(parts) || parts.length !== 4) return false;
  const [header, unprotected, payload, signature] = parts;
  const areBytes = [header, payload, signature].every((part) => part instanceof Uint8Array);
  return areBytes && signature.length === 64 && unprotected instanceof Map && unprotected.size === 0;
}

function trusted(kid, trust) {
  const point = trust.get(toHex(kid));
  if (point === undefined) throw new CredentialError("key_unknown");
  return point;
}

// --- HPKE base mode (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM ---------------------------

const ECDH = { name: "ECDH", namedCurve: "P-256" };
const KEM_SUITE = joined(utf8("KEM"), [0x00, 0x10]);
const SUITE = joined(utf8("HPKE"), [0x00, 0x10, 0x00, 0x01, 0x00, 0x01]);
const NOTHING = new Uint8Array();

async function seal(message, { kid, point }) {
  if (!isEqual(kid, await keyId(point))) throw new CredentialError("key_invalid"); // not the key it is called
  const recipient = await importPoint(point, ECDH, []);
  const sender = await crypto.subtle.generateKey(ECDH, false, ["deriveBits"]);
  const enc = await rawPoint(sender.publicKey);
  const secret = await agree(sender.privateKey, recipient, enc, await rawPoint(recipient));
  const { key, iv } = await schedule(secret, joined(utf8("EGE1"), kid), "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, message);
  return joined(kid, enc, new Uint8Array(sealed));
}

async function unseal(body, decryption) {
  const opener = decryption.get(toHex(body.slice(0, KID_LENGTH)));
  if (opener === undefined) throw new CredentialError("key_unknown");
  return unsealed(body, opener, utf8("EGE1"));
}

/**
 * What was sealed to a key for a purpose, its id before it.
 * @param {Uint8Array} body
 * @param {Opener} opener
 * @param {Uint8Array} purpose
 * @returns {Promise<Uint8Array>}
 * @throws {CredentialError}
 */
export async function unsealed(body, opener, purpose) {
  const kid = body.slice(0, KID_LENGTH);
  const enc = body.slice(KID_LENGTH, KID_LENGTH + 65);
  try {
    const sender = await crypto.subtle.importKey("raw", enc, ECDH, true, []);
    const secret = await agree(opener.privateKey, sender, enc, uncompressed(opener.point));
    const { key, iv } = await schedule(secret, joined(purpose, kid), "decrypt");
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, body.slice(KID_LENGTH + 65)));
  } catch {
    throw new CredentialError("decrypt_failed");
  }
}

/** The shared secret (section 4.1): ExtractAndExpand of the Diffie-Hellman value. */
async function agree(privateKey, publicKey, enc, recipient) {
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256));
  const prk = await extract(KEM_SUITE, NOTHING, "eae_prk", dh);
  return expand(KEM_SUITE, prk, "shared_secret", joined(enc, recipient), 32);
}

/** Key and nonce of the first and only message (section 5.1, mode_base). */
async function schedule(sharedSecret, info, usage) {
  const mode = Uint8Array.of(0);
  const pskIdHash = await extract(SUITE, NOTHING, "psk_id_hash", NOTHING);
  const context = joined(mode, pskIdHash, await extract(SUITE, NOTHING, "info_hash", info));
  const secret = await extract(SUITE, sharedSecret, "secret", NOTHING);
  const raw = await expand(SUITE, secret, "key", context, 16);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [usage]);
  return { key, iv: await expand(SUITE, secret, "base_nonce", context, 12) };
}

const extract = (suite, salt, label, ikm) => hmac(salt, joined(utf8("HPKE-v1"), suite, utf8(label), ikm));

async function expand(suite, prk, label, info, length) {
  const labelled = joined([length >> 8, length & 255], utf8("HPKE-v1"), suite, utf8(label), info);
  return (await hmac(prk, joined(labelled, [1]))).slice(0, length); // one block: length is at most 32
}

async function hmac(key, data) {
  // WebCrypto takes no empty key; HMAC fills up with zeros anyway
  const usable = await crypto.subtle.importKey(
    "raw", key.length ? key : new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", usable, data));
}

// --- points of P-256: compressed on the wire; not every browser imports them so --------------------------------

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * The first eight bytes of SHA-256 over the compressed point.
 * @param {Uint8Array} point
 * @returns {Promise<Uint8Array>}
 */
export async function keyId(point) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", point)).slice(0, KID_LENGTH);
}

/**
 * The compressed point (33 bytes) of a public key.
 * @param {CryptoKey} publicKey
 * @returns {Promise<Uint8Array>}
 */
export async function pointOf(publicKey) {
  const raw = await rawPoint(publicKey);
  return joined([2 + (raw[64] & 1)], raw.slice(1, POINT_LENGTH));
}

async function rawPoint(publicKey) {
  return new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
}

function importPoint(point, algorithm, usages) {
  return crypto.subtle.importKey("raw", uncompressed(point), algorithm, true, usages);
}

/** The 65 bytes of a compressed point. */
function uncompressed(point) {
  if (point.length !== POINT_LENGTH) throw new CredentialError("key_invalid");
  const x = BigInt(`0x${toHex(point.slice(1))}`);
  const square = (x * x * x - 3n * x + B) % P;
  let y = power(square, (P + 1n) / 4n); // P is 3 modulo 4
  const isOnCurve = (point[0] | 1) === 3 && x < P && (y * y - square) % P === 0n;
  if (!isOnCurve) throw new CredentialError("key_invalid");
  if ((y & 1n) !== BigInt(point[0] & 1)) y = P - y;
  return joined([4], point.slice(1), fromHex(y.toString(16).padStart(64, "0")));
}

function power(base, exponent) {
  let result = 1n;
  for (let left = exponent, factor = ((base % P) + P) % P; left > 0n; left >>= 1n, factor = (factor * factor) % P) {
    if (left & 1n) result = (result * factor) % P;
  }
  return result;
}

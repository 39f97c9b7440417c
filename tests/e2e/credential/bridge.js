// Values between Python and the browser: JSON with maps, bytes and long integers spelled out.
import * as credential from "/credential.js";

const { fromHex, toHex } = credential;

function read(value) {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("hex" in value) return fromHex(value.hex);
  if ("int" in value) return BigInt(value.int);
  if ("float" in value) return Number(value.float);
  if ("undefined" in value) return undefined;
  return new Map(value.map.map(([key, one]) => [read(key), read(one)]));
}

function write(value) {
  if (value instanceof Uint8Array) return { hex: toHex(value) };
  if (value instanceof Map) return { map: [...value].map(([key, one]) => [write(key), write(one)]) };
  if (Array.isArray(value)) return value.map(write);
  return typeof value === "bigint" ? { int: String(value) } : value;
}

const ring = (keys) => new Map(Object.entries(keys ?? {}));

/** What a function gives, or the code with which it refuses. */
async function told(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof credential.CredentialError)) throw error;
    return { refused: error.code };
  }
}

function shown({ kind, kid, protectedHeader, payload, structure, claims }) {
  const bytes = { kid, protectedHeader, payload, structure };
  const inHex = Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, toHex(value)]));
  return { kind, claims: write(claims), ...inHex };
}

async function openers(jwks) {
  const imported = Object.entries(jwks).map(async ([kid, { jwk, point }]) => {
    const algorithm = { name: "ECDH", namedCurve: "P-256" };
    const privateKey = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["deriveBits"]);
    return [kid, { privateKey, point: fromHex(point) }];
  });
  return new Map(await Promise.all(imported));
}

let keyPair;

globalThis.bridge = {
  encode: (values) => Promise.all(values.map((one) => told(() => toHex(credential.encode(read(one)))))),
  decode: (hexes) => Promise.all(hexes.map((hex) => told(() => ({ value: write(credential.decode(fromHex(hex))) })))),
  lengths: (declarations) =>
    declarations.map(([one, seq]) => [false, true].map((sealed) => credential.textLength(read(one), sealed, seq))),
  base45: (hexes) => hexes.map((hex) => credential.toBase45(fromHex(hex))),
  async points(points) {
    keyPair ??= await credential.newDeviceKey();
    const sealed = async (point) => {
      const kid = await credential.keyId(point);
      return [toHex(kid), await told(() => credential.makeText({ ...sample(), authority: { kid, point } }))];
    };
    return Promise.all(points.map((point) => sealed(fromHex(point))));
  },
  async make({ declaration, cti, authority, ...rest }) {
    keyPair ??= await credential.newDeviceKey();
    const key = authority && { kid: fromHex(authority.kid), point: fromHex(authority.point) };
    const given = { declaration: read(declaration), cti: fromHex(cti), authority: key, keyPair, ...rest };
    return told(() => credential.makeText(given));
  },
  async point() {
    keyPair ??= await credential.newDeviceKey();
    return toHex(await credential.pointOf(keyPair.publicKey));
  },
  async exported() {
    const pair = await credential.newDeviceKey();
    const formats = ["jwk", "pkcs8", "raw"].map((format) => crypto.subtle.exportKey(format, pair.privateKey));
    return (await Promise.allSettled(formats)).map(({ status }) => status);
  },
  async open({ texts, now, trust, decryption }) {
    const given = { now, trust: ring(mapped(trust)), decryption: await openers(decryption) };
    return Promise.all(texts.map((text) => told(async () => shown(await credential.openText(text, given)))));
  },
  verify: ({ texts, trust }) =>
    Promise.all(texts.map((text) => told(async () => shown(await credential.verifyText(text, ring(mapped(trust))))))),
};

const mapped = (trust) => Object.fromEntries(Object.entries(trust).map(([kid, point]) => [kid, fromHex(point)]));

function sample() {
  return { declaration: new Map([[1, []]]), cti: new Uint8Array(16), iat: 1, exp: 2, keyPair };
}

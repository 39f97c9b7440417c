// The declarations of this phone. Each is signed here first, with a key that cannot leave the phone, and sealed to the
// authority: so it counts without network. Whenever there is network the same text is sent and swapped for a receipt.
// Sending again what has arrived changes nothing, so that an answer that was lost costs nothing.

import { MAX_TEXT, makeText, newDeviceKey, textLength } from "../credential.js";
import { all, get, put, remove } from "./store.js";
import { declarationMap, endOf, laneOf, peopleOf, goodsOf, goodsWanted, submission } from "./wire.js";

const API = "/api/v1";
const PATIENCE = 15_000; // milliseconds for an answer
const DAY = 86_400_000;

/** Why something cannot be done now; the code is the key of the words. */
export class NotNow extends Error {}

// --- keys ------------------------------------------------------------------------------------------------------

async function deviceKey() {
  const kept = await get("state", "device");
  if (kept) return kept;
  const made = await newDeviceKey();
  await put("state", "device", made);
  return made;
}

/** Fetch the authority's keys and keep them; without network those of last time stay. */
export async function fetchAuthority() {
  try {
    const { keys } = await asked("/keys", { method: "GET" });
    await put("state", "authority", keys.filter((key) => key.use === "decrypt"));
  } catch {}
  return (await authority()) !== null;
}

/** The newest encryption key that is in use; null before the first visit online. */
async function authority() {
  const keys = (await get("state", "authority")) ?? [];
  const used = keys.filter((key) => Date.parse(key.not_before) <= Date.now());
  const newest = used.sort((a, b) => Date.parse(a.not_before) - Date.parse(b.not_before)).at(-1);
  return newest ? { kid: bytes(newest.kid), point: bytes(newest.point) } : null;
}

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
const hex = (data) => [...data].map((one) => one.toString(16).padStart(2, "0")).join("");

// --- making ----------------------------------------------------------------------------------------------------

/** How many characters the code made here would have, and how many there may be. */
export function room(fields, questionnaire, amends) {
  const length = textLength(declarationMap(fields, questionnaire), true, amends ? amends.seq + 1 : 0);
  return { length, most: MAX_TEXT, fits: length <= MAX_TEXT };
}

/**
 * Certify: what was typed becomes a declaration of this phone, a change the next version of one.
 * @throws {NotNow} error_capacity, error_online, error_keys
 */
export async function certify(draft, setting, questionnaire, language) {
  const before = draft.amends ? await get("declarations", draft.amends) : null;
  const cti = before?.cti ?? hex(crypto.getRandomValues(new Uint8Array(16)));
  const entry = { ...before, ...described(draft.fields, setting, questionnaire), cti, language, state: "made", refused: null };
  entry.seq = before ? before.seq + 1 : 0;
  entry.receipt = null;
  const made = await carried(entry, before, draft.fields, questionnaire, setting);
  await put("declarations", cti, made);
  return made;
}

function described(fields, setting, questionnaire) {
  return {
    fields,
    arrival: fields.arrival_date,
    flight: declarationMap(fields, questionnaire).get(2)[0],
    expires: endOf(fields.arrival_date, setting.zone, setting.valid),
    lane: laneOf(fields, questionnaire),
    people: peopleOf(fields).map((one) => `${one.surname} ${one.given_names}`.trim()),
    goods: goodsWanted(fields, questionnaire) ? goodsOf(fields).length : 0,
  };
}

/** With its text, or, where no code has room for it, with what is to be sent. */
async function carried(entry, before, fields, questionnaire, setting) {
  const online = before?.online ?? false;
  if (room(fields, questionnaire, before).fits && !online) {
    return { ...entry, body: null, text: await signed(entry, fields, questionnaire, setting), reference: referenceOf(entry.cti) };
  }
  if (!navigator.onLine) throw new NotNow(online ? "error_online" : "error_capacity");
  const body = JSON.stringify(submission(fields, questionnaire, entry.language));
  return { ...entry, text: null, body, key: crypto.randomUUID(), online: online || !before };
}

async function signed(entry, fields, questionnaire, setting) {
  if (!(await authority()) && navigator.onLine) await fetchAuthority();
  const sealTo = await authority();
  if (!sealTo && !setting.plain) throw new NotNow("error_keys");
  return makeText({
    declaration: declarationMap(fields, questionnaire),
    cti: bytes(entry.cti),
    seq: entry.seq,
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(entry.expires / 1000),
    keyPair: await deviceKey(),
    authority: sealTo,
  });
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What a traveller reads out: eight letters and figures of the number, as the server writes them. */
export function referenceOf(cti) {
  let bits = BigInt(`0x${cti.slice(0, 10)}`);
  let letters = "";
  for (let at = 0; at < 8; at += 1, bits >>= 5n) letters = BASE32[Number(bits & 31n)] + letters;
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

// --- sending ---------------------------------------------------------------------------------------------------

/** Send whatever waits; one tab at a time. Returns whether anything changed. */
export function sync() {
  return navigator.locks.request("declare-send", async () => {
    const waiting = (await all("declarations")).filter((entry) => entry.state === "made" || entry.state === "withdrawing");
    let changed = false;
    for (const entry of waiting) changed = (await send(entry)) || changed;
    return changed;
  });
}

async function send(entry) {
  let sent;
  try {
    sent = await (entry.state === "withdrawing" ? withdrawn(entry) : delivered(entry));
  } catch (error) {
    if (!(error instanceof Refused)) return false; // no network, or no answer: later
    sent = entry.state === "withdrawing" ? { ...entry, state: "withdrawn" } : refusedOf(entry, error);
  }
  const now = await get("declarations", entry.cti);
  // deleted, changed or withdrawn in the meantime: the answer is about an older state
  if (!now || now.seq !== entry.seq || now.state !== entry.state) return false;
  await put("declarations", entry.cti, sent);
  return true;
}

function refusedOf(entry, { code }) {
  const state = code === "withdrawn" ? "withdrawn" : "refused";
  return { ...entry, state, refused: code };
}

/** The server has it: its receipt, and the secret with which it is changed and withdrawn. */
async function delivered(entry) {
  const answer = entry.text ? await sendText(entry) : await sendBody(entry);
  return {
    ...entry,
    state: answer.status === "withdrawn" ? "withdrawn" : "accepted",
    id: answer.id,
    secret: answer.secret ?? entry.secret,
    reference: answer.reference,
    lane: answer.lane,
    seq: answer.seq,
    expires: Date.parse(answer.expires),
    receipt: answer.credential?.text ?? null,
    body: null,
  };
}

/** The text, and a proof that it is this phone's: a picture of the code alone makes nobody its owner. */
async function sendText({ text, language }) {
  const { privateKey } = await deviceKey();
  const said = new TextEncoder().encode(`egate-owner:${text}`);
  const proof = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, said);
  return asked("/declarations/phone", posted({ text, language, proof: hex(new Uint8Array(proof)) }));
}

async function sendBody({ id, secret, body, key }) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  if (!id) return asked("/declarations?draw=false", { method: "POST", headers, body });
  return asked(`/declarations/${id}?draw=false`, { method: "PUT", headers: { ...headers, ...bearer(secret) }, body });
}

async function withdrawn(entry) {
  const known = entry.id ? entry : await delivered(entry);
  if (known.state !== "withdrawn") await asked(`/declarations/${known.id}`, { method: "DELETE", headers: bearer(known.secret) });
  return { ...known, state: "withdrawn", receipt: null };
}

const bearer = (secret) => ({ Authorization: `Bearer ${secret}` });
const posted = (content) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

async function asked(path, options) {
  const answer = await fetch(API + path, { ...options, credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok) return answer.json();
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Error("later");
  const { type = "" } = await answer.json().catch(() => ({}));
  throw new Refused(type.split(/[:/]/).at(-1));
}

// --- keeping ---------------------------------------------------------------------------------------------------

/** Newest first; what is over by more days than it is kept is deleted first. */
export async function kept(days) {
  const found = await all("declarations");
  const over = found.filter((entry) => Date.parse(entry.arrival) + (days + 1) * DAY < Date.now());
  await Promise.all(over.map((entry) => remove("declarations", entry.cti)));
  const left = found.filter((entry) => !over.includes(entry));
  return left.sort((a, b) => (a.arrival < b.arrival ? 1 : -1));
}

/** made | accepted | refused | withdrawn | expired: what there is to say of it. */
export function stateOf(entry) {
  if (entry.state === "withdrawing") return "withdrawn";
  return entry.state !== "withdrawn" && entry.expires <= Date.now() ? "expired" : entry.state;
}

/** End a declaration; the server hears of it as soon as it can. */
export async function withdraw(entry) {
  await put("declarations", entry.cti, { ...entry, state: "withdrawing" });
}

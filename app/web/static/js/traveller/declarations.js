// The declarations of this phone. Each is signed here first, with a key that cannot leave the phone, and sealed to the
// authority: so it counts without network. Whenever there is network the same text is sent and swapped for a receipt
// (sending.js). Sending again what has arrived changes nothing, so that an answer that was lost costs nothing.

import { now } from "./clock.js";
import { MAX_TEXT, makeText, newDeviceKey, textLength } from "../credential.js";
import { asked } from "./server.js";
import { all, get, put, remove } from "./store.js";
import { declarationMap, endOf, laneOf, peopleOf, goodsOf, goodsWanted, submission } from "./wire.js";

const DAY = 86_400_000;

/** Why something cannot be done now; the code is the key of the words. */
export class NotNow extends Error {}

// --- keys ------------------------------------------------------------------------------------------------------

/** The phone's key, made when it is first needed; by one tab, or each would sign with another. */
export const deviceKey = () => navigator.locks.request("declare-key", async () => {
  const kept = await get("state", "device");
  if (kept) return kept;
  const made = await newDeviceKey();
  await put("state", "device", made);
  return made;
});

/** Fetch the authority's keys and keep them; without network those of last time stay. */
export async function fetchAuthority() {
  try {
    const { encryption } = await asked("/keys");
    await put("state", "encryption", { kid: encryption.kid, point: encryption.point });
  } catch {}
  return (await authority()) !== null;
}

/** The key that the service named last, whatever this phone's clock says; null before the first visit online. */
async function authority() {
  const newest = await get("state", "encryption");
  return newest ? { kid: bytes(newest.kid), point: bytes(newest.point) } : null;
}

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
export const hex = (data) => [...data].map((one) => one.toString(16).padStart(2, "0")).join("");

// --- making ----------------------------------------------------------------------------------------------------

/** How many characters the code made here would have, and how many there may be. */
export function room(fields, questionnaire, amends) {
  const length = textLength(declarationMap(fields, questionnaire), true, amends ? amends.seq + 1 : 0);
  return { length, most: MAX_TEXT, fits: length <= MAX_TEXT };
}

/**
 * Certify: what was typed becomes a declaration of this phone, a change the next version of one. A declaration that is
 * over by now is followed by a new one; what a counter has recorded since the change was begun stands.
 * @throws {NotNow} error_capacity, error_online, error_keys
 */
export async function certify(draft, setting, questionnaire, language) {
  const before = await changeable(draft.amends);
  if (before && (before.seq !== draft.seq || Boolean(before.elsewhere) !== Boolean(draft.elsewhere))) return told(before);
  const cti = before?.cti ?? hex(crypto.getRandomValues(new Uint8Array(16)));
  const said = { fields: draft.fields, ...describe(draft.fields, setting, questionnaire) };
  const entry = { ...before, ...said, cti, language, state: "made", refused: null, elsewhere: false };
  entry.seq = before ? before.seq + 1 : 0;
  Object.assign(entry, { receipt: null, others: [] });
  const made = await carried(entry, before, draft.fields, questionnaire, setting);
  await put("declarations", cti, made);
  return made;
}

async function changeable(cti) {
  const found = cti ? await get("declarations", cti) : null;
  return found && !["withdrawn", "expired"].includes(stateOf(found)) ? found : null;
}

/** Say of a declaration that a change of it was not taken. */
async function told(entry) {
  const standing = { ...entry, elsewhere: true };
  await put("declarations", entry.cti, standing);
  return standing;
}

/** What is shown of a declaration. */
export function describe(fields, setting, questionnaire) {
  return {
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
    iat: Math.floor(now() / 1000),
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

// --- keeping ---------------------------------------------------------------------------------------------------

/** Newest first; what is over by more days than it is kept is deleted first. */
export async function kept(days) {
  const found = await all("declarations");
  const over = found.filter((entry) => Date.parse(entry.arrival) + (days + 1) * DAY < now());
  await Promise.all(over.map((entry) => remove("declarations", entry.cti)));
  const left = found.filter((entry) => !over.includes(entry));
  return left.sort((a, b) => (a.arrival < b.arrival ? 1 : -1));
}

/** made | accepted | refused | withdrawn | expired: what there is to say of it. */
export function stateOf(entry) {
  if (entry.state === "withdrawing") return "withdrawn";
  return entry.state !== "withdrawn" && entry.expires <= now() ? "expired" : entry.state;
}

/** End a declaration, `erase` what it says at customs too; the server hears of it as soon as it can. */
export async function withdraw(entry, erase) {
  await put("declarations", entry.cti, { ...entry, state: "withdrawing", erase });
}

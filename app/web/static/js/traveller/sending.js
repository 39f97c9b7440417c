// Bringing declarations to customs, and asking what customs has: a counter or a kiosk may have corrected one. What was
// recorded there is never replaced without a word: it is shown here, and a change goes on from it.

import { now } from "./clock.js";
import { describe, deviceKey, hex } from "./declarations.js";
import { Refused, asked, bearer } from "./server.js";
import { all, replace } from "./store.js";
import { fieldsOf, saidBesides } from "./wire.js";

const CONFLICTS = new Set(["replayed", "superseded", "already_used"]);
const GONE = new Set(["withdrawn", "not-found"]);
const STEPS = { made: brought, withdrawing: withdrawn, accepted: refreshed };

const MOMENT = 2000; // milliseconds in which customs mostly has answered

/** A network may be there and dead: nobody waits for it longer than a moment; what comes later is shown then. */
export const soon = (work) => Promise.race([work, new Promise((done) => setTimeout(done, MOMENT))]);

/** Send whatever waits, ask after the others; one tab at a time. Returns whether anything changed. */
export function sync(setting, questionnaire) {
  const described = (fields) => ({ fields, ...describe(fields, setting, questionnaire) });
  return navigator.locks.request("declare-send", async () => {
    let changed = false;
    for (const entry of await all("declarations")) changed = (await step(entry, described)) || changed;
    return changed;
  });
}

async function step(entry, described) {
  const next = await outcome(entry, described);
  // deleted, changed or withdrawn in the meantime: the answer is about an older state
  const isSame = (kept) => kept.seq === entry.seq && kept.state === entry.state;
  return next !== null && replace("declarations", entry.cti, next, isSame);
}

/** What becomes of a declaration; null as long as nothing does. */
async function outcome(entry, described) {
  try {
    return (await STEPS[entry.state]?.(entry, described)) ?? null;
  } catch (error) {
    if (!(error instanceof Refused)) return null; // no network, or no answer: later
    const state = GONE.has(error.code) ? "withdrawn" : "refused";
    return { ...entry, state, refused: error.code };
  }
}

// --- what customs has ------------------------------------------------------------------------------------------

const seen = ({ id, secret }) => asked(`/declarations/${id}`, { headers: bearer(secret) });

async function refreshed(entry, described) {
  if (!entry.id || entry.expires <= now()) return null;
  const there = await seen(entry);
  const isSame = there.seq === entry.seq && there.lane === entry.lane && there.status === "active";
  if (!isSame) return takenOver(entry, there, described);
  const { receipt } = receipts(there);
  return receipt && signer(receipt) !== signer(entry.receipt) ? { ...entry, ...receipts(there) } : null; // the old key may be retired
}

/** A receipt begins with its kind and its header, which names the authority's key: 16 bytes in Base45. */
const signer = (receipt) => receipt?.slice(0, "EGR1:".length + 24);

/** The declaration as customs has it; `why` the phone's own change was not taken. */
function takenOver(entry, there, described, why = null) {
  const isOther = there.seq !== (entry.known ?? entry.seq) || why === "replayed";
  return { ...entry, ...described(fieldsOf(there.declared)), ...held(there), text: null, refused: why, elsewhere: isOther };
}

/** The receipt, and those of companions whose passports are named. */
const receipts = ({ credential }) => ({ receipt: credential?.text ?? null, others: credential?.companions ?? [] });

function held(answer) {
  return {
    state: answer.status === "withdrawn" ? "withdrawn" : "accepted",
    id: answer.id,
    reference: answer.reference,
    lane: answer.lane,
    seq: answer.seq,
    known: answer.seq,
    expires: Date.parse(answer.expires),
    ...receipts(answer),
    body: null,
  };
}

// --- sending ---------------------------------------------------------------------------------------------------

/** A new declaration is brought; a change too, unless customs has a correction that this phone has not seen. */
async function brought(entry, described) {
  if (!entry.id) return delivered(entry, described);
  const there = await seen(entry);
  const isOwn = there.channel === (entry.text ? "code" : "online"); // sent from here, and the answer was lost
  if (there.status === "withdrawn" || (there.seq > entry.known && !isOwn)) return takenOver(entry, there, described, "replayed");
  try {
    return await delivered(entry, described);
  } catch (error) {
    if (!CONFLICTS.has(error.code)) throw error;
    return takenOver(entry, await seen(entry), described, error.code);
  }
}

/**
 * The server has it: its receipt, and the secret with which it is changed and withdrawn. Where an earlier answer was
 * lost, a counter may have recorded something newer in the meantime: that stands.
 */
async function delivered(entry, described) {
  const answer = entry.text ? await sendText(entry) : await sendBody(entry);
  const owned = { ...entry, id: answer.id, secret: answer.secret ?? entry.secret };
  if (answer.counts ?? answer.seq === entry.seq) return { ...owned, ...held(answer) };
  return takenOver(owned, await seen(owned), described, answer.counts === false ? "replayed" : null);
}

/** The text, and a proof that it is this phone's: a picture of the code alone makes nobody its owner. */
async function sendText({ text, language, known, fields }) {
  const { privateKey } = await deviceKey();
  const said = new TextEncoder().encode(`egate-owner:${text}`);
  const proof = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, said);
  return asked("/declarations/phone", posted({ ...saidBesides(fields), text, language, known, proof: hex(new Uint8Array(proof)) }));
}

async function sendBody({ id, secret, body, key }) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  if (!id) return asked("/declarations?draw=false", { method: "POST", headers, body });
  return asked(`/declarations/${id}?draw=false`, { method: "PUT", headers: { ...headers, ...bearer(secret) }, body });
}

/** Withdrawn is what customs says is withdrawn, or no longer has. */
async function withdrawn(entry, described) {
  const known = entry.id ? entry : await delivered(entry, described);
  try {
    if (known.state !== "withdrawn") await asked(`/declarations/${known.id}?erase=${known.erase === true}`, { method: "DELETE", headers: bearer(known.secret) });
  } catch (error) {
    if (error.code === "already_used") return takenOver(known, await seen(known), described, error.code);
    if (!GONE.has(error.code)) throw new Error("later");
  }
  return { ...known, state: "withdrawn", receipt: null };
}

const posted = (content) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

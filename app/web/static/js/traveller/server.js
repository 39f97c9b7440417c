// Asking the service. Only its own word that a declaration does not stand counts as a refusal: whatever a proxy, a
// captive portal or a service that is busy says means "later".

import { compareClocks } from "./clock.js";

const API = "/api/v1";
const PATIENCE = 15_000; // milliseconds for an answer
const PROBLEM = "urn:egate:problem:";

/** What ends a code: the refusals of the credential format, those of a presentation, and of what was sent as JSON. */
const REFUSALS = new Set([
  "too_large", "prefix_unknown", "base45_invalid", "decrypt_failed", "cbor_invalid", "cose_invalid", "alg_forbidden",
  "key_invalid", "key_unknown", "signature_invalid", "claims_invalid", "expired", "not_yet_valid",
  "questionnaire_unknown", "wrong_arrival", "withdrawn", "declaration_unknown", "superseded", "replayed",
  "already_used", "document_mismatch", "invalid", "not-found",
]);

/** The service refused for good; `code` says why. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The answer as JSON. @throws {Refused}, and any other Error for "later" */
export async function asked(path, options = {}) {
  const answer = await fetch(API + path, { ...options, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
  if (answer.ok) {
    const content = await answer.json(); // which a captive portal has not, and its clock is its own
    compareClocks(Date.parse(answer.headers.get("Date")));
    return content;
  }
  const type = String((await answer.json().catch(() => null))?.type);
  const code = type.startsWith(PROBLEM) ? type.slice(PROBLEM.length) : "";
  throw REFUSALS.has(code) ? new Refused(code) : new Error("later");
}

export const bearer = (secret) => ({ Authorization: `Bearer ${secret}` });

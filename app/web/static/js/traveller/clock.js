// What time it is. A phone's clock may be wrong; the service says the time with every answer. Where the two are far
// apart its time is taken, also later without network: so that the right day can be chosen, what is signed is of
// today, and nothing that is kept ends before its time.

import { get, put } from "./store.js";

const TOLERANCE = 10 * 60_000; // milliseconds between two clocks

let ahead = 0; // milliseconds that the service's clock is ahead of the phone's

const isWrong = () => Math.abs(ahead) > TOLERANCE;

/** Milliseconds since 1970, by the service's clock where the phone's is wrong. */
export const now = () => Date.now() + (isWrong() ? ahead : 0);

/** What was found out last time. */
export async function recallClock() {
  ahead = (await get("state", "ahead")) ?? 0;
  tell();
}

/** Compare with the moment that an answer bears. */
export function compareClocks(there) {
  if (Number.isNaN(there)) return;
  ahead = there - Date.now();
  void put("state", "ahead", isWrong() ? ahead : 0);
  tell();
}

const tell = () => dispatchEvent(new CustomEvent("clock", { detail: isWrong() }));

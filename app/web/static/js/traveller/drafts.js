// What was typed and is not certified yet: one draft, and perhaps another that was laid aside for a change of a declaration.

import { now } from "./clock.js";
import { get, put, remove } from "./store.js";

const DAY = 86_400_000;

/** A form with nothing in it. */
export const emptyDraft = (site) => ({ fields: { to: site }, checked: false, amends: null, page: null });

export const isBegun = (draft) => draft.page !== null;

const isOver = (found, days) => found.saved + days * DAY < now();

/** What is kept, not longer than these days; `over`: it has just been deleted for its age. */
export async function keptDraft(days) {
  const found = await get("state", "draft");
  if (!found || !isOver(found, days)) return { found, over: false };
  await forgetDrafts();
  return { found: null, over: true };
}

const kept = (key) => (draft) => put("state", key, { ...draft, saved: now() });

export const keep = kept("draft");
const layAside = kept("aside");

export const forgetDrafts = () => Promise.all(["draft", "aside"].map((key) => remove("state", key)));

/** The change of a declaration as a draft; it goes on from what is known of it. A form that was begun is laid aside. */
export async function changeOf({ cti, fields, seq, elsewhere }, begun) {
  if (isBegun(begun) && !begun.amends) await layAside(begun);
  return { fields: { ...fields }, checked: true, amends: cti, seq, elsewhere, page: "check" };
}

/** The form that was laid aside, which is the draft again; null where there is none. */
export async function takenUp(days) {
  const aside = await get("state", "aside");
  await forgetDrafts();
  if (!aside || isOver(aside, days)) return null;
  await put("state", "draft", aside);
  return aside;
}

/** Whether a draft is the one that is kept; another tab may have certified it. */
export const isKept = async (draft) => (await get("state", "draft"))?.amends === draft.amends;

// What a page says of what was typed: how full the code is, that a day is over, how the way goes on; and what customs
// tells everybody.

import { now } from "./clock.js";
import { room } from "./declarations.js";
import { asked } from "./server.js";
import { get, put } from "./store.js";
import { rowsOf } from "./wire.js";
import { day, language, say } from "./words.js";

const ONE_MORE = 90; // characters of a line of goods or of a companion, rather many

const made = (name, textContent) => Object.assign(document.createElement(name), { textContent });

/** How full a code is that is made without network, before it is too full and when it is; with the way out. */
export function tellRoom(page, draft, questionnaire) {
  const place = page.querySelector("[data-capacity]");
  if (!place) return;
  const { length, most, fits } = room(draft.fields, questionnaire, draft.amends ? { seq: draft.seq } : null);
  const isNear = fits && length + ONE_MORE > most && page.dataset.step !== undefined;
  place.hidden = fits && !isNear;
  if (isNear) place.textContent = say("capacity_near", { length, most });
  else if (!fits) place.replaceChildren(made("strong", say("capacity_title")), ` ${say("capacity_hint", { length, most })}`);
}

/** A day that was chosen and is offered no more: it is over, or too far away. */
export function tellDay({ arrival_date: chosen }) {
  const [place, control] = ["day-over", "arrival_date"].map((id) => document.getElementById(id));
  const isOver = chosen && ![...control.options].some(({ value }) => value === chosen);
  place.hidden = !isOver;
  if (isOver) place.textContent = say("day_over", { day: day(chosen) });
}

/** Who travels alone goes on without family. */
export function nameContinue(page, fields) {
  const button = page.querySelector("[data-alone]");
  if (!button) return;
  button.dataset.onward ??= button.textContent;
  button.textContent = rowsOf("companion", fields).length ? button.dataset.onward : button.dataset.alone;
}

/** The notices that stand; without network those that were heard last, as long as they last. */
export async function tellNotices() {
  const found = await asked("/notices/standing").catch(() => get("state", "notices"));
  if (!found) return;
  await put("state", "notices", found);
  const standing = found.notices.filter((one) => !one.ends_at || Date.parse(one.ends_at) > now());
  const place = document.getElementById("notices");
  place.hidden = !standing.length;
  place.replaceChildren(
    ...standing.map(({ texts }) => {
      const one = made("details", "");
      one.className = "note more";
      one.append(made("summary", texts[language].title), made("p", texts[language].body));
      return one;
    }),
  );
}

// What a page says of what was typed: how full the code is, that a day is over, how the way goes on.

import { room } from "./declarations.js";
import { rowsOf } from "./wire.js";
import { day, say } from "./words.js";

const ONE_MORE = 90; // characters of a line of goods or of a companion, rather many

const strong = (text) => Object.assign(document.createElement("strong"), { textContent: text });

/** How full a code is that is made without network, before it is too full and when it is; with the way out. */
export function tellRoom(page, draft, questionnaire) {
  const place = page.querySelector("[data-capacity]");
  if (!place) return;
  const { length, most, fits } = room(draft.fields, questionnaire, draft.amends ? { seq: draft.seq } : null);
  const isNear = fits && length + ONE_MORE > most && page.dataset.step !== undefined;
  place.hidden = fits && !isNear;
  if (isNear) place.textContent = say("capacity_near", { length, most });
  else if (!fits) place.replaceChildren(strong(say("capacity_title")), ` ${say("capacity_hint", { length, most })}`);
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

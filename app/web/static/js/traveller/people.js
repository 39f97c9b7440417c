// People whose passport details stay on this phone for the next journey, because somebody chose so.

import { now } from "./clock.js";
import { all, put, remove } from "./store.js";
import { rowsOf } from "./wire.js";
import { say } from "./words.js";

const DAY = 86_400_000;
const PERSON = ["surname", "given_names", "document_number", "birth_date-day", "birth_date-month", "birth_date-year"];
const TRAVELLER = [...PERSON, "nationality", "issuer"];

/** Everybody kept, those not used for so many days deleted first. */
export async function keptPeople(days) {
  const found = await all("people");
  const over = found.filter((one) => one.used + days * DAY < now());
  await Promise.all(over.map((one) => remove("people", one.id)));
  return found.filter((one) => !over.includes(one));
}

/** Keep everybody on a declaration; whoever is known already is brought up to date. */
export async function keepPeople(fields) {
  const starts = ["", ...rowsOf("companion", fields).map((row) => `companion-${row}-`)];
  const known = new Map((await all("people")).map((one) => [one.id, one]));
  for (const start of starts) {
    const own = Object.fromEntries(TRAVELLER.map((name) => [name, fields[start + name]]).filter(([, value]) => value));
    const id = [own.surname, own.given_names, own["birth_date-year"], own["birth_date-month"], own["birth_date-day"]].join("|").toUpperCase();
    await put("people", id, { id, used: now(), fields: { ...known.get(id)?.fields, ...own } });
  }
}

/** The fields of a person at their place on a form. */
export const placed = (person, start, asTraveller) =>
  Object.fromEntries((asTraveller ? TRAVELLER : PERSON).map((name) => [start + name, person.fields[name] ?? ""]));

/** List people with what can be done; `use` and `drop` get the person. */
export function drawPeople(panel, people, use, drop) {
  panel.hidden = people.length === 0;
  const key = panel.dataset.people === "use" ? "people_use" : "people_add";
  panel.querySelector("ul").replaceChildren(...people.map((one) => row(one, key, use, drop)));
}

function row(person, key, use, drop) {
  const name = `${person.fields.surname ?? ""} ${person.fields.given_names ?? ""}`.trim();
  const line = document.createElement("li");
  line.className = "person";
  const said = Object.assign(document.createElement("bdi"), { textContent: name, dir: "ltr" });
  line.append(said, button(say(key), name, () => use(person)), button(say("people_delete"), name, () => drop(person)));
  return line;
}

function button(text, about, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: text });
  made.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: `: ${about}` }));
  made.addEventListener("click", act);
  return made;
}

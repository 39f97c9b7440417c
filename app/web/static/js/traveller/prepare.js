// What is done to the document once: choices that depend on the day or the language, the menu of languages.

import { now } from "./clock.js";
import { dayAt } from "./wire.js";
import { day, region } from "./words.js";

const at = (id) => document.getElementById(id);

/**
 * The days that can be chosen, as they are counted at the airport. Where the phone's clock differs from the service's
 * those of both: the clock may have been set right since the service was last heard.
 */
export function fillDays(setting) {
  const { zone, earliest, latest } = setting;
  const from = (moment) => Array.from({ length: latest - earliest + 1 }, (_, n) => dayAt(zone, moment, n + earliest));
  const days = [...new Set([...from(now()), ...from(Date.now())])].sort();
  const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
  const control = at("arrival_date");
  const chosen = control.value;
  control.replaceChildren(control.options[0], ...days.map((one) => option(one, day(one, true))));
  control.value = chosen;
}

/** The states that issue passports, named in the language of the page. */
export function fillStates(states) {
  const options = Object.entries(states).map(([code, name]) => Object.assign(document.createElement("option"), { value: code, textContent: region(name) }));
  at("states").replaceChildren(...options);
}

/** The parts of a date in the language's order; the first is the one that a complaint leads to. */
export function orderDates(place) {
  for (const date of place.querySelectorAll(".date")) {
    const name = date.closest("[data-date]").dataset.date;
    const parts = date.dataset.parts.split(" ").map((part) => date.querySelector(`[name$="-${part}"]`).parentElement);
    date.append(...parts);
    for (const [at, part] of parts.entries()) {
      const input = part.querySelector("input");
      input.id = at ? input.name : name;
      part.querySelector("label").htmlFor = input.id;
    }
  }
}

/** Another language shows the same page; the menu closes like one. */
export function prepareLanguages(asked) {
  const menu = document.querySelector(".languages");
  menu.addEventListener("click", ({ target }) => {
    const link = target.closest("a");
    if (link) link.hash = asked();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (menu.open && !menu.contains(target)) menu.open = false;
  });
}

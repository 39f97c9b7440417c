// Lists that grow: companions and goods. Lines are numbered from 0 without gaps, as the server numbers them.

import { rowsOf } from "./wire.js";

const FIRST = { companion: "surname", goods: "category" };

/** Draw the lines that the fields have; a list of goods begins with an empty one. */
export function drawList(list, fields) {
  const prefix = list.dataset.list;
  const rows = rowsOf(prefix, fields);
  const wanted = rows.length || prefix === "companion" ? rows : [0];
  list.replaceChildren(...wanted.map((row) => line(prefix, row)));
  if (prefix === "goods" && wanted.length === 1) list.querySelector("button").remove();
  document.getElementById(`add-${prefix}`).hidden = wanted.length >= Number(list.dataset.most);
}

function line(prefix, row) {
  const made = document.getElementById(`row-${prefix}`).content.firstElementChild.cloneNode(true);
  for (const one of [made, ...made.querySelectorAll("*")]) {
    for (const { name, value } of [...one.attributes]) {
      if (value.includes("ROW")) one.setAttribute(name, value.replaceAll("ROW", row));
    }
  }
  for (const one of made.querySelectorAll("h2, button span")) {
    one.textContent = one.textContent.replace("NUMBER", row + 1);
  }
  for (const button of made.querySelectorAll("button")) button.type = "button";
  return made;
}

/** The fields with one more line; `initial` fills it. */
export function withLine(prefix, fields, initial = {}) {
  const rows = rowsOf(prefix, fields);
  // goods begin with a line that nothing was typed into yet
  const begun = prefix === "goods" && rows.length === 0 ? { "goods-0-category": "" } : {};
  const row = begun["goods-0-category"] === "" ? 1 : rows.length;
  const added = Object.entries({ [FIRST[prefix]]: "", ...initial }).map(([name, value]) => [`${prefix}-${row}-${name}`, value]);
  return { ...fields, ...begun, ...Object.fromEntries(added) };
}

/** The fields without a line. */
export function withoutLine(prefix, fields, gone) {
  const rows = rowsOf(prefix, fields).filter((row) => row !== gone);
  const others = Object.entries(fields).filter(([name]) => !name.startsWith(`${prefix}-`));
  const kept = rows.flatMap((row, at) =>
    Object.entries(fields)
      .filter(([name]) => name.startsWith(`${prefix}-${row}-`))
      .map(([name, value]) => [name.replace(`-${row}-`, `-${at}-`), value]),
  );
  return Object.fromEntries([...others, ...kept]);
}

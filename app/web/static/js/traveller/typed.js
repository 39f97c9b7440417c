// What people type, made readable: the same as app/web/traveller/typed.py. Nothing here rejects.

import { digitsOf } from "./words.js";

/** Compatibility forms replaced (full-width letters), figures made 0-9, blanks made single. */
export function tidy(text) {
  const figures = text.normalize("NFKC").replace(/\p{Nd}/gu, figure);
  return figures.split(/\s+/u).filter(Boolean).join(" ");
}

/** Figures stand in tens; the tenth before one that is no figure is a nought. */
function figure(character) {
  const at = character.codePointAt(0);
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(at - value - 1))) value += 1;
  return String(value);
}

const MADE = {
  state: (text) => text.toUpperCase(),
  port: (text) => text.toUpperCase(),
  number: (text) => text.toUpperCase(),
  flight: (text) => text.toUpperCase().replace(/[ -]/g, ""),
};

/** What was typed into a field of this kind, as it is looked at. */
export const made = (kind, text) => (MADE[kind] ?? String)(tidy(text ?? ""));

/** A whole number; thousands may be set apart. Null for anything else. */
export function whole(text) {
  const digits = tidy(text).replaceAll(",", "").replaceAll(" ", "");
  return /^[0-9]{1,9}$/.test(digits) ? Number(digits) : null;
}

const SEPARATORS = { "\u066c": ",", "\u066b": ".", "\u060c": ",", "\u2019": "'", "\u202f": " " };
const THOUSANDS = /^\d{1,3}([,.' ])\d{3}(?:\1\d{3})*(?:[.,]\d{1,2})?$/;
const PLAIN = /^\d{1,12}(?:[.,]\d{1,3})?$/;

/** Minor units of what was typed: 12,000, 12.000 and 12000 of JPY are 12000. Null for anything else. */
export function amount(text, currency) {
  if (!currency) return null;
  let typed = tidy(text).replace(/[\u066c\u066b\u060c\u2019\u202f]/g, (one) => SEPARATORS[one]);
  const found = THOUSANDS.exec(typed);
  const digits = digitsOf(currency);
  if (found && !(found[1] === "." && digits === 3)) typed = typed.replaceAll(found[1], "");
  else if (!PLAIN.test(typed)) return null;
  const [whole, part = ""] = typed.replaceAll(",", ".").split(".");
  if (/[1-9]/.test(part.slice(digits))) return null;
  return Number(whole + part.slice(0, digits).padEnd(digits, "0"));
}

/** yyyy-mm-dd of three fields; 00 or nothing for what a passport leaves open. Null where no such day exists. */
export function passportDate(year, month, day) {
  const parts = [year, month || "00", day || "00"].map((part) => tidy(part ?? ""));
  if (!/^\d{4}$/.test(parts[0]) || !parts.slice(1).every((part) => /^\d\d?$/.test(part))) return null;
  const [y, m, d] = parts.map(Number);
  const at = new Date(Date.UTC(y, (m || 1) - 1, d || 1));
  const exists = at.getUTCFullYear() === y && at.getUTCMonth() === (m || 1) - 1 && at.getUTCDate() === (d || 1);
  if (!exists || y < 1 || (d && !m)) return null;
  return `${parts[0]}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
}

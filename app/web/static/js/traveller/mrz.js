// The two lines at the bottom of a passport (ICAO Doc 9303-4, TD3), typed by hand: check digits find the slips.

const LENGTH = 44;
const VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const WEIGHTS = [7, 3, 1];

/** The check digit of Doc 9303-3 section 4.9. */
export function checkDigit(text) {
  const sum = [...text].reduce((total, one, at) => total + Math.max(0, VALUES.indexOf(one)) * WEIGHTS[at % 3], 0);
  return String(sum % 10);
}

const tidied = (line) => line.normalize("NFKC").toUpperCase().replace(/\s/g, "").replace(/[«‹〈]/g, "<");

// number, birth, expiry, optional data, all of them: where the field stands, and its check digit
const CHECKS = [
  [[0, 9], 9],
  [[13, 19], 19],
  [[21, 27], 27],
  [[28, 42], 42],
];

/**
 * What the lines say.
 * @param {string} first
 * @param {string} second
 * @param {Date} today
 * @returns {{fields: Record<string, string>} | {wrong: "first" | "second" | "check"}}
 */
export function readLines(first, second, today) {
  const [one, two] = [tidied(first), tidied(second)];
  if (one.length !== LENGTH || !/^P[A-Z<][A-Z<]{3}[A-Z<]+$/.test(one)) return { wrong: "first" };
  if (two.length !== LENGTH || !/^[A-Z0-9<]+$/.test(two)) return { wrong: "second" };
  if (!CHECKS.every(([span, at]) => isRight(two.slice(...span), two[at]))) return { wrong: "check" };
  const all = two.slice(0, 10) + two.slice(13, 20) + two.slice(21, 43);
  if (!isRight(all, two[43])) return { wrong: "check" };
  const [surname, given = ""] = one.slice(5).split("<<");
  return {
    fields: {
      surname: named(surname), given_names: named(given), document_number: two.slice(0, 9).replaceAll("<", ""),
      issuer: one.slice(2, 5).replaceAll("<", ""), nationality: two.slice(10, 13).replaceAll("<", ""),
      ...birth(two.slice(13, 19), today),
    },
  };
}

/** An empty optional field may have < for its digit (Doc 9303-4, 4.2.2). */
const isRight = (field, digit) => digit === checkDigit(field) || (digit === "<" && /^<*$/.test(field));

const named = (text) => text.replaceAll("<", " ").trim();

/** Two figures of a year: of this century unless that is still to come. */
function birth(text, today) {
  const [year, month, day] = [text.slice(0, 2), text.slice(2, 4), text.slice(4)].map((part) => part.replaceAll("<", "0"));
  const short = `${today.getUTCFullYear() % 100}`.padStart(2, "0") + `${today.getUTCMonth() + 1}`.padStart(2, "0");
  const century = Math.floor(today.getUTCFullYear() / 100) - (year + month > short ? 1 : 0);
  return { "birth_date-year": `${century}${year}`, "birth_date-month": month, "birth_date-day": day };
}

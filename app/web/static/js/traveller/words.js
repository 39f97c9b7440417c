// The words of the page's language, from its template; dates, money and plurals in the language's form, by the
// patterns that the server's pages use, and not by what a browser thinks of them.

const said = new Map();
for (const one of document.getElementById("words").content.querySelectorAll("[data-word]")) {
  if (!one.dataset.forms) said.set(one.dataset.word, one.textContent);
  for (const [form, text] of Object.entries(JSON.parse(one.dataset.forms ?? "{}"))) said.set(`${one.dataset.word}.${form}`, text);
}

export const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const number = new Intl.NumberFormat("en"); // the figures of passports and signs, grouped alike in all languages

/** A text with its gaps filled. */
export function say(key, values = {}) {
  return said.get(key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A text about a number of things, in the plural form that the language has for it. */
export const count = (key, many) => say(`${key}.${plural.select(many)}`, { count: number.format(many) });

const { digits } = JSON.parse(document.getElementById("main").dataset.settings);

/** Digits of a currency's minor unit, as the server counts them; browsers have their own opinions. */
export const digitsOf = (currency) => digits[currency] ?? 2;

/** Minor units as money, as the server's pages write it. */
export function money(minor, currency) {
  const fraction = digitsOf(currency);
  const form = { minimumFractionDigits: fraction, maximumFractionDigits: fraction };
  return say("money", { currency, amount: new Intl.NumberFormat("en", form).format(minor / 10 ** fraction) });
}

/** A date yyyy-mm-dd as the server's pages write it, also the day of the week; with parts left open, as it is. */
export function day(iso, weekday) {
  const at = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return iso;
  return say(weekday ? "date" : "plain_date", {
    weekday: say(`weekdays.${(at.getUTCDay() + 6) % 7}`),
    day: at.getUTCDate(),
    month: say(`months.${at.getUTCMonth()}`),
    year: at.getUTCFullYear(),
  });
}

const CLOCK = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "shortOffset" };

/** A moment in the local time of a zone, the zone named: GMT+9. */
export function moment(milliseconds, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", { ...CLOCK, timeZone }).formatToParts(milliseconds);
  const at = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${day(`${at.year}-${at.month}-${at.day}`, true)} ${at.hour}:${at.minute} ${at.timeZoneName.replace(/\+0$/, "")}`;
}

/** A region's name in the language. */
const regions = new Intl.DisplayNames([language], { type: "region", fallback: "code" });
export const region = (code) => (code.length === 2 ? regions.of(code) : code);

// The words of the page's language, from its template; numbers, dates, money and plurals in the language's form.

const said = new Map();
for (const one of document.getElementById("words").content.querySelectorAll("[data-word]")) {
  if (!one.dataset.forms) said.set(one.dataset.word, one.textContent);
  for (const [form, text] of Object.entries(JSON.parse(one.dataset.forms ?? "{}"))) said.set(`${one.dataset.word}.${form}`, text);
}

export const language = document.documentElement.lang;
const FORMS = { ar: "ar-u-nu-latn", en: "en-GB" }; // the figures of passports and signs; day before month
const locale = FORMS[language] ?? language;
const plural = new Intl.PluralRules(locale);
const number = new Intl.NumberFormat(locale);

/** A text with its gaps filled. */
export function say(key, values = {}) {
  return said.get(key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A text about a number of things, in the plural form that the language has for it. */
export const count = (key, many) => say(`${key}.${plural.select(many)}`, { count: number.format(many) });

const { digits } = JSON.parse(document.getElementById("main").dataset.settings);

/** Digits of a currency's minor unit, as the server counts them; browsers have their own opinions. */
export const digitsOf = (currency) => digits[currency] ?? 2;

/** Minor units as money. */
export function money(minor, currency) {
  const fraction = digitsOf(currency);
  const form = { style: "currency", currency, minimumFractionDigits: fraction, maximumFractionDigits: fraction };
  return new Intl.NumberFormat(locale, form).format(minor / 10 ** fraction);
}

const DAY = { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" };

/** A date yyyy-mm-dd; with parts left open, as it is. */
export function day(iso, weekday) {
  const at = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return iso;
  return new Intl.DateTimeFormat(locale, weekday ? { ...DAY, weekday: "short" } : DAY).format(at);
}

/** A moment in the local time of a zone, the zone named. */
export function moment(milliseconds, timeZone) {
  const form = { ...DAY, timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" };
  return new Intl.DateTimeFormat(locale, form).format(milliseconds);
}

/** A region's name in the language. */
const regions = new Intl.DisplayNames([language], { type: "region", fallback: "code" });
export const region = (code) => (code.length === 2 ? regions.of(code) : code);

// The fields that were typed as the declaration they make: as the map of the code (integer keys, the shortest form
// there is), and as the JSON of the API. All fields are right when these are called for real; on the way there
// they also serve to tell how long the code would be.

import { amount, made, passportDate, tidy, whole } from "./typed.js";
import { digitsOf } from "./words.js";

const HOUR = 3600_000;

/** The numbers of the lines of a list. */
export function rowsOf(prefix, fields) {
  const found = Object.keys(fields).map((name) => new RegExp(`^${prefix}-(\\d+)-`).exec(name)?.[1]);
  return [...new Set(found.filter(Boolean))].map(Number).sort((a, b) => a - b);
}

/** The traveller and the companions, in order. */
export function peopleOf(fields) {
  return [personOf(fields, ""), ...rowsOf("companion", fields).map((row) => personOf(fields, `companion-${row}-`))];
}

function personOf(fields, start) {
  const part = (name) => fields[`${start}${name}`];
  return {
    surname: tidy(part("surname") ?? ""),
    given_names: tidy(part("given_names") ?? ""),
    document_number: made("number", part("document_number")),
    birth_date: passportDate(...["year", "month", "day"].map((name) => part(`birth_date-${name}`))) ?? "",
  };
}

/** The lines of goods that are filled in; a line with nothing but its currency is not. */
export function goodsOf(fields) {
  return rowsOf("goods", fields)
    .map((row) => ({ row, ...lineOf(fields, `goods-${row}-`) }))
    .filter((line) => line.typed);
}

function lineOf(fields, start) {
  const part = (name) => tidy(fields[`${start}${name}`] ?? "");
  return {
    typed: ["category", "description", "quantity", "value"].some(part),
    category: part("category"),
    description: part("description") || null,
    quantity: whole(part("quantity")),
    value: amount(part("value"), part("currency")),
    currency: part("currency"),
  };
}

/** The questions answered yes. */
export const yesTo = (fields, questionnaire) =>
  questionnaire.questions.filter((question) => fields[`answer-${question.id}`] === "yes");

/** Where one's own statements lead: the strictest; listed goods lead to the counter whatever was ticked. */
export function laneOf(fields, questionnaire) {
  const lanes = yesTo(fields, questionnaire).map((question) => question.lane);
  return Math.max(0, goodsWanted(fields, questionnaire) && goodsOf(fields).length ? 1 : 0, ...lanes);
}

/** Whether a yes asks for goods. */
export const goodsWanted = (fields, questionnaire) =>
  yesTo(fields, questionnaire).some((question) => question.demands.length > 0);

const declaredGoods = (fields, questionnaire) => (goodsWanted(fields, questionnaire) ? goodsOf(fields) : []);

/** JL001 as JL1. */
const flightOf = (fields) => made("flight", fields.flight).replace(/^([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})0+(?=\d)/, "$1");

const figures = (date) => Number(date.replaceAll("-", "")) || 0;
const plainNumber = (text) => text.replace(/[^A-Z0-9]/g, "");
const numberOf = (list, id) => list.find((one) => one.id === id)?.number ?? 0;

/** The declaration map of the code. */
export function declarationMap(fields, questionnaire) {
  const [who, ...companions] = peopleOf(fields);
  const answers = yesTo(fields, questionnaire).reduce((mask, question) => mask + 2 ** question.number, 0);
  return new Map([
    [1, [who.surname, who.given_names, plainNumber(who.document_number), made("state", fields.issuer),
      made("state", fields.nationality), figures(who.birth_date)]],
    [2, [flightOf(fields), made("port", fields.from), made("port", fields.to), figures(fields.arrival_date ?? ""),
      numberOf(questionnaire.purposes, fields.purpose)]],
    [3, [tidy(fields.address ?? ""), tidy(fields.phone ?? "")]],
    [4, companions.map((one) => [one.surname === who.surname ? null : one.surname, one.given_names,
      plainNumber(one.document_number) || null, figures(one.birth_date)])],
    [5, [questionnaire.id, answers]],
    [6, goodsLines(declaredGoods(fields, questionnaire), questionnaire)],
  ]);
}

function goodsLines(goods, questionnaire) {
  let above = null;
  return goods.map((line) => {
    const currency = line.currency === above ? null : line.currency;
    above = line.currency;
    const category = numberOf(questionnaire.categories, line.category);
    return [category, line.description, line.quantity ?? 0, line.value ?? 0, currency];
  });
}

/** What no code has room for: it goes along when the phone brings the code. */
export function saidBesides(fields) {
  const said = ["bags", "stay_nights"].map((name) => [name, tidy(fields[name] ?? "")]);
  return Object.fromEntries(said.filter(([, text]) => text).map(([name, text]) => [name, Number(text)]));
}

/** The declaration as the API takes it; for what no code has room for. */
export function submission(fields, questionnaire, language) {
  const [{ document_number: number, ...who }, ...companions] = peopleOf(fields);
  return {
    questionnaire: questionnaire.key,
    language,
    traveller: { ...who, document: { number, issuer: made("state", fields.issuer) }, nationality: made("state", fields.nationality) },
    journey: {
      flight: made("flight", fields.flight), from: made("port", fields.from), to: made("port", fields.to),
      arrival_date: fields.arrival_date, purpose: fields.purpose,
    },
    contact: { address: tidy(fields.address), phone: tidy(fields.phone ?? "") },
    companions: companions.map((one) => ({ ...one, document_number: one.document_number || null })),
    answers: Object.fromEntries(questionnaire.questions.map(({ id }) => [id, fields[`answer-${id}`] === "yes"])),
    goods: declaredGoods(fields, questionnaire).map(({ category, description, quantity, value, currency }) => ({
      category, description, quantity, value, currency,
    })),
    ...saidBesides(fields),
    certified: true,
  };
}

/** The fields of a declaration as the API shows it: what would have to be typed for it. */
export function fieldsOf({ traveller, journey, contact, companions, answers, goods, bags, stay_nights: nights }) {
  const fields = {
    ...personFields("", { ...traveller, document_number: traveller.document.number }),
    nationality: traveller.nationality,
    issuer: traveller.document.issuer,
    flight: journey.flight, from: journey.from, to: journey.to, arrival_date: journey.arrival_date, purpose: journey.purpose,
    address: contact?.address ?? "", phone: contact?.phone ?? "",
    bags: String(bags ?? ""), stay_nights: String(nights ?? ""),
  };
  companions.forEach((one, row) => Object.assign(fields, personFields(`companion-${row}-`, one)));
  for (const [id, isYes] of Object.entries(answers)) fields[`answer-${id}`] = isYes ? "yes" : "no";
  for (const [row, line] of goods.entries()) {
    const said = { ...line, description: line.description ?? "", value: inUnits(line.value, line.currency) };
    for (const [name, value] of Object.entries(said)) fields[`goods-${row}-${name}`] = String(value);
  }
  return fields;
}

function personFields(start, { surname, given_names, document_number, birth_date }) {
  const [year, month, day] = birth_date.split("-");
  const parts = { surname, given_names, document_number: document_number ?? "", "birth_date-day": day, "birth_date-month": month, "birth_date-year": year };
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [start + name, value]));
}

/** Minor units as they are typed: 1234.50. */
const inUnits = (minor, currency) => (minor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));

/** When a declaration ends: so long after the day of arrival began at the airport. Milliseconds. */
export function endOf(arrival, zone, seconds) {
  const midnight = Date.parse(`${arrival}T00:00:00Z`);
  return midnight - offsetOf(zone, midnight) + seconds * 1000;
}

/** How far a zone's clock is ahead at a moment. */
function offsetOf(timeZone, at) {
  const form = new Intl.DateTimeFormat("en-u-ca-iso8601", {
    timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  });
  const part = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute) - at;
}

/** The date at the airport, so many days from now. */
export function dayAt(zone, now, ahead = 0) {
  return new Date(now + offsetOf(zone, now) + ahead * 24 * HOUR).toISOString().slice(0, 10);
}

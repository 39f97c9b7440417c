// What the goods that are listed so far are estimated to cost: an estimate, and said to be one.

import { ageOn, estimate } from "../estimate.js";
import { goodsOf, peopleOf } from "./wire.js";
import { day, language, money, say } from "./words.js";

/** The phone computes with the questionnaire's numbers; its words are those of the page. */
export function giveWords(questionnaire) {
  const spoken = (key) => ({ [language]: say(key) });
  for (const one of questionnaire.allowances) one.text = spoken(`allowance.${one.id}`);
  const { duty } = questionnaire;
  if (!duty) return;
  duty.text = spoken("duty");
  const reasons = ["age", "currency", "item", "own_use", "rate", "whose"];
  duty.open = Object.fromEntries(reasons.map((reason) => [reason, spoken(`open.${reason}`)]));
}

const isWhole = (line) => line.category && line.quantity >= 1 && line.value !== null && line.currency;

/** Say what is over and about what it costs; nothing as long as no line is whole. */
export function drawEstimate(place, { fields, questionnaire }) {
  const goods = goodsOf(fields).filter(isWhole);
  const party = peopleOf(fields).map((one) => (one.birth_date && fields.arrival_date ? ageOn(one.birth_date, fields.arrival_date) : null));
  const rates = { exchange: questionnaire.exchange, day: fields.arrival_date };
  const found = goods.length ? estimate(questionnaire, { goods, party, language }, rates) : null;
  place.hidden = !found;
  if (found) place.replaceChildren(...said(found));
}

const element = (name, ...content) => {
  const made = document.createElement(name);
  made.append(...content);
  return made;
};

function said({ text, over, duty, unknown, exchange }) {
  const parts = [element("h2", say("estimate_title"))];
  if (over.length) {
    parts.push(element("p", `${say("estimate_over")}:`), element("ul", ...over.map((one) => element("li", one.text))));
  } else if (!unknown.length) parts.push(element("p", say("estimate_none")));
  if (duty.most > 0) parts.push(element("p", element("strong", `${say("estimate_duty")} ${between(duty)}`)));
  const open = [...new Set(unknown.map((one) => one.text))];
  if (open.length) parts.push(element("ul", ...open.map((one) => element("li", one))));
  if (exchange) parts.push(element("p", say(`exchange_${exchange.state}`, { from: day(exchange.from), until: day(exchange.until) })));
  parts.push(element("p", text));
  return parts;
}

function between({ least, most, currency }) {
  const apart = (minor) => `\u2068${money(minor, currency)}\u2069`; // or figures and sign part ways in Arabic (UAX 9)
  return least === most ? apart(most) : `${apart(least)} – ${apart(most)}`;
}

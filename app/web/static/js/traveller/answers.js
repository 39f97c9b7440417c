// The answers as they stand, to be checked: labels and values are read off the pages themselves, so that each says
// the same here as there. Every answer has a way back to its page.

import { tidied } from "./fields.js";
import { passportDate, tidy } from "./typed.js";
import { goodsOf } from "./wire.js";
import { count, day, money, region, say } from "./words.js";

const LATIN = new Set(["name", "number", "state", "flight", "port"]);

/** Draw all answers of these pages into a place. */
export function drawAnswers(place, pages, known) {
  const drawn = [];
  let questions = null;
  for (const page of pages) {
    if (page.dataset.step !== "questions") {
      drawn.push(section(page, rowsOfPage(page, known)));
    } else {
      questions ??= drawn[drawn.push(section(null, [])) - 1];
      questions.querySelector("dl").append(...rowsOfPage(page, known).map((row) => drawRow(row, page)));
    }
  }
  place.replaceChildren(...drawn);
}

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function section(page, rows) {
  const title = page ? page.querySelector("h1").textContent : say("questions_title");
  const head = element("div", "head", element("h2", "", title));
  if (page) head.append(change(page, title));
  return element("section", "answers", head, element("dl", "", ...rows.map((row) => drawRow(row, null))));
}

function change(page, about) {
  const link = element("a", "", say("change"), element("span", "visually-hidden", `: ${about}`));
  link.href = `#${page.dataset.page}`;
  return link;
}

function drawRow({ label, value, latin, follows }, page) {
  const said = element("bdi", "", value);
  if (latin) said.dir = "ltr";
  const row = element("div", "", element("dt", "", label), element("dd", "", said));
  if (page) row.append(element("dd", "act", change(page, label)));
  if (follows) row.append(element("dd", "follows", follows));
  return row;
}

function rowsOfPage(page, known) {
  if (page.dataset.step === "companions") return companionRows(page, known);
  if (page.dataset.step === "goods") return goodsRows(known);
  const asked = page.querySelectorAll("input[data-kind], select, input[type=radio], [data-date]");
  const rows = [...asked].map((one) => rowOf(one, page, known)).filter(Boolean);
  return rows.filter((row, at) => rows.findIndex((other) => other.label === row.label) === at);
}

function rowOf(control, page, known) {
  const label = labelOf(control, page);
  if (control.dataset.date) return { label, value: dateOf(control.dataset.date, known.fields) };
  if (control.type === "radio") return control.checked ? { label, value: control.labels[0].textContent.trim(), follows: followsOf(control, page) } : null;
  if (control.localName === "select") return { label, value: control.selectedOptions[0]?.textContent ?? "" };
  const value = tidied(control) ?? tidy(control.value);
  const latin = LATIN.has(control.dataset.kind);
  return { label, value: nameState(control, value, known) || say("unsaid"), latin: latin && value !== "" };
}

/** What a yes leads to, where no list of goods asks for it. */
const followsOf = (control, page) => (control.value === "yes" && page.querySelector("[data-follows]")?.textContent) || null;

// Isolated, so that no part is drawn into the direction of another.
const joined = (parts) => parts.filter(Boolean).map((part) => `\u2068${part}\u2069`).join(" · ");

const nameState = (control, value, { states }) =>
  control.dataset.kind === "state" && states[value] ? `${value} (${region(states[value])})` : value;

function labelOf(control, page) {
  if (page.dataset.step === "questions") return page.querySelector("h1").textContent;
  const group = control.dataset.date ? control : control.type === "radio" ? control.closest("fieldset") : null;
  return group ? group.querySelector("legend").textContent : control.labels[0].firstChild.textContent.trim();
}

function dateOf(id, fields) {
  const printed = passportDate(...["year", "month", "day"].map((part) => fields[`${id}-${part}`])) ?? "";
  return day(printed);
}

function companionRows(page, { fields }) {
  const lines = [...page.querySelectorAll("[data-row]")];
  if (!lines.length) return [{ label: page.querySelector("h1").textContent, value: say("none") }];
  return lines.map((line, at) => {
    const start = `companion-${line.dataset.row}-`;
    const part = (name) => tidy(fields[`${start}${name}`] ?? "");
    const said = [`${part("surname")} ${part("given_names")}`.trim(), part("document_number"), dateOf(`${start}birth_date`, fields)];
    return { label: say("companion", { number: at + 1 }), value: joined(said), latin: true };
  });
}

function goodsRows({ fields, questionnaire }) {
  const categories = new Map(questionnaire.categories.map((one) => [one.id, one]));
  return goodsOf(fields).map((line) => {
    const category = categories.get(line.category);
    const label = document.querySelector(`#row-goods`).content.querySelector(`option[value="${line.category}"]`)?.textContent ?? "";
    const quantity = category && line.quantity ? count(`unit_${category.unit}`, line.quantity) : "";
    const value = line.value === null ? "" : money(line.value, line.currency);
    return { label, value: joined([line.description, quantity, value]) };
  });
}

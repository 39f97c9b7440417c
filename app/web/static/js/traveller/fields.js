// A page looked at: what is wrong with it, said above and at the field (GOV.UK error summary), and nothing is lost.
// What a field demands stands in its HTML attributes, which the server writes from its one catalogue of rules.

import { amount, made, passportDate, tidy, whole } from "./typed.js";
import { goodsOf, yesTo } from "./wire.js";
import { say } from "./words.js";

const OLDEST = 130; // years; before that it is a slip

/**
 * @param {HTMLElement} page
 * @param {{fields: Record<string, string>, questionnaire: any, states: Record<string, string>, today: string}} known
 * @returns {{id: string, text: string}[]} in the order of the page
 */
export function problemsOf(page, known) {
  const asked = page.querySelectorAll("input[data-kind], select[required], input[type=radio][required], [data-date]");
  const ignored = page.dataset.step === "goods" ? emptyLines(page, known.fields) : [];
  const found = [...asked]
    .filter((one) => !ignored.some((line) => line.contains(one)))
    .map((one) => problemOf(one, known))
    .filter(Boolean);
  const unique = found.filter((one, at) => found.findIndex((other) => other.id === one.id) === at);
  return unique.length || page.dataset.step !== "goods" ? unique : demanded(page, known);
}

function problemOf(control, known) {
  if (control.dataset.date) return dateProblem(control, known);
  if (control.type === "radio") return radioProblem(control);
  if (control.localName === "select") return control.value ? null : problem(control);
  return isRight(control, known) ? null : problem(control);
}

const problem = (control, text = control.dataset.error) => ({ id: control.id, text });

function radioProblem(control) {
  const group = document.getElementsByName(control.name);
  return [...group].some((one) => one.checked) ? null : problem(group[0]);
}

function dateProblem(group, { fields, today }) {
  const id = group.dataset.date;
  const printed = passportDate(...["year", "month", "day"].map((part) => fields[`${id}-${part}`]));
  if (!printed || Number(printed.slice(0, 4)) < Number(today.slice(0, 4)) - OLDEST) return { id, text: group.dataset.error };
  return printed > today ? { id, text: say("error_birth_date_future") } : null;
}

const CHECKS = {
  name: (text) => text === "" || /\p{Script=Latin}/u.test(text),
  state: (text, control, { states }) => text in states,
  whole: (text) => whole(text) >= 1,
  amount: (text, control) => amount(text, siblingOf(control, "currency").value || "JPY") !== null,
};

function isRight(control, known) {
  const { kind } = control.dataset;
  const text = made(kind, control.value);
  if (!text) return !control.required && !isDescriptionWanted(control, known);
  const limits = text.length <= control.dataset.longest && matches(control.pattern, text);
  return limits && (CHECKS[kind]?.(text, control, known) ?? true);
}

const matches = (pattern, text) => !pattern || new RegExp(`^(?:${pattern})$`, "u").test(text);

const siblingOf = (control, name) => document.getElementById(control.id.replace(/[a-z_]+$/, name));

function isDescriptionWanted(control, { questionnaire }) {
  if (!control.id.endsWith("-description")) return false;
  const chosen = siblingOf(control, "category").value;
  return questionnaire.categories.some((one) => one.id === chosen && one.described);
}

// --- goods: a line left empty is no line, and a yes demands some ---------------------------------------------

function emptyLines(page, fields) {
  const filled = new Set(goodsOf(fields).map((line) => line.row));
  return [...page.querySelectorAll("[data-row]")].filter((line) => !filled.has(Number(line.dataset.row)));
}

function demanded(page, { fields, questionnaire }) {
  const wanted = new Set(yesTo(fields, questionnaire).flatMap((question) => question.demands));
  const kinds = new Map(questionnaire.categories.map((one) => [one.id, one.answers]));
  const listed = goodsOf(fields);
  const met = new Set(listed.map((line) => kinds.get(line.category)));
  const missing = [...wanted].sort().find((demand) => !met.has(demand));
  if (!missing) return [];
  const first = page.querySelector("[data-row] select").id;
  return [{ id: listed.length && missing === "packages" ? "add-goods" : first, text: say(`error_${missing}_required`) }];
}

// --- saying it -----------------------------------------------------------------------------------------------

const element = (name, attributes, ...content) => {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...content);
  return made;
};

/** Take back what was said of a page. */
export function unsay(page) {
  page.querySelectorAll(".error-summary, .error").forEach((one) => one.remove());
  page.querySelectorAll(".has-error").forEach((one) => one.classList.remove("has-error"));
  for (const one of page.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const one of page.querySelectorAll("[data-described]")) {
    describe(one, one.dataset.described);
    delete one.dataset.described;
  }
}

/** Say what is wrong, above and at each field; the focus goes to the summary. */
export function complain(page, problems) {
  unsay(page);
  problems.forEach((one) => mark(one));
  const links = problems.map(({ id, text }) => {
    const link = element("a", { href: `#${id}`, textContent: text });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(id).focus();
    });
    return element("li", {}, link);
  });
  const title = element("h2", { id: `${page.dataset.page}-wrong`, textContent: say("error_title") });
  const summary = element("div", { className: "error-summary", tabIndex: -1 }, title, element("ul", {}, ...links));
  summary.setAttribute("role", "alert");
  summary.setAttribute("aria-labelledby", title.id);
  page.prepend(summary);
  document.title = `${say("error_prefix")} ${page.querySelector("h1").textContent} – ${say("service")}`;
  summary.focus();
  summary.scrollIntoView({ block: "start" });
}

function mark({ id, text }) {
  const control = document.getElementById(id);
  const field = control.closest(".field");
  if (!field) return;
  field.classList.add("has-error");
  const prefix = element("span", { className: "visually-hidden", textContent: say("error_prefix") });
  const said = element("p", { className: "error", id: `${id}-error` }, prefix, ` ${text}`);
  const group = field.localName === "fieldset";
  const before = group ? field.querySelector(":scope > .date, :scope > .options") : control.closest(".option") ?? control;
  before.before(said);
  const told = group ? field : control;
  told.dataset.described = told.getAttribute("aria-describedby") ?? "";
  describe(told, `${told.dataset.described} ${said.id}`.trim());
  const wrong = field.dataset.date ? field.querySelectorAll("input") : group ? [] : [control];
  wrong.forEach((one) => one.setAttribute("aria-invalid", "true"));
}

function describe(control, by) {
  if (by) control.setAttribute("aria-describedby", by);
  else control.removeAttribute("aria-describedby");
}

/** Codes are shown as they are taken: in capitals, without what does not count. */
export function tidied(control) {
  const { kind } = control.dataset;
  if (["state", "port", "number"].includes(kind)) return made(kind, control.value);
  return kind === "flight" ? tidy(control.value).toUpperCase() : null;
}

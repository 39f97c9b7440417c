// The traveller's app: one document, one page of it at a time, every input kept at once on the phone.
//
// It takes over from the server's page-by-page form where the browser can keep keys and data (a secure context,
// IndexedDB that lets it); elsewhere the links of the first page lead on as they are.

import { drawAnswers } from "./answers.js";
import { now, recallClock } from "./clock.js";
import { prepareCode, showCode, stayLit } from "./code.js";
import { NotNow, certify, fetchAuthority, kept, withdraw } from "./declarations.js";
import { changeOf, emptyDraft, forgetDrafts, isBegun, isKept, keep, keptDraft, takenUp } from "./drafts.js";
import { drawEstimate, giveWords } from "./estimated.js";
import { complain, problemsOf, tidied, unsay } from "./fields.js";
import { drawList, withLine, withoutLine } from "./lists.js";
import { readLines } from "./mrz.js";
import { keepOffline } from "./offline.js";
import { atCustoms, codeLink, eraseAll, isLive, ownLine } from "./own.js";
import { drawPeople, keepPeople, keptPeople, placed } from "./people.js";
import { fillDays, fillStates, orderDates, prepareLanguages } from "./prepare.js";
import { soon, sync } from "./sending.js";
import { canKeep, clear, get, remove } from "./store.js";
import { nameContinue, tellDay, tellNotices, tellRoom } from "./telling.js";
import { dayAt, goodsWanted, rowsOf } from "./wire.js";
import { day, language, say } from "./words.js";

const at = (id) => document.getElementById(id);
const main = at("main");
const setting = JSON.parse(main.dataset.settings);
const sections = new Map([...main.querySelectorAll(":scope > [data-page]")].map((one) => [one.dataset.page, one]));
const FORM = [...sections.values()].filter((one) => one.dataset.step);
const LAST = ["check", "certify"];

let draft = null;
let questionnaire = null;
let states = null;
let isOpen = false;

const known = () => ({ fields: draft.fields, questionnaire, states, today: dayAt(setting.zone, now()) });

// --- the draft ---------------------------------------------------------------------------------------------------

async function openDraft() {
  const { found, over } = await keptDraft(setting.kept.draft);
  draft = found ?? emptyDraft(setting.site);
  at("draft-over").hidden = !over;
}

async function keepDraft() {
  await keep(draft);
  tabs.postMessage("draft");
}

/** Done with what was typed; `next` is gone on with. */
async function dropDraft(next = null) {
  draft = next ?? emptyDraft(setting.site);
  FORM.forEach(draw); // hidden pages forget, too
  if (!next) await forgetDrafts();
  tabs.postMessage("draft");
}

const tabs = new BroadcastChannel("declare");

/** Another tab has changed the draft: there is one, and both go on from it. */
async function follow() {
  const { page } = draft;
  await openDraft();
  if (isBegun(draft)) draft.page = page ?? draft.page;
  FORM.filter((one) => !one.hidden).forEach(draw);
}

function setFields(fields, page) {
  draft.fields = fields;
  void keepDraft();
  draw(page);
}

// --- pages -------------------------------------------------------------------------------------------------------

/** The pages that this traveller sees, in order; goods are asked for only when a yes demands them. */
const pages = () => FORM.filter((one) => one.dataset.step !== "goods" || goodsWanted(draft.fields, questionnaire));

const names = () => [...pages().map((one) => one.dataset.page), ...LAST];

/** The first page that is not filled in rightly yet. */
const firstOpen = () => pages().find((page) => (draw(page), problemsOf(page, known()).length > 0));

/** Put what was typed into a page. */
function draw(page) {
  const list = page.querySelector("[data-list]");
  if (list) drawList(list, draft.fields);
  for (const control of page.querySelectorAll("[name]:not([data-aside])")) {
    const value = draft.fields[control.name] ?? "";
    if (control.type === "radio") control.checked = control.value === value;
    else if (control.type !== "checkbox" && control.localName !== "button") control.value = value;
  }
  for (const one of page.querySelectorAll("[data-yes]")) one.hidden = draft.fields[`answer-${one.dataset.yes}`] !== "yes";
  nameContinue(page, draft.fields);
  tell(page);
}

/** What follows from what was typed: whether it fits into a code, what it is estimated to cost, a day that is over. */
function tell(page) {
  tellFill(page);
  if (page.dataset.step === "journey") tellDay(draft.fields);
  if (page.dataset.step === "goods") drawEstimate(at("estimate"), known());
}

const tellFill = (page) => questionnaire && tellRoom(page, draft, questionnaire);

async function show(name) {
  const [kind, about] = name.split("/");
  const section = sections.get(kind);
  if (section.dataset.step || LAST.includes(kind)) {
    const missing = firstOpen();
    const order = names();
    if (missing && order.indexOf(kind) > order.indexOf(missing.dataset.page)) return go(missing.dataset.page, true);
    if (!order.includes(kind)) return go(missing?.dataset.page ?? "check", true);
    draft.page = kind;
    await keepDraft();
  }
  if ((await PREPARE[kind]?.(about, section)) === ELSEWHERE) return undefined;
  if (section.dataset.step) draw(section);
  for (const one of sections.values()) {
    unsay(one);
    one.hidden = one !== section;
  }
  tellProgress(section, kind);
  const title = section.querySelector("h1");
  document.title = `${title.textContent} – ${say("service")}`;
  title.tabIndex = -1;
  if (isOpen) title.focus({ preventScroll: true });
  scrollTo(0, 0);
  await stayLit();
}

function tellProgress(section, kind) {
  const place = section.querySelector("[data-progress]");
  if (!place) return;
  const order = names().slice(0, -1);
  const values = { number: order.indexOf(kind) + 1, total: order.length };
  place.textContent = place.dataset.progress.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function go(name, instead = false) {
  if (instead) history.replaceState(null, "", `#${name}`);
  else if (location.hash.slice(1) !== name) history.pushState(null, "", `#${name}`);
  return show(name);
}

function asked() {
  const name = decodeURIComponent(location.hash.slice(1));
  return sections.has(name.split("/")[0]) ? name : "start";
}

const ELSEWHERE = Symbol("another page is shown");

const PREPARE = {
  start: drawStart,
  passport: () => drawSaved("use"),
  companions: () => drawSaved("add"),
  check: (_, section) => {
    draft.checked = true;
    void keepDraft();
    drawAnswers(at("answers-given"), pages(), known());
    tellFill(section);
  },
  certify: (_, section) => {
    at("certified").checked = false;
    tellFill(section);
  },
  code: openCode,
  mine: drawMine,
  help: () => {
    at("deleted").hidden = true;
    return drawHelp();
  },
};

const NEWS = { start: drawStart, code: openCode, mine: drawMine };

// --- going on ----------------------------------------------------------------------------------------------------

async function onward(section) {
  const kind = section.dataset.page;
  if (kind === "certify") return certified(section);
  if (kind === "check") return go("certify");
  const problems = problemsOf(section, known());
  if (problems.length) return complain(section, problems);
  if (draft.checked) return go(firstOpen()?.dataset.page ?? "check");
  const order = names();
  return go(order[order.indexOf(kind) + 1]);
}

function back(section) {
  const order = names();
  const before = order[order.indexOf(section.dataset.page) - 1];
  return go(before ?? "start");
}

async function certified(section) {
  const box = at("certified");
  if (!box.checked) return complain(section, [{ id: box.id, text: box.dataset.error }]);
  try {
    const pressed = draft;
    const entry = await navigator.locks.request("declare-certify", () => certifyOnce(pressed));
    if (!entry) return go("mine", true);
    if (at("save-people").checked) await keepPeople(entry.fields);
    at("save-people").checked = false;
    void navigator.storage?.persist?.(); // asked for when there is something to lose
    history.replaceState(null, "", "#mine"); // Back does not lead into what was certified
    await soon(sendWaiting());
    return go(`code/${entry.cti}`);
  } catch (error) {
    const code = error instanceof NotNow ? error.message : "error_general";
    return complain(section, [{ id: box.id, text: say(code) }]);
  }
}

/** A draft becomes one declaration; null where it was certified before, by another tab or another press. */
async function certifyOnce(pressed) {
  if (draft.amends !== pressed.amends || !(await isKept(pressed))) return null;
  const entry = await certify(draft, setting, questionnaire, language);
  await dropDraft(await takenUp(setting.kept.draft));
  return entry;
}

/** Send what waits, and show what came of it where that is shown; nothing that is being filled in moves. */
async function sendWaiting() {
  if (!navigator.onLine) return;
  const changed = await sync(setting, questionnaire);
  const [kind, about] = asked().split("/");
  if (changed && isOpen) await NEWS[kind]?.(about);
}

// --- pages that are more than fields -------------------------------------------------------------------------------

async function drawStart() {
  const found = await kept(setting.kept.declaration);
  const live = found.filter(isLive);
  at("kept-codes").hidden = live.length === 0;
  at("kept-codes").querySelector("ul").replaceChildren(...live.map((entry) => codeLink(entry, "button primary big")));
  at("to-mine").hidden = found.length === 0;
  at("begun").hidden = !isBegun(draft);
  at("begin").hidden = isBegun(draft);
  at("resume").href = `#${draft.page ?? "passport"}`;
  const begin = at("begin").querySelector("a");
  begin.classList.toggle("primary", live.length === 0);
  if (live.length) begin.textContent = begin.dataset.new;
}

async function drawMine() {
  const found = await kept(setting.kept.declaration);
  at("gone").hidden = true;
  sections.get("mine").querySelector("[data-none]").hidden = found.length > 0;
  at("own").replaceChildren(...found.map((entry) => ownLine(entry, onceRemoved)));
}

async function onceRemoved() {
  await drawMine();
  sections.get("mine").querySelector("h1").focus();
}

async function openCode(cti) {
  const entry = await get("declarations", cti ?? "");
  if (entry) return showCode(entry, setting.zone);
  await go("mine", true);
  at("gone").hidden = false;
  return ELSEWHERE;
}

async function drawSaved(how) {
  const panel = main.querySelector(`[data-people="${how}"]`);
  const people = await keptPeople(setting.kept.person);
  drawPeople(
    panel,
    people,
    (person) => usePerson(person, how),
    async (person) => {
      await remove("people", person.id);
      await drawSaved(how);
    },
  );
}

function usePerson(person, how) {
  if (how === "use") return setFields({ ...draft.fields, ...placed(person, "", true) }, sections.get("passport"));
  const row = rowsOf("companion", draft.fields).length;
  if (row >= Number(main.querySelector('[data-list="companion"]').dataset.most)) return undefined;
  return setFields({ ...draft.fields, ...placed(person, `companion-${row}-`, false) }, sections.get("companions"));
}

// --- what is pressed and typed ---------------------------------------------------------------------------------------

function typed({ target }) {
  if (!target.name || target.type === "checkbox" || "aside" in target.dataset) return;
  draft.fields[target.name] = target.value;
  draft.page ??= asked();
  void keepDraft();
  tell(target.closest("[data-page]"));
}

function changed(event) {
  const shown = event.target.dataset?.kind ? tidied(event.target) : null;
  if (shown !== null) event.target.value = shown;
  typed(event);
}

function pressed(event) {
  const button = event.target.closest("button");
  const page = button?.closest("[data-page]");
  if (!page) return;
  if (button.dataset.go === "back") void back(page);
  const [action, row] = button.name === "go" ? button.value.split("-") : [];
  if (action === "add") addLine(page);
  if (action === "remove") {
    setFields(withoutLine(page.querySelector("[data-list]").dataset.list, draft.fields, Number(row)), page);
    page.querySelector("[value=add]").focus();
  }
}

function addLine(page) {
  const prefix = page.querySelector("[data-list]").dataset.list;
  const initial = prefix === "companion" ? { surname: draft.fields.surname ?? "" } : {};
  setFields(withLine(prefix, draft.fields, initial), page);
  const last = [...page.querySelectorAll("[data-row]")].at(-1);
  last.querySelector(prefix === "companion" ? "[id$=given_names]" : "select").focus();
}

function fillFromLines() {
  const [first, second] = [at("mrz-first"), at("mrz-second")];
  const read = readLines(first.value, second.value, new Date(now()));
  if (read.wrong) {
    at("mrz-said").textContent = say(`error_mrz_${read.wrong}`);
    (read.wrong === "first" ? first : second).focus();
    return;
  }
  setFields({ ...draft.fields, ...read.fields }, sections.get("passport"));
  first.value = second.value = "";
  at("mrz-said").textContent = say("mrz_done");
}

async function change() {
  const cti = asked().split("/")[1];
  const entry = await get("declarations", cti);
  if (!entry) return openCode(cti); // deleted in another tab
  draft = await changeOf(entry, draft);
  await keepDraft();
  return go("check");
}

async function withdrawShown() {
  const cti = asked().split("/")[1];
  const entry = await get("declarations", cti);
  if (!entry) return openCode(cti);
  await withdraw(entry, at("withdraw-erase").checked);
  await soon(sendWaiting());
  await openCode(cti);
  await stayLit();
  at("code-state").scrollIntoView({ block: "nearest" });
  return undefined;
}

async function deleteAll() {
  const said = at("deleted");
  said.hidden = false;
  if (at("delete-erase").checked) {
    said.textContent = `${say("withdraw_waiting")} ${say("delete_waiting")}`;
    if (!(await eraseAll(sendWaiting))) return;
  }
  await dropDraft();
  await clear();
  said.textContent = say("delete_all_done");
  await drawHelp();
  void fetchAuthority();
}

/** Erasing is offered where customs has something of this phone. */
async function drawHelp() {
  at("delete-erase").checked = false;
  at("delete-erase").parentElement.hidden = (await atCustoms()).length === 0;
}

const PRESSES = {
  "mrz-fill": fillFromLines,
  "code-change": change,
  "withdraw-yes": withdrawShown,
  "code-forget": async () => {
    await remove("declarations", asked().split("/")[1]);
    await go("mine", true);
  },
  "delete-all": deleteAll,
  clear: async () => {
    await dropDraft();
    await drawStart();
  },
};

// --- beginning -------------------------------------------------------------------------------------------------------

/** Links lead to pages of the app, buttons of lines do not send the form. */
function takeOver() {
  for (const link of document.querySelectorAll("[data-app]")) link.href = link.dataset.app;
  for (const button of main.querySelectorAll("button[name=go]")) button.type = "button";
  for (const section of sections.values()) {
    section.querySelector(":scope > form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      void onward(section);
    });
  }
  for (const [id, act] of Object.entries(PRESSES)) at(id).addEventListener("click", () => void act());
  main.addEventListener("input", typed);
  main.addEventListener("change", changed);
  main.addEventListener("click", pressed);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // its address would be that of a page
    main.focus();
  });
  tabs.addEventListener("message", () => void follow());
  prepareCode();
  prepareLanguages(asked);
  addEventListener("popstate", () => void show(asked()));
  addEventListener("online", () => void sendWaiting());
  addEventListener("unkept", () => {
    at("unkept").hidden = false;
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && (void sendWaiting(), void tellNotices()));
}

const json = async (address) => (await fetch(address, { credentials: "omit" })).json();

async function begin() {
  [questionnaire, states] = await Promise.all([json("/declare/questionnaire.json"), json("/declare/states.json")]);
  giveWords(questionnaire);
  addEventListener("clock", ({ detail: isWrong }) => {
    at("clock").hidden = !isWrong;
    fillDays(setting);
  });
  await recallClock();
  await openDraft();
  orderDates(document);
  orderDates(at("row-companion").content);
  fillStates(states);
  takeOver();
  await show(asked());
  isOpen = true;
  document.documentElement.dataset.ready = ""; // whoever waits for the page (tests) may go on
  void keepOffline(fetchAuthority);
  void sendWaiting();
  void tellNotices();
}

if (isSecureContext && "indexedDB" in globalThis && crypto.subtle && navigator.locks && (await canKeep())) await begin();

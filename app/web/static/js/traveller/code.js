// The page of a code: drawn black on white, the screen kept lit, one picture for everybody who walks alone.

import { stateOf } from "./declarations.js";
import { drawn, picture } from "./qr.js";
import { count, day, moment, say } from "./words.js";

const at = (id) => document.getElementById(id);
let shown = null;

/** The code of whoever is chosen: a receipt of one's own, or the family's. */
const ownText = () => shown.entry.others?.[shown.person - 1] ?? shown.entry.receipt ?? shown.entry.text;

/** Show a declaration of this phone; whose code was chosen stays chosen when there is news of it. */
export function showCode(entry, zone) {
  const isSame = shown?.entry.cti === entry.cti && shown.person < entry.people.length;
  shown = { entry, zone, person: isSame ? shown.person : 0 };
  const state = stateOf(entry);
  const text = ownText();
  const isLive = (state === "made" || state === "accepted") && Boolean(text);
  at("code-state").replaceChildren(...stateWords(entry, state));
  at("code-replaced").hidden = !(entry.seq > 0 && isLive);
  at("ticket").hidden = !isLive;
  at("code-save").hidden = !isLive;
  at("code-lane").hidden = !isLive;
  at("code-change").parentElement.hidden = state === "withdrawn" || state === "expired";
  at("code-withdraw").parentElement.hidden = !(state === "made" || state === "accepted");
  at("withdraw-sure").hidden = true;
  at("code-withdraw").setAttribute("aria-expanded", "false");
  showPeople(entry, isLive);
  showFacts(entry, zone);
  if (isLive) showTicket(text);
}

function stateWords(entry, state) {
  const strong = Object.assign(document.createElement("strong"), { textContent: say(`state_${state}`) });
  const more = [moreOf(entry, state), entry.elsewhere && state === "accepted" && "changed_elsewhere"].filter(Boolean);
  return [strong, ...more.flatMap((key) => [document.createElement("br"), say(key)])];
}

/** What else there is to say of a state. */
function moreOf(entry, state) {
  if (entry.state === "withdrawing") return "withdraw_waiting";
  if (entry.refused === "already_used") return "used_hint";
  if (state === "refused") return "refused_hint";
  if (state !== "made") return null;
  if (!entry.text) return "capacity_title";
  return entry.text.startsWith("EGD1:") ? "plain_made" : "offline_made";
}

function showPeople(entry, isLive) {
  const group = at("code-people");
  group.hidden = !(isLive && entry.people.length > 1);
  group.querySelector(".options").replaceChildren(...entry.people.map(choice));
  nameTicket();
}

function choice(name, number) {
  const input = Object.assign(document.createElement("input"), {
    type: "radio", name: "whose", id: `whose-${number}`, value: number, checked: number === shown.person,
  });
  input.dataset.aside = "";
  input.addEventListener("change", () => {
    shown.person = number;
    nameTicket();
    showTicket(ownText());
  });
  const label = Object.assign(document.createElement("label"), { htmlFor: input.id });
  label.append(Object.assign(document.createElement("bdi"), { textContent: name, dir: "ltr" }));
  const option = Object.assign(document.createElement("div"), { className: "option" });
  option.append(input, label);
  return option;
}

const ownName = () => (shown.entry.people.length > 1 ? shown.entry.people[shown.person] : "");

function nameTicket() {
  at("code-name").textContent = ownName();
}

function showFacts(entry, zone) {
  at("code-reference").textContent = entry.reference ?? "";
  at("code-flight").textContent = entry.flight;
  at("code-arrival").textContent = day(entry.arrival, true);
  at("code-persons").textContent = [count("persons_count", entry.people.length), entry.goods ? count("goods_count", entry.goods) : ""].filter(Boolean).join(" · ");
  at("code-until").textContent = moment(entry.expires, zone);
  const lane = at("code-lane");
  lane.className = `lane lane-${entry.lane}`;
  lane.querySelector("h2").textContent = say(`lane_${entry.lane}`);
  lane.querySelector("[data-hint]").textContent = say(`lane_${entry.lane}_hint`);
}

/** A code that others could read is shown when it is asked for. */
function showTicket(text) {
  const open = text.startsWith("EGD1:");
  const ticket = at("ticket");
  ticket.querySelector(".qr").replaceChildren(drawn(text));
  ticket.classList.toggle("veiled", open);
  at("reveal").hidden = !open;
}

/** The buttons of the page that need nothing but what is shown. */
export function prepareCode() {
  at("reveal").addEventListener("click", () => {
    at("ticket").classList.remove("veiled");
    at("reveal").hidden = true;
  });
  at("code-withdraw").addEventListener("click", ({ currentTarget }) => {
    const sure = at("withdraw-sure");
    sure.hidden = !sure.hidden;
    currentTarget.setAttribute("aria-expanded", String(!sure.hidden));
  });
  at("withdraw-no").addEventListener("click", () => at("code-withdraw").click());
  at("code-save").addEventListener("click", save);
  document.addEventListener("visibilitychange", stayLit);
}

async function save() {
  const { entry, zone } = shown;
  const lines = [entry.reference, ownName(), say(`lane_${entry.lane}`), `${entry.flight} · ${day(entry.arrival, true)}`, `${say("valid_until")} ${moment(entry.expires, zone)}`];
  const blob = await picture(ownText(), lines.filter(Boolean));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `e-gate-${entry.reference}${shown.person ? `-${shown.person + 1}` : ""}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let light = null;

/** The screen stays lit while a code is looked at, and no longer. */
export async function stayLit() {
  const wanted = document.visibilityState === "visible" && !at("ticket").closest("[data-page]").hidden && !at("ticket").hidden;
  if (!wanted || !("wakeLock" in navigator)) {
    await light?.release();
    light = null;
    return;
  }
  try {
    light = await navigator.wakeLock.request("screen");
  } catch {
    // low battery, or a browser that cannot: the page says to turn the brightness up
  }
}

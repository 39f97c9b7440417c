// Regions of a page that follow what happens: [data-live] names the kinds of hints they care for,
// [data-ids] (if any) the things; [data-live-rows] names kinds that matter only when a row is [data-about]
// the thing. One fetch at a time each; what comes meanwhile is fetched afterwards: a few at once, then at
// the pace of the refill.
// [data-pace] (ms): a region of figures that is costly to make is fetched at that pace, from the first time on.
// A region with a [data-version] is only a notice: it is shown when its thing has become newer.
import { announce } from "./announce.js";
import { tick } from "./moments.js";

const GAP = 100; // ms between the starts of two fetches of a region
const BURST = 4; // fetches in a row at that pace
const REFILL = 600; // ms for one more
const states = new Map();
const before = new WeakMap(); // what an officer has done, by the swap it has to outlive: swaps run into each other
let htmx;

export function keepRegions(library) {
  htmx = library;
  document.addEventListener("htmx:before:swap", (event) => {
    const { response } = event.detail.ctx;
    const kind = response.headers.get("content-type") ?? "";
    if (!kind.startsWith("text/html")) event.preventDefault(); // a problem is no page
    before.set(event.detail.ctx, byHand());
  });
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["Accept-Language"] = document.documentElement.lang;
  });
  document.addEventListener("htmx:finally:request", (event) => done(event.detail.ctx.sourceElement));
  document.addEventListener("htmx:after:swap", (event) => {
    putBack(before.get(event.detail.ctx));
    dropProblems();
    tick();
    for (const region of regions()) announce(region);
  });
  for (const region of regions()) {
    announce(region);
    if (isAnswer(region)) region.dataset.fresh = "";
  }
}

/** Ids of what is opened and of choices that are made; texts in fields: [id, value, whether an officer wrote it]. */
function byHand() {
  const all = (selector) => [...document.querySelectorAll(`[data-live] ${selector}`)];
  return {
    opened: all("details[id][open]").map((one) => one.id),
    chosen: all(":is([type=radio], [type=checkbox]):checked").map((one) => one.id),
    typed: all(":is(input[type=text], textarea)")
      .filter((one) => one.id && one.value)
      .map((one) => [one.id, one.value, one.value !== one.defaultValue || isAnswer(one.closest("[data-live]"))]),
  };
}

function putBack({ opened, typed, chosen }) {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", ""); // a fragment closes no form at work
  for (const [id, value, own] of typed) {
    const field = document.getElementById(id);
    if (field) field.value ||= value; // what a refused form came back with is nobody's to take away
    else if (own) keepWords(value);
  }
  for (const id of chosen) {
    const choice = id && document.getElementById(id);
    if (choice && !choice.form?.querySelector(`[name="${CSS.escape(choice.name)}"]:checked`)) choice.checked = true;
  }
}

/** What is wrong is said as long as its field is there. A list without a line goes, and its focus to the decision. */
function dropProblems() {
  for (const link of document.querySelectorAll('.error-summary a[href^="#"]')) {
    if (document.getElementById(link.hash.slice(1))) continue;
    const summary = link.closest(".error-summary");
    const held = summary.contains(document.activeElement);
    link.closest("li").remove();
    if (summary.querySelector("li")) continue;
    summary.remove();
    if (held) document.querySelector("[data-first]")?.focus({ preventScroll: true });
  }
}

/** A region that came back with a form, what was typed and what is wrong in it. */
const isAnswer = (region) => region.querySelector(".has-error, [data-typed]") !== null;

/** A form that went away under somebody's hand (a colleague has the case now) leaves its words behind, to be copied. */
function keepWords(words) {
  const box = document.getElementById("typed");
  const list = box?.querySelector("ul");
  if (!list || [...list.children].some((line) => line.textContent === words)) return; // another swap kept them
  const line = document.createElement("li");
  line.textContent = words;
  list.append(line);
  box.hidden = false;
}

const regions = () => document.querySelectorAll("[data-live]");

/** Fetch the regions that a hint concerns; all of them without a hint. */
export function refresh(hint) {
  for (const region of regions()) {
    if (!concerns(region, hint)) continue;
    if (!hint && "fresh" in region.dataset) {
      delete region.dataset.fresh; // it was made for this page: there was nothing before that to be missed
      continue;
    }
    if ("version" in region.dataset) notice(region, hint);
    else want(region);
  }
}

function concerns(region, hint) {
  if (!hint) return true;
  const { live, ids, liveRows } = region.dataset;
  if (liveRows?.split(" ").includes(hint.kind)) {
    return region.querySelector(`[data-about="${CSS.escape(hint.id)}"]`) !== null;
  }
  return live.split(" ").includes(hint.kind) && (!ids || ids.split(" ").includes(hint.id));
}

function notice(region, hint) {
  if (hint && hint.version > Number(region.dataset.version)) region.hidden = false;
}

function want(region) {
  const pace = Number(region.dataset.pace ?? 0);
  const state =
    states.get(region.id) ??
    { busy: false, again: false, left: pace ? 1 : BURST, most: pace ? 1 : BURST, refill: pace || REFILL, began: 0 };
  states.set(region.id, state);
  if (state.busy) {
    state.again = true;
    return;
  }
  const now = performance.now();
  state.left = Math.min(state.most, state.left + (now - state.began) / state.refill) - 1;
  state.began = now;
  state.busy = true;
  htmx.trigger(region, "refresh");
}

/** A fetch has ended, whatever came of it; another swap may have taken its region out of the page meanwhile. */
function done(region) {
  const state = region.matches("[data-live]") && states.get(region.id);
  if (!state?.busy) return;
  if (!region.isConnected) state.again = true; // what it fetched went nowhere
  const rest = state.began + (state.left >= 1 ? GAP : state.refill) - performance.now();
  setTimeout(() => free(region.id, state), Math.max(0, rest));
}

function free(id, state) {
  state.busy = false;
  if (!state.again) return;
  state.again = false;
  const region = document.getElementById(id);
  if (region) want(region);
}

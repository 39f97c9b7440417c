// Keys of lists and of the decision, never in a field. Letters that act do so only while the focus is inside
// one of them ([data-keys]): [data-key] controls act at once ([data-then]: and the focus goes on to that field),
// [data-focus] ones are only gone to. Digits choose from a list of reasons. From anywhere
// else ? opens the help and j and k go to the first list: they change nothing, and all keys can be switched off
// in the help (WCAG 2.1.4).

const MOVES = { j: 1, k: -1 };
const STORED = "egate-keys";

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    // a dialog just closed keeps the focus until the page is drawn anew: its button is no field any more
    if (event.target.closest("input:not([type=radio]), textarea, select, dialog[open]") || isOff()) return;
    if (press(event.target, event.key)) event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.hidden = false;
    button.addEventListener("click", () => help());
  }
  keepSwitch();
  keepPlace();
  beginWithDecision();
}

/** The switch in the help is this browser's; where nothing can be stored it lasts as long as the page. */
function keepSwitch() {
  const box = document.getElementById("keys-on");
  if (!box) return;
  try {
    box.checked = localStorage.getItem(STORED) !== "off";
  } catch {}
  const hint = () => {
    for (const one of document.querySelectorAll("[data-hint=keys]")) one.hidden = !box.checked;
  };
  box.addEventListener("change", () => {
    hint();
    try {
      localStorage.setItem(STORED, box.checked ? "on" : "off");
    } catch {}
  });
  hint();
}

const isOff = () => document.getElementById("keys-on")?.checked === false;

/** A control that went away with its row's change leaves the focus to the row. */
function keepPlace() {
  let row;
  document.addEventListener("focusin", (event) => {
    row = event.target.closest("[data-row]")?.dataset.row;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement !== document.body || !row) return;
    document.querySelector(`[data-row="${row}"] a.open`)?.focus({ preventScroll: true });
  });
}

/** The keys of a decision are at hand at once, unless the page asks for the eye elsewhere. */
function beginWithDecision() {
  const first = document.querySelector("[data-first]");
  if (!first || location.hash || document.querySelector("[autofocus]")) return;
  first.focus({ preventScroll: true });
}

function press(target, key) {
  if (key === "?") return help();
  const list = target.closest("[data-keys]") ?? refused(target);
  if (key in MOVES) return move(list ?? firstList(), target, MOVES[key]);
  if (!/^[a-z1-9]$/.test(key)) return false;
  return (Boolean(list) && act(list, target, key)) || everywhere(key);
}

/** What a page offers from wherever one stands: gone to, and nothing more. */
function everywhere(key) {
  const place = document.querySelector(`[data-everywhere][data-focus="${key}"]`);
  go(place);
  return Boolean(place);
}

/** What was refused is read first; the keys of its decision go on from there. */
const refused = (target) => target.closest(".error-summary") && document.querySelector("[data-keys][data-first]");

const linksOf = (list) => [...(list?.querySelectorAll("[data-row] a.open") ?? [])];

const firstList = () => [...document.querySelectorAll("[data-keys]")].find((list) => linksOf(list).length > 0);

function act(list, target, key) {
  const row = target.closest("[data-row]") ?? (target === list || !list.contains(target) ? list : null);
  const place = row?.querySelector(`[data-focus="${key}"]`);
  const control = row?.querySelector(`[data-key="${key}"]`);
  go(place);
  control?.click();
  document.getElementById(control?.dataset.then)?.focus(); // what was chosen is said more of at once
  return Boolean(place ?? control);
}

/** What is folded is opened, and its first field is where one goes: a name typed on its head would be keys. */
function go(control) {
  const folded = control?.localName === "summary" ? control.parentElement : null;
  if (folded) folded.open = true;
  (folded?.querySelector("select, textarea, input:not([type=hidden])") ?? control)?.focus();
}

function move(list, target, step) {
  const links = linksOf(list);
  if (links.length === 0) return false;
  const row = target.closest("[data-row]");
  const at = links.findIndex((link) => row?.contains(link));
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step));
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
  return true;
}

function help() {
  const dialog = document.getElementById("help");
  dialog?.showModal();
  dialog?.querySelector("button").focus();
  return Boolean(dialog);
}

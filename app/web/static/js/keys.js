// Keys of lists and of the decision. They act only while the focus is inside one of them ([data-keys]),
// never in a field. [data-key] controls act at once, [data-focus] ones are only gone to.

const MOVES = { j: 1, k: -1 };

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const list = event.target.closest("[data-keys]");
    if (list && act(list, event.target, event.key)) event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.hidden = false;
    button.addEventListener("click", () => help());
  }
  keepPlace();
  beginWithDecision();
}

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

function act(list, target, key) {
  if (key in MOVES) return move(list, target, MOVES[key]);
  if (key === "?") return help();
  if (!/^[a-z]$/.test(key)) return false;
  const row = target.closest("[data-row]") ?? (target === list ? list : null);
  row?.querySelector(`[data-focus="${key}"]`)?.focus();
  row?.querySelector(`[data-key="${key}"]`)?.click();
  return Boolean(row);
}

function move(list, target, step) {
  const links = [...list.querySelectorAll("[data-row] a.open")];
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
  return Boolean(dialog);
}

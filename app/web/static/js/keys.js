// Keys of the lists. They act only while the focus is inside a list ([data-keys]), never in a field.

const MOVES = { j: 1, k: -1 };

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const list = event.target.closest("[data-keys]");
    if (list && act(list, event.target, event.key)) event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => help());
  }
}

function act(list, target, key) {
  if (key in MOVES) return move(list, target, MOVES[key]);
  if (key === "?") return help();
  const row = target.closest("[data-row]");
  const control = /^[a-z]$/.test(key) && row?.querySelector(`[data-key="${key}"]`);
  if (!control) return false;
  control.click();
  return true;
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

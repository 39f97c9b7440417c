// The editor of rules: names of the catalogue are completed. The check follows the typing by htmx; without
// scripts the buttons do the same.
const MOST = 8;
const text = document.querySelector("[data-rule-text]");
const box = document.getElementById("completion");
const words = [...document.getElementById("vocabulary").content.querySelectorAll("option")].map((one) => ({
  word: one.value, said: one.textContent,
}));

function current() {
  const before = text.value.slice(0, text.selectionStart);
  const found = /[@A-Za-z_][\w.]*$/.exec(before);
  return found ? { typed: found[0], from: found.index } : null;
}

function suggest() {
  const here = current();
  const fits = here && here.typed.length > 1
    ? words.filter((one) => one.word.includes(here.typed.toLowerCase()) && one.word !== here.typed).slice(0, MOST)
    : [];
  box.replaceChildren(...fits.map(({ word, said }, at) => {
    const item = document.createElement("li");
    item.id = `completion-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.word = word;
    item.textContent = `${word}  ${said}`;
    return item;
  }));
  box.hidden = fits.length === 0;
  text.removeAttribute("aria-activedescendant");
}

const chosen = () => box.querySelector('[aria-selected="true"]');

function choose(item) {
  chosen()?.setAttribute("aria-selected", "false");
  item.setAttribute("aria-selected", "true");
  text.setAttribute("aria-activedescendant", item.id);
}

function take(item) {
  const here = current();
  if (here) text.setRangeText(item.dataset.word, here.from, text.selectionStart, "end");
  box.hidden = true;
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true })); // the check follows
  box.hidden = true;
}

text.setAttribute("aria-controls", "completion");
text.setAttribute("aria-autocomplete", "list");
text.addEventListener("input", suggest);
text.addEventListener("keydown", (event) => {
  if (box.hidden) return;
  const items = [...box.children];
  const at = items.indexOf(chosen());
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(items[(at + step + items.length) % items.length] ?? items[0]);
    event.preventDefault();
  } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) {
    take(items[at]);
    event.preventDefault();
  } else if (event.key === "Escape") {
    box.hidden = true;
    event.preventDefault();
    event.stopPropagation();
  }
});
text.addEventListener("blur", () => setTimeout(() => { box.hidden = true; }, 150));
box.addEventListener("mousedown", (event) => {
  const item = event.target.closest("[data-word]");
  if (item) take(item);
  event.preventDefault();
});

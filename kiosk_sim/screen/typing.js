// Fields on a screen that has no keyboard: keys to touch under them. One who has a keyboard types as anywhere.

const KEYS = {
  letters: ["1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM-'"],
  digits: ["123", "456", "789", "0"],
  amount: ["123", "456", "789", "0."],
};

/**
 * A page of fields.
 * @param {{button: Function, say: Function, words: object, touch: Function}} screen what the screen lends
 * @param {{fields: object[], submit: string, done: (values: object) => void}} page each field: name, label, hint,
 *   value, keys (of KEYS) or options; check(values) gives the key of what is wrong, or nothing
 */
export function typing({button, say, words, touch}, {fields, submit, done}) {
  const form = document.createElement("form");
  form.noValidate = true;
  const inputs = new Map();
  const keys = document.createElement("div");
  keys.className = "keys";
  let active = null;

  function field(one) {
    const row = document.createElement("div");
    row.className = one.wide ? "field wide" : "field";
    const label = document.createElement("label");
    label.htmlFor = `typed-${one.name}`;
    label.textContent = one.label;
    const input = one.options ? choice(one) : text(one);
    input.id = label.htmlFor;
    row.append(label);
    if (one.hint) row.append(said("hint", `hint-${one.name}`, one.hint));
    row.append(input);
    const described = one.hint ? `hint-${one.name}` : null;
    if (described) input.setAttribute("aria-describedby", described);
    inputs.set(one.name, {...one, input, row, described});
    return row;
  }

  function said(kind, id, text) {
    const made = document.createElement("p");
    made.className = kind;
    made.id = id;
    made.textContent = text;
    return made;
  }

  function text(one) {
    const input = document.createElement("input");
    input.value = one.value ?? "";
    input.dir = "ltr";
    input.className = one.keys;
    input.maxLength = one.most ?? 40;
    input.autocomplete = "off";
    input.autocapitalize = "characters";
    input.spellcheck = false;
    input.inputMode = "none"; // the keys are below
    input.addEventListener("focus", () => showKeys(input, one.keys));
    input.addEventListener("input", touch);
    return input;
  }

  function choice(one) {
    const select = document.createElement("select");
    select.append(...one.options.map((value) => new Option(value, value, false, value === one.value)));
    select.addEventListener("change", touch);
    return select;
  }

  function showKeys(input, kind) {
    active = input;
    if (keys.dataset.kind === kind) return;
    keys.dataset.kind = kind;
    keys.replaceChildren(...KEYS[kind].map((row) => keyRow([...row].map((one) => key(one, one)))));
    const last = [key("⌫", null, say("key-delete"))];
    if (kind === "letters") last.unshift(key(say("key-space"), " "));
    keys.append(keyRow(last));
  }

  function keyRow(made) {
    const row = document.createElement("div");
    row.append(...made);
    return row;
  }

  function key(shown, typed, name) {
    const made = button(shown, () => type(typed));
    made.tabIndex = -1; // with a keyboard one types
    if (name) made.ariaLabel = name;
    made.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps its focus
    return made;
  }

  function type(typed) {
    const [from, to] = [active.selectionStart, active.selectionEnd];
    if (typed === null) active.setRangeText("", from === to ? Math.max(0, from - 1) : from, to, "end");
    else if (active.value.length - (to - from) < active.maxLength) active.setRangeText(typed, from, to, "end");
    touch();
  }

  function complain() {
    const values = Object.fromEntries([...inputs].map(([name, {input}]) => [name, input.value.trim().toUpperCase()]));
    let first = null;
    for (const {name, check, input, row, described} of inputs.values()) {
      row.querySelector(".error")?.remove();
      const wrong = check?.(values);
      input.setAttribute("aria-invalid", String(Boolean(wrong)));
      const about = [described, wrong ? `error-${name}` : null].filter(Boolean).join(" ");
      if (about) input.setAttribute("aria-describedby", about);
      else input.removeAttribute("aria-describedby");
      if (!wrong) continue;
      input.before(said("error", `error-${name}`, words[wrong]));
      first ??= input;
    }
    first?.focus();
    return first ? null : values;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = complain();
    if (values) done(values);
  });
  const send = button(submit, () => undefined);
  send.type = "submit";
  const row = document.createElement("div");
  row.className = "choices";
  row.append(send);
  const grid = document.createElement("div");
  grid.className = "fields";
  grid.append(...fields.map(field));
  form.append(grid, keys, row);
  showKeys(inputs.get(fields[0].name).input, fields[0].keys);
  return form;
}

/** Minor units of an amount in figures, by the digits that its currency has; null for anything else. */
export function minorUnits(text, digits) {
  const found = /^(\d{1,10})(?:\.(\d{0,3}))?$/.exec(text);
  const part = found?.[2] ?? "";
  return found && part.length <= digits ? Number(found[1] + part.padEnd(digits, "0")) : null;
}

/** yyyy-mm-dd of three fields; 00 or nothing for what a passport leaves open. Null where no such day has been. */
export function birthDate(year, month, day) {
  const [y, m, d] = [year, month || "0", day || "0"].map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : NaN));
  const at = new Date(Date.UTC(y, (m || 1) - 1, d || 1));
  const exists = at.getUTCFullYear() === y && at.getUTCMonth() === (m || 1) - 1 && at.getUTCDate() === (d || 1);
  if (!exists || y < 1000 || (d && !m) || at > Date.now()) return null;
  return [String(y), String(m).padStart(2, "0"), String(d).padStart(2, "0")].join("-");
}

// The counter while the line is down: a code and a passport in, a verdict and what to do out. It opens nothing.

const IDLE = 120_000; // what nobody touches any more is cleared
const FORGOTTEN = ["code", "passport"];
const byId = (id) => document.getElementById(id);
const setup = await (await fetch("setup")).json();
const words = () => setup.words[language];
let language = "en";
let shown = null;
let idle = 0;

const say = (key, values = {}) => words()[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

function button(text, act, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}

const element = (tag, text) => Object.assign(document.createElement(tag), {textContent: text});

const postJson = async (path, body) => (await fetch(path, {
  method: "POST",
  headers: {"Content-Type": "application/json"},
  body: JSON.stringify(body),
})).json();

const at = (seconds) => new Intl.DateTimeFormat(language, {dateStyle: "medium", timeStyle: "short"}).format(seconds * 1000);

function drawWords() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  byId("device").textContent = setup.name;
  byId("languages").replaceChildren(...Object.entries(setup.languages).map(([code, name]) => {
    const made = button(name, () => {
      language = code;
      drawWords();
    }, code === language);
    made.lang = code;
    return made;
  }));
  byId("tray").replaceChildren(...setup.tray.map(trayItem));
  drawState();
  drawFound();
}

function trayItem({label, phone}, index) {
  const row = document.createElement("li");
  const name = document.createElement("bdi");
  name.textContent = label;
  const put = (field) => async () => {
    touched();
    const item = await (await fetch(`../tray/${index}`)).json();
    byId(field).value = item[field] ?? "";
  };
  row.append(name, button(say("passport").split(/[:：]/)[0], put("passport")));
  if (phone) row.append(button(say("code"), put("code")));
  return row;
}

async function drawState() {
  const {list, online} = await (await fetch("state")).json();
  byId("list").textContent = list ? say("list", {from: at(list.issued), until: at(list.next_update)}) : say("no-list");
  byId("online").hidden = !online;
}

const textOf = ({verdict, reason, lane}) => {
  if (verdict === "stands") return lane ? "stands-1" : "stands-0";
  return reason in setup.todo ? reason : "forged";
};

function drawFound() {
  const place = byId("found");
  byId("acts").hidden = !shown;
  if (!shown) {
    place.replaceChildren();
    return;
  }
  const {result, noted} = shown;
  const key = textOf(result);
  const box = document.createElement("div");
  box.dataset.verdict = result.verdict;
  box.append(element("h2", key === "trust-stale" ? say("no-list") : say(key, result)));
  if (noted) box.append(element("p", say("noted")));
  else box.append(element("h3", say("to-do")), element("p", say(setup.todo[key])));
  if (result.party > 1) box.append(element("p", say("party-count", result)));
  place.replaceChildren(box);
  byId("let-through").hidden = noted || result.verdict === "refused" || result.lane === null;
}

async function check(letThrough) {
  const [code, passport] = FORGOTTEN.map((id) => byId(id).value.trim());
  byId("missing").textContent = code && passport ? "" : say("missing");
  if (!code || !passport) {
    byId(code ? "passport" : "code").focus();
    return;
  }
  const result = await postJson("../check", {code, passport, let_through: letThrough});
  shown = {result, noted: letThrough && result.verdict !== "refused"};
  drawFound();
  if (letThrough) byId("next").focus();
}

function clear() {
  for (const id of FORGOTTEN) byId(id).value = "";
  byId("missing").textContent = "";
  shown = null;
  drawFound();
  drawState();
}

function touched() {
  clearTimeout(idle);
  idle = setTimeout(clear, IDLE);
}

byId("shown").addEventListener("submit", (event) => {
  event.preventDefault();
  check(false);
});
byId("let-through").addEventListener("click", () => check(true));
byId("next").addEventListener("click", () => {
  clear();
  byId("code").focus();
});
byId("picture").addEventListener("change", async ({target}) => {
  const [picture] = target.files;
  target.value = "";
  if (!picture) return;
  const answer = await fetch("../read", {method: "POST", body: picture});
  if (answer.ok) byId("code").value = (await answer.json()).text;
  byId("missing").textContent = answer.ok ? "" : say("picture-unread");
});
for (const id of FORGOTTEN) {
  byId(id).addEventListener("input", () => {
    shown = null; // a verdict is of what stands above it
    drawFound();
  });
}
for (const kind of ["input", "click"]) document.addEventListener(kind, touched);
drawWords();
setInterval(drawState, 30_000);
document.documentElement.dataset.ready = "";

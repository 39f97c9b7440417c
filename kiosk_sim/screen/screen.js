// One screen: asks the agent what to show and sends it what the visitor does with the simulated hardware.
import { looking } from "./camera.js";
import { comfort } from "./comfort.js";
import { declaring } from "./declare.js";
import { asking } from "./still.js";

const SIGNS = {
  welcome: "passport", declare: "form", "still-there": "wait", "passport-try-again": "passport", "place-passport": "passport", reading: "wait", "next-passport": "passport", help: "counter", consent: "face", face: "face", code: "code", "code-try-again": "code",
  deciding: "wait", hold: "wait", wait: "wait", cleared: "go", registered: "registered",
  counter: "counter", refer: "counter", "show-other-code": "code", "show-passport": "passport", "walk-code": "code", "out-of-service": "stopped",
};
const here = location.pathname;
const byId = (id) => document.getElementById(id);
const post = (path, body) => fetch(here + path, {method: "POST", body}).catch(() => undefined);
const postJson = (path, body) => fetch(here + path, {
  method: "POST",
  headers: {"Content-Type": "application/json"},
  body: JSON.stringify(body),
}).catch(() => undefined);
const TOUCHED_EVERY = 3000;
let touchedAt = 0;
const setup = await (await fetch(here + "setup")).json();
let language = "en";

// Where the hall named no counter, the one with staff is meant: a screen makes no names up.
function say(key, counter) {
  const words = setup.words[language];
  return counter ? words[key].replace("{counter}", counter) : words[key + "-unnamed"] ?? words[key];
}

function button(text, act, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}

const form = declaring({
  place: byId("form"),
  sentence: byId("sentence"),
  button,
  say,
  load: async () => (await fetch(`${here}form?language=${language}`)).json(),
  send: (answers) => postJson("declare", {...answers, language}),
  touch() {
    if (Date.now() - touchedAt < TOUCHED_EVERY) return; // each key is a touch
    touchedAt = Date.now();
    post("touched");
  },
  notHere: () => post("not-here"),
  estimate: async (basket) => {
    const answer = await postJson("estimate", {...basket, language});
    return answer?.ok ? answer.json() : null;
  },
  join: (person) => postJson("party", person),
  part: (index) => fetch(`${here}party/${index}`, {method: "DELETE"}).catch(() => undefined),
});
const settings = comfort({place: byId("comfort"), button, say, spoken: setup.spoken});
const camera = looking({
  video: byId("eye"),
  sends: {
    face: (picture) => post("frame", picture), code: (picture) => post("scan", picture), live: (picture) => post("live", picture),
  },
});
const WALK = {
  offered: "walk-offer", kept: "walk-kept", code: "walk-code", "taken-back": "walk-taken-back", "still-kept": "walk-still-kept",
};
const LOOKS = {face: "face", code: "code", "code-try-again": "code"};
const still = asking({place: byId("still"), button, say, goOn: () => post("touched")});

function showLanguages() {
  byId("languages").replaceChildren(...Object.entries(setup.languages).map(([code, name]) => {
    const made = button(name, () => post("language/" + code), code === language);
    made.lang = code;
    return made;
  }));
}

function showTray() {
  byId("tray").replaceChildren(...setup.tray.map((item, index) => {
    const row = document.createElement("li");
    const name = document.createElement("bdi");
    name.textContent = item.label;
    row.append(name, button(say("passport"), () => post("passport/" + index)));
    if (item.face) row.append(button(say("stand"), () => post("stand/" + index)));
    if (item.phone) row.append(button(say("phone"), () => post("phone/" + index)));
    return row;
  }));
}

function showWords() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  for (const id of ["simulated", "agree-face", "no-face", "no-code", "declare-here", "all-here", "to-counter", "to-staff"]) byId(id).textContent = say(id === "agree-face" ? "consent-yes" : id);
  byId("watched").textContent = say("watched");
  byId("walk").textContent = say("walk-yes");
  byId("walk-back").textContent = say("walk-no");
  byId("policy").textContent = say(setup.policy);
  byId("tray-title").textContent = say("tray");
  byId("picture-label").textContent = say("picture");
  byId("reset").textContent = say("start-over");
  showLanguages();
  settings.draw();
  showTray();
}

function showNotices(notices) {
  byId("notices").hidden = !notices.length;
  byId("notices").replaceChildren(...notices.map(({title, body}) => {
    const [one, head] = ["p", "strong"].map((name) => document.createElement(name));
    head.textContent = title;
    one.append(head, body);
    return one;
  }));
}

let stateBefore = "welcome";

function show(view) {
  if (view.language !== language) {
    language = view.language;
    showWords();
  }
  if (view.state === "welcome" && stateBefore !== "welcome") settings.forget(); // for the next traveller
  stateBefore = view.state;
  document.body.dataset.state = view.state;
  document.body.dataset.said = view.said;
  document.body.dataset.sign = setup.kind === "lane" && view.said === "welcome" ? "code" : SIGNS[view.said];
  const key = setup.kind === "lane" && view.said === "welcome" ? "code" : view.said;
  const declares = ["declare", "still-there"].includes(view.state);
  if (!declares) form.wipe();
  const asks = view.state === "still-there";
  if (!form.isShown() || asks) {
    byId("sentence").textContent = view.says ? say(view.says) : view.whose
      ? say(key + "-of").replace("{name}", () => view.whose)
      : say(key, view.counter).replace("{left}", view.left);
  }
  settings.tell(language, view.says ?? key, view.counter);
  if (still.show(asks, view.seconds) && declares) form.again();
  if (declares && !asks) form.show(language, view.party);
  byId("walk").hidden = view.walk !== "offered";
  byId("walk-back").hidden = !["kept", "still-kept"].includes(view.walk);
  byId("walk-note").hidden = !view.walk;
  byId("walk-note").textContent = view.walk ? say(WALK[view.walk]) : "";
  byId("agree-face").hidden = view.state !== "consent";
  byId("no-face").hidden = !["consent", "face"].includes(view.state);
  const lookedFor = setup.kind === "lane" && view.here === "welcome" ? "code" : LOOKS[view.here] ?? null;
  camera.want(view.watched ? "live" : view.looks ? "both" : lookedFor);
  byId("watched").hidden = !view.watched;
  byId("fault").hidden = !view.fault;
  byId("fault").textContent = view.fault ? say(view.fault) : "";
  showNotices(view.notices ?? []);
  byId("to-counter").hidden = view.fault !== "no-service";
  byId("no-code").hidden = !["code", "code-try-again"].includes(view.state) || setup.kind === "lane";
  byId("declare-here").hidden = byId("no-code").hidden;
  byId("all-here").hidden = !view.left || !["next-passport", "passport-try-again"].includes(view.state);
  byId("reset").hidden = asks || ["welcome", "reading", "deciding", "hold", "next-passport", "out-of-service"].includes(view.state)
    || ["cleared", "registered"].includes(view.said);
  byId("door").hidden = view.door === null;
  byId("door").dataset.door = view.door ?? "";
  byId("door").ariaLabel = view.door ?? "";
}

byId("devices").replaceChildren(...setup.devices.map((name) => {
  const link = document.createElement("a");
  link.href = `/${name}/`;
  link.textContent = name;
  if (name === setup.name) link.setAttribute("aria-current", "page");
  return link;
}));
byId("walk").addEventListener("click", () => post("walk-by-face"));
byId("walk-back").addEventListener("click", () => post("walk-by-code"));
byId("to-staff").hidden = !setup.staff;
byId("agree-face").addEventListener("click", () => post("agree-face"));
byId("no-face").addEventListener("click", () => post("no-face"));
byId("no-code").addEventListener("click", () => post("no-code"));
byId("all-here").addEventListener("click", () => post("all-here"));
byId("declare-here").addEventListener("click", () => post("declare-here"));
byId("reset").addEventListener("click", () => post("reset"));
byId("picture").addEventListener("change", async ({target}) => {
  if (target.files.length) await post("picture", target.files[0]);
  target.value = "";
});
showWords();

let version = -1;
for (;;) {
  try {
    const view = await (await fetch(`${here}view?after=${version}`)).json();
    version = view.version;
    show(view);
    document.documentElement.dataset.ready = "";
  } catch {
    show({state: "out-of-service", said: "out-of-service", language, counter: null, whose: null, door: null, fault: "no-service"});
    version = -1;
    await new Promise((done) => setTimeout(done, 1000));
  }
}

// The staff's menu: the token lives in this page alone and ends with it.
const byId = (id) => document.getElementById(id);
const READS = {none: "codes and the page's lines", chip: "codes, lines, chips", face: "codes, lines, chips, faces"};
const EVERY = 3000;
let token = "";
let timer = 0;

function note(text) {
  byId("note").textContent = text;
}

async function call(path, body) {
  const headers = {"X-Staff": token, ...(body ? {"Content-Type": "application/json"} : {})};
  const method = body || path === "leave" ? "POST" : "GET";
  return fetch(path, {method, headers, body: body && JSON.stringify(body)});
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function since(seconds) {
  if (seconds === null) return "none";
  return seconds < 120 ? `${seconds} seconds old` : `${Math.round(seconds / 60)} minutes old`;
}

function draw(found) {
  const rows = [
    ["Device", `${found.name} (${found.kind}), ${found.hall}`],
    ["Program", found.version],
    ["State", found.says],
    ["Reads", READS[found.reads]],
    ["Trust list", since(found.list_age)],
    ...(found.lane ? [["Lane", found.lane]] : []),
    ...Object.entries(found.tests).map(([name, good]) => [`Self-test: ${name}`, good ? "passed" : "FAILED"]),
  ];
  byId("condition").replaceChildren(...rows.flatMap(([name, value]) => {
    const [term, data] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, data.textContent] = [name, value];
    return [term, data];
  }));
  const wishes = [
    found.closed ? ["Take into service", "open"] : ["Take out of service", "close"],
    ["End this session", "start-over"],
    ...(found.lane ? [["Reset the lane", "reset-lane"]] : []),
  ];
  if (byId("wishes").dataset.shown === String(found.closed)) return;
  byId("wishes").dataset.shown = String(found.closed);
  byId("wishes").replaceChildren(...wishes.map(([text, wish]) => button(text, () => act(text, wish))));
}

async function act(text, wish) {
  const answer = await call("do", {do: wish}).catch(() => null);
  if (answer?.status === 401) return shut("The menu was shut after five idle minutes.");
  note(answer?.ok ? `${text}: ${(await answer.json()).done ? "done" : "nothing changed"}.` : "The device does not answer.");
  await look();
}

async function look() {
  const answer = await call("condition").catch(() => null);
  if (answer?.status === 401) return shut("The menu was shut after five idle minutes.");
  if (answer?.ok) draw(await answer.json());
}

function shut(text) {
  token = "";
  clearInterval(timer);
  byId("menu").hidden = true;
  byId("enter").hidden = false;
  note(text);
}

byId("keys").replaceChildren(...[..."1234567890"].map((digit) => button(digit, () => {
  if (byId("pin").value.length < byId("pin").maxLength) byId("pin").value += digit;
})), button("Delete", () => {
  byId("pin").value = byId("pin").value.slice(0, -1);
}));
byId("enter").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await call("enter", {pin: byId("pin").value}).catch(() => null);
  byId("pin").value = "";
  if (!answer?.ok) {
    return note(answer?.status === 429 ? `Wrong PIN. Wait ${answer.headers.get("Retry-After")} seconds before the next one.`
      : answer ? "This PIN is wrong." : "The device does not answer.");
  }
  ({token} = await answer.json());
  note("");
  byId("enter").hidden = true;
  byId("menu").hidden = false;
  await look();
  timer = setInterval(look, EVERY);
});
addEventListener("pagehide", () => {
  if (token) fetch("leave", {method: "POST", headers: {"X-Staff": token}, keepalive: true});
});
document.documentElement.dataset.ready = "";

// One event stream per browser: the tab that holds the lock listens and tells the others.
// An event is a hint {kind, id, version}; whoever is concerned fetches the truth.

const NAME = "egate-live";
const ADDRESS = "/api/v1/events";
const SILENCE = 12_000; // the server beats every two seconds
const RETRY = 2_000;

const channel = new BroadcastChannel(NAME);
let hear = () => {};
let state = ""; // "", "up", "down", "out"
let leading = false;
let heardAt = 0;

/** Call `heard(hint)` for each hint, and `heard(null)` when everything may have changed. */
export function listen(heard) {
  hear = heard;
  channel.onmessage = (event) => take(event.data);
  channel.postMessage({ ask: true });
  if (navigator.locks) {
    navigator.locks.request(NAME, () => {
      leading = true;
      open();
      return new Promise(() => {}); // held until the tab goes away
    });
    setTimeout(() => state || enter("down"), 5_000);
  } else {
    leading = true; // no locks outside of secure contexts: each tab for itself
    open();
  }
}

function tell(message) {
  channel.postMessage(message);
  take(message);
}

function take(message) {
  if (message.ask && leading && state) channel.postMessage({ state });
  if (message.hint) hear(message.hint);
  if (message.state) enter(message.state);
}

function open() {
  const source = new EventSource(ADDRESS);
  heardAt = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - heardAt > SILENCE) again(); // the line is dead though nobody said so
  }, RETRY);
  const again = () => {
    clearInterval(watch);
    source.close();
    tell({ state: "down" });
    setTimeout(probe, RETRY * (0.5 + Math.random()));
  };
  const on = (name, act) =>
    source.addEventListener(name, (event) => {
      heardAt = performance.now();
      act(event);
    });
  on("hello", () => tell({ state: "up" }));
  on("reset", () => tell({ state: "up" }));
  on("beat", () => state === "up" || tell({ state: "up" }));
  on("hint", (event) => tell({ hint: JSON.parse(event.data) }));
  source.onerror = again;
}

/** Before opening again: a stream that is refused says nothing, a plain request tells why. */
async function probe() {
  try {
    const answer = await fetch("/console/here", { headers: { "HX-Request": "true" } });
    if (answer.status === 401) {
      tell({ state: "out" });
      return;
    }
    if (answer.ok) {
      open();
      return;
    }
  } catch {
    // still no line
  }
  setTimeout(probe, RETRY * (0.5 + Math.random()));
}

function enter(next) {
  if (next === "up") hear(null); // whatever happened before we listened is fetched
  if (next === state) return;
  state = next;
  show();
}

const bar = document.getElementById("connection");
const shown = () => document.documentElement.dataset;

function show() {
  shown().connection = state;
  if (!bar) return;
  bar.hidden = state === "up";
  bar.querySelector("a").hidden = state !== "out";
  const { lost, out } = bar.dataset;
  const since = document.querySelector(".wall time")?.textContent ?? "";
  bar.querySelector(".says").textContent = state === "out" ? out : lost.replace("{time}", since);
}

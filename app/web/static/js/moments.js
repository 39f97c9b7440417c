// Relative times go on while a page stays open, by the server's clock: the computer's own may be wrong.

const root = document.documentElement;
const base = Date.parse(root.dataset.now);
const started = performance.now();

const said = root.dataset; // how spans are said in the language of the page

const now = () => base + performance.now() - started;

export function keepTime() {
  if (Number.isNaN(base)) return;
  setInterval(tick, 1_000);
}

export function tick() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    put(time, duration(Math.max(0, now() - Date.parse(time.dateTime))));
  }
  for (const time of document.querySelectorAll("time[data-relative]")) {
    put(time, relative(Date.parse(time.dateTime) - now()));
  }
  for (const time of document.querySelectorAll("time[data-left]")) {
    put(time, duration(Math.max(0, Date.parse(time.dateTime) - now())));
  }
  for (const ends of document.querySelectorAll("[data-until]")) if (now() > Date.parse(ends.dataset.until)) end(ends);
  for (const over of document.querySelectorAll("[data-due]")) over.hidden = now() <= Date.parse(over.dataset.due);
  const wall = document.querySelector(".wall time[data-zone]");
  if (wall) put(wall, `${clock(wall.dataset.zone)} ${wall.dataset.name}`);
}

/** What could be done until a moment: the button rests, the words around it say so; nothing moves. */
function end(ends) {
  if (ends.localName === "button") ends.disabled = true;
  else put(ends.querySelector("span"), ends.dataset.over);
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function relative(span) {
  if (Math.abs(span) < 1000) return said.atOnce;
  return (span > 0 ? said.ahead : said.ago).replace("{span}", duration(Math.abs(span)));
}

function duration(span) {
  const seconds = Math.floor(span / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return said.seconds.replace("{n}", seconds);
  if (minutes < 60) return said.minutes.replace("{n}", minutes);
  if (hours < 24) {
    return said.hours.replace("{hours}", hours).replace("{minutes}", String(minutes % 60).padStart(2, "0"));
  }
  return said.days.replace("{days}", Math.floor(hours / 24)).replace("{hours}", hours % 24);
}

function clock(zone) {
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", format).format(now());
}

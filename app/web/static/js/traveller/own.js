// The declarations of this phone as a list: each leads to its code; one can be removed.

import { stateOf, withdraw } from "./declarations.js";
import { all, get, remove } from "./store.js";
import { day, say } from "./words.js";

const element = (name, attributes) => Object.assign(document.createElement(name), attributes);

/** Whether there is a code of it to show. */
export const isLive = (entry) => ["made", "accepted"].includes(stateOf(entry));

/** A line that leads to a code. */
export function codeLink(entry, className) {
  const link = element("a", { className, href: `#code/${entry.cti}` });
  const part = (text) => element("bdi", { textContent: text, dir: "ltr", className: "code" });
  const said = document.createElement("span");
  said.append(`${say("own_show")} · `, part(entry.flight), " · ", part(entry.reference ?? ""));
  link.append(said);
  const line = document.createElement("li");
  line.append(link);
  return line;
}

/** The same with what has become of it, and a way to remove it; `removed` is called then. */
export function ownLine(entry, removed) {
  const line = codeLink(entry, "button");
  const said = element("p", { textContent: `${day(entry.arrival, true)} · ${say(`state_${stateOf(entry)}`)}` });
  const drop = element("button", { type: "button", className: "button small", textContent: say("people_delete") });
  drop.append(element("span", { className: "visually-hidden", textContent: `: ${entry.reference ?? entry.flight}` }));
  drop.addEventListener("click", async () => {
    await remove("declarations", entry.cti);
    await removed();
  });
  line.prepend(said);
  line.append(drop);
  return line;
}

/** What customs has, or may have: a kiosk may have seen a code before it was sent. */
export const atCustoms = async () => (await all("declarations")).filter((entry) => entry.secret || entry.state === "made");

/** Have everything erased at customs; `send` brings it there. Returns whether customs has done so. */
export async function eraseAll(send) {
  const asked = await atCustoms();
  await Promise.all(asked.map((entry) => withdraw(entry, true)));
  await send();
  const left = await Promise.all(asked.map(({ cti }) => get("declarations", cti)));
  return left.every((entry) => entry?.state !== "withdrawing");
}

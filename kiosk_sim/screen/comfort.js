// What a traveller may set for the time of a session: sound, larger text, more contrast, everything within reach.
const SETTINGS = [
  ["sound", "\u266a"],
  ["large", "A+"],
  ["contrast", "\u25d0"],
  ["low", "\u2193"],
];

const LEFT_ALONE = 30_000; // milliseconds: who set it, began nothing and went, leaves the next one the usual

/**
 * @param {{place: HTMLElement, button: Function, say: Function, spoken: string[]}} screen
 * `spoken`: the names of the recordings, the same in every language
 */
export function comfort({place, button, say, spoken}) {
  const recorded = new Set(spoken);
  const on = new Set();
  let playing = null;
  let heard = "";
  let last = null;
  let leaves = 0;

  function draw() {
    const had = document.activeElement?.dataset?.setting;
    place.replaceChildren(...SETTINGS.map(([name, glyph]) => {
      const made = button(glyph, () => set(name), on.has(name));
      made.dataset.setting = name;
      made.dir = "ltr";
      made.ariaLabel = made.title = say("comfort-" + name);
      return made;
    }));
    if (had) place.querySelector(`[data-setting="${had}"]`)?.focus({preventScroll: true});
  }

  function set(name) {
    if (!on.delete(name)) on.add(name);
    document.body.dataset[name] = on.has(name) ? "on" : "";
    draw();
    clearTimeout(leaves);
    leaves = setTimeout(() => document.body.dataset.state === "welcome" && forget(), LEFT_ALONE);
    if (name !== "sound") return;
    hush();
    if (last) tell(...last);
  }

  function hush() {
    playing?.pause();
    playing = null;
    heard = "";
  }

  // The sentence on the screen, once; with a counter's name where that was recorded.
  function tell(language, key, counter) {
    last = [language, key, counter];
    if (!on.has("sound")) return;
    const name = [`${key}-${counter}`, `${key}-unnamed`, key].find((one) => recorded.has(one));
    const path = name ? `/screen/voice/${language}/${name}.opus` : "";
    if (path === heard) return;
    hush();
    heard = path;
    if (!path) return;
    playing = new Audio(path);
    playing.play().catch(() => undefined); // no loudspeaker: the screen says it
  }

  function forget() {
    hush();
    last = null;
    for (const [name] of SETTINGS) document.body.dataset[name] = "";
    on.clear();
    draw();
  }

  return {draw, tell, forget};
}

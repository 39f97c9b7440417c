// A claim is kept while its page is open and somebody is there: a key, a click or a touch within the last minute.
// Whoever walks away loses it after two minutes, and colleagues see it.

const BEAT = 40_000; // ms; the lease is two minutes
const PRESENT = 60_000;

export function keepLeases() {
  let seen = performance.now();
  const note = () => {
    seen = performance.now();
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "touchstart"]) {
    document.addEventListener(kind, note, { passive: true });
  }
  setInterval(() => {
    const address = document.querySelector("[data-lease]")?.dataset.lease;
    if (address && performance.now() - seen < PRESENT) beat(address);
  }, BEAT);
}

/** What it answers does not matter here: a claim that has gone back shows by its own event. */
function beat(address) {
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" };
  fetch(address, { method: "POST", headers, body: "" }).catch(() => {});
}

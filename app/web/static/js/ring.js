// Only risk rings, until somebody has claimed it: a sound in one tab of the browser, a notification while no tab is
// looked at. The officer switches both on once (browsers ask for a click); the switch is this browser's.

const STORED = "egate-sound";
const EVERY = 5_000; // ms between two rings
const PITCHES = [880, 1175]; // Hz, one after the other
const NOTE = 0.18; // seconds
const SHAKES = [300, 150, 300]; // ms, of a phone

let audio;
let mine = !navigator.locks; // whether this tab is the one that rings
let notice;

export function ring() {
  const box = document.getElementById("sound-on");
  for (const part of document.querySelectorAll("[data-sound]")) part.hidden = false;
  if (box) {
    box.checked = isOn();
    box.addEventListener("change", () => choose(box.checked));
  }
  navigator.locks?.request("egate-ring", () => {
    mine = true;
    return new Promise(() => {}); // held until the tab goes away
  });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, wake, { once: true });
  document.addEventListener("htmx:after:swap", tell);
  setInterval(sound, EVERY);
}

function isOn() {
  try {
    return localStorage.getItem(STORED) === "on";
  } catch {
    return false;
  }
}

function choose(on) {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {}
  if (on && "Notification" in window) Notification.requestPermission();
  wake();
  tell();
}

/** Sound may be made only after a click or a key in this page. */
function wake() {
  if (isOn()) audio ??= new AudioContext();
}

const region = () => document.getElementById("alarm");
const alarms = () => Number(region()?.dataset.alarms ?? 0);

function tell() {
  const count = alarms();
  if (count === 0) {
    notice?.close();
    notice = undefined;
  }
  if (count === Number(document.documentElement.dataset.rings ?? 0)) return;
  document.documentElement.dataset.rings = count;
  if (count === 0) return;
  sound();
  const { one, many } = region().dataset;
  if (!(mine && document.hidden && isOn() && "Notification" in window && Notification.permission === "granted")) return;
  notice = new Notification(count === 1 ? one : many.replace("{n}", count), { tag: "egate-risk", requireInteraction: true });
  notice.onclick = () => window.focus();
}

function sound() {
  if (!mine || !isOn() || alarms() === 0 || !audio) return;
  audio.resume();
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES);
  PITCHES.forEach((pitch, at) => {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(audio.destination);
    tone.start(audio.currentTime + at * NOTE);
    tone.stop(audio.currentTime + (at + 1) * NOTE);
  });
}

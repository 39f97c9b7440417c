// Before a form that nobody touches is cleared the screen says so, to be seen and heard, and counts down.

/**
 * @param {{place: HTMLElement, button: Function, say: Function, goOn: () => void}} screen
 * @returns {{show: (asks: boolean, seconds: number) => boolean}} show: true when the question has just been answered
 */
export function asking({place, button, say, goOn}) {
  let timer = 0;

  function begin(seconds) {
    const until = Date.now() + seconds * 1000;
    const left = document.createElement("p");
    const count = () => {
      const rest = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      left.textContent = say("still-there-hint").replace("{seconds}", rest);
    };
    count();
    timer = setInterval(count, 1000);
    const yes = button(say("still-here"), goOn);
    place.replaceChildren(left, yes);
    place.hidden = false;
    yes.focus({preventScroll: true});
    ring();
  }

  function end() {
    clearInterval(timer);
    timer = 0;
    place.replaceChildren();
    place.hidden = true;
  }

  function show(asks, seconds) {
    if (asks === Boolean(timer)) return false;
    if (asks) begin(seconds);
    else end();
    return !asks;
  }

  return {show};
}

/** Two short notes; a screen without sound asks all the same. */
function ring() {
  try {
    const sound = new AudioContext();
    for (const at of [0, 0.3]) {
      const note = new OscillatorNode(sound, {frequency: 660});
      const quiet = new GainNode(sound, {gain: 0.2});
      note.connect(quiet).connect(sound.destination);
      note.start(sound.currentTime + at);
      note.stop(sound.currentTime + at + 0.15);
      note.onended = at ? () => sound.close() : null;
    }
  } catch {
    // no sound here
  }
}

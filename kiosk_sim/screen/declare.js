// A declaration on the kiosk's own screen: one question at a time, kept in this page alone and wiped with it.

/**
 * @param {{place: HTMLElement, sentence: HTMLElement, button: Function, say: Function, load: Function,
 *          send: Function, touch: Function, notHere: Function}} screen what the screen lends
 * @returns {{show: (language: string) => Promise<void>, wipe: () => void, isShown: () => boolean}}
 */
export function declaring({place, sentence, button, say, load, send, touch, notHere}) {
  let asked = null;
  let spoken = "";
  let loading = "";
  let step = 0;
  let given = {answers: {}};

  const steps = () => [flight, purpose, ...asked.questions.map((one, at) => () => question(one, at)), certify];

  function wipe() {
    if (!asked && !loading) return;
    asked = null;
    spoken = loading = "";
    step = 0;
    given = {answers: {}};
    place.replaceChildren();
    place.hidden = true;
  }

  async function show(language) {
    if (language === spoken || language === loading) return;
    loading = language;
    const found = await load().catch(() => null);
    if (loading !== language || !found?.questions) return;
    asked = found;
    spoken = language;
    loading = "";
    draw();
  }

  function draw() {
    place.hidden = false;
    place.replaceChildren();
    steps()[step]();
  }

  function go(by) {
    step += by;
    touch();
    draw();
  }

  function says(text) {
    sentence.textContent = text;
  }

  function add(tag, text, className = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    made.className = className;
    place.append(made);
    return made;
  }

  function choices(list, className = "") {
    const row = document.createElement("div");
    row.className = `choices ${className}`;
    row.append(...list);
    place.append(row);
  }

  function back() {
    if (step) choices([button(say("back"), () => go(-1))], "back");
  }

  function flight() {
    says(say("which-flight"));
    const made = asked.flights.map((one) => {
      const chosen = button("", () => {
        given.flight = one.flight;
        go(1);
      }, given.flight === one.flight);
      const name = document.createElement("bdi");
      name.dir = "ltr";
      name.textContent = `${one.flight} · ${one.origin}`;
      chosen.append(name);
      return chosen;
    });
    choices([...made, button(say("not-here"), notHere)], "many");
  }

  function purpose() {
    says(say("which-purpose"));
    choices(asked.purposes.map((one) => button(one.text, () => {
      given.purpose = one.id;
      go(1);
    }, given.purpose === one.id)), "many");
    back();
  }

  function question(one, at) {
    says(one.text);
    const number = say("progress").replace("{number}", at + 1).replace("{total}", asked.questions.length);
    add("p", number, "progress");
    const answer = (value) => button(say(value ? "yes" : "no"), () => {
      given.answers[one.id] = value;
      go(1);
    }, given.answers[one.id] === value);
    choices([answer(true), answer(false)], "answers");
    if (one.details) {
      const more = document.createElement("details");
      const summary = document.createElement("summary");
      summary.textContent = say("what-counts");
      const text = document.createElement("p");
      text.textContent = one.details;
      more.append(summary, text);
      more.addEventListener("toggle", touch);
      place.append(more);
    }
    back();
  }

  function certify() {
    says(say("is-it-true"));
    const yes = asked.questions.filter((one) => given.answers[one.id]);
    add("p", say(yes.length ? "you-said" : "nothing"));
    if (yes.length) {
      const list = document.createElement("ul");
      list.append(...yes.map((one) => {
        const item = document.createElement("li");
        item.textContent = one.text;
        return item;
      }));
      place.append(list);
    }
    add("p", asked.certify, "certify");
    choices([button(say("certify"), () => {
      place.replaceChildren();
      send({...given, questionnaire: asked.questionnaire, certified: true});
    })], "answers");
    back();
  }

  return {show, wipe, isShown: () => asked !== null};
}

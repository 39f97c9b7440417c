// A declaration on the kiosk's own screen: one question at a time, kept in this page alone and wiped with it. Who
// declares together the device knows, from the passports on its reader; this page has their names alone.
import { goodsPages, lineSaid } from "./goods.js";
import { birthDate, typing } from "./typing.js";

const NOBODY = {people: [], note: null};
const fresh = () => ({answers: {}, goods: []});

/**
 * @param {object} screen what the screen lends: place, sentence, button, say, load, send, touch, notHere,
 *   estimate(basket), join(person), part(index)
 * @returns {{show: (language: string, party: object) => Promise<void>, wipe: () => void, again: () => void,
 *   isShown: () => boolean}} again: draw what was there before the screen asked something else
 */
export function declaring(screen) {
  const {place, sentence, button, say, touch} = screen;
  let asked = null;
  let spoken = "";
  let loading = "";
  let step = 0;
  let inner = null; // a page that belongs to a step: somebody or something being added
  let given = fresh();
  let party = NOBODY;

  const wantsGoods = () => asked.questions.some((one) => given.answers[one.id] && one.demands.length);
  const steps = () => [
    flight, purpose, stay, family, ...asked.questions.map((one, at) => () => question(one, at)),
    ...(wantsGoods() ? [goods] : []), certify,
  ];

  function wipe() {
    if (!asked && !loading) return;
    asked = inner = null;
    spoken = loading = "";
    step = 0;
    given = fresh();
    party = NOBODY;
    place.replaceChildren();
    place.hidden = true;
  }

  async function show(language, together) {
    const changed = JSON.stringify(together) !== JSON.stringify(party);
    party = together;
    if (asked && changed) {
      step = steps().indexOf(family); // a passport on the reader leads to whom it belongs to
      inner = null;
      draw();
    }
    if (language === spoken || language === loading) return;
    loading = language;
    const found = await screen.load().catch(() => null);
    if (loading !== language || !found?.questions) return;
    asked = found;
    spoken = language;
    loading = "";
    draw();
  }

  function draw() {
    place.hidden = false;
    place.replaceChildren();
    (inner ?? steps()[step])(page);
    place.scrollTop = 0;
    sentence.focus({preventScroll: true}); // what was pressed is gone; the next question is read
  }

  function go(by) {
    step += by;
    open(null);
  }

  function open(page) {
    inner = page;
    touch();
    draw();
  }

  const page = {
    says: (text) => {
      sentence.textContent = text;
    },
    put: (...parts) => place.append(...parts),
    add(tag, text, className = "") {
      const made = document.createElement(tag);
      made.textContent = text;
      made.className = className;
      place.append(made);
      return made;
    },
    choices(list, className = "") {
      const row = document.createElement("div");
      row.className = `choices ${className}`;
      row.append(...list);
      place.append(row);
    },
  };
  const {says, add, choices, put} = page;

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
    choices([...made, button(say("not-here"), screen.notHere)], "many");
  }

  function purpose() {
    says(say("which-purpose"));
    choices(asked.purposes.map((one) => button(one.text, () => {
      given.purpose = one.id;
      go(1);
    }, given.purpose === one.id)), "many");
    back();
  }

  function stay() {
    const {words} = asked;
    says(say("stay-title"));
    const count = (name, most) => ({
      name, label: `${words[name]} ${words.optional}`, value: given[name]?.toString(), keys: "digits", most,
      check: (values) => (/^\d*$/.test(values[name]) ? null : "error_count"),
    });
    put(typing({...screen, words}, {
      fields: [count("bags", 2), count("stay_nights", 3)],
      submit: words.continue,
      done: (values) => {
        for (const [name, text] of Object.entries(values)) given[name] = text ? Number(text) : null;
        go(1);
      },
    }));
    back();
  }

  function family() {
    const {words} = asked;
    says(words.companions_title);
    add("p", say("party-scan"));
    const note = add("p", party.note ? say(party.note) : "", "note");
    note.setAttribute("role", "status");
    if (party.people.length) put(people(words));
    choices([
      button(say("party-type-in"), () => open(person)),
      button(party.people.length ? words.continue : words.companion_none, () => go(1)),
    ]);
    back();
  }

  function people(words) {
    const list = document.createElement("ul");
    list.className = "lines";
    list.append(...party.people.map((one, at) => {
      const row = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = one;
      const gone = button(words.remove, () => screen.part(at));
      gone.ariaLabel = `${words.remove}: ${one}`;
      row.append(name, gone);
      return row;
    }));
    return list;
  }

  function person() {
    const {words} = asked;
    says(words.companion.replace("{number}", party.people.length + 2));
    const letters = (pattern, name) => (values) => (pattern.test(values[name]) ? null : `error_${name}`);
    const born = ({year, month, day}) => birthDate(year, month, day);
    const part = (name, most) => ({name, label: `${words.birth_date}: ${words[name]}`, keys: "digits", most});
    put(typing({...screen, words}, {
      submit: words.people_add,
      fields: [
        {name: "surname", label: words.surname, keys: "letters", most: 39, check: letters(/^[A-Z][A-Z '-]*$/, "surname")},
        {name: "given_names", label: words.given_names, keys: "letters", most: 39, check: letters(/^[A-Z '-]*$/, "given_names")},
        {
          name: "document_number", label: `${words.document_number} ${words.optional}`, keys: "letters", most: 20, wide: true,
          check: letters(/^[A-Z0-9]*$/, "document_number"),
        },
        {...part("year", 4), check: (values) => (born(values) ? null : "error_birth_date")},
        part("month", 2), part("day", 2),
      ],
      done: (values) => {
        inner = null;
        screen.join({
          surname: values.surname, given_names: values.given_names,
          document_number: values.document_number || null, birth_date: born(values),
        });
        draw();
      },
    }));
    choices([button(say("back"), () => open(null))], "back");
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

  function goods() {
    goodsPages({
      screen, asked, given, open, language: spoken,
      list: () => open(null),
      next: () => go(1),
      estimate: () => screen.estimate({questionnaire: asked.questionnaire, goods: given.goods}),
    }).overview(page);
    back();
  }

  function certify() {
    says(say("is-it-true"));
    const {words} = asked;
    const yes = asked.questions.filter((one) => given.answers[one.id]);
    if (party.people.length) listed(words.companions_title, party.people);
    if (yes.length) listed(say("you-said"), yes.map((one) => one.text));
    else add("p", say("nothing"));
    const lines = wantsGoods() ? given.goods : [];
    if (lines.length) listed(words.goods_title, lines.map((one) => lineSaid(asked, one, spoken)));
    const besides = ["bags", "stay_nights"].filter((name) => Number.isInteger(given[name]));
    if (besides.length) listed(say("stay-title"), besides.map((name) => `${words[name]}: ${given[name]}`));
    add("p", asked.certify, "certify");
    choices([button(say("certify"), () => {
      place.replaceChildren();
      screen.send({...given, goods: lines, questionnaire: asked.questionnaire, certified: true});
    })], "answers");
    back();
  }

  function listed(title, texts) {
    add("p", title);
    const list = document.createElement("ul");
    list.append(...texts.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    place.append(list);
  }

  return {show, wipe, again: () => asked && draw(), isShown: () => asked !== null};
}

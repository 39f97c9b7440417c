// The list of goods on the kiosk's screen, with what is over the allowances: an estimate, and said to be one.
import { minorUnits, typing } from "./typing.js";

const MOST = 20;

/** Money as the phone's form writes it. */
export function money({words, digits}, minor, currency) {
  const fraction = digits[currency] ?? 2;
  const form = {minimumFractionDigits: fraction, maximumFractionDigits: fraction};
  const amount = new Intl.NumberFormat("en", form).format(minor / 10 ** fraction);
  return words.money.replace("{currency}", currency).replace("{amount}", amount);
}

/** A line in words. */
export function lineSaid(asked, line, language) {
  const category = asked.categories.find((one) => one.id === line.category);
  const forms = asked.words[`unit_${category.unit}`];
  const many = forms[new Intl.PluralRules(language).select(line.quantity)].replace("{count}", line.quantity.toLocaleString("en"));
  return [category.text, line.description, many, money(asked, line.value, line.currency)].filter(Boolean).map((part) => `\u2068${part}\u2069`).join(" · ");
}

/** The pages of goods. `open(page)` draws a page in place of the list, `list()` the list again, `next()` what follows. */
export function goodsPages({screen, asked, given, language, open, list, next, estimate}) {
  const {words} = asked;

  function kinds({says, choices}) {
    says(words.category);
    choices(asked.categories.map((one) => screen.button(one.text, () => open((page) => line(page, one)))), "many");
    choices([screen.button(screen.say("back"), list)], "back");
  }

  function line({says, choices, put}, category) {
    says(category.text);
    const last = given.goods.at(-1)?.currency ?? asked.currency ?? asked.currencies[0];
    const described = {
      name: "description", label: words.description, hint: words.description_hint, keys: "letters", wide: true,
      check: ({description}) => (description ? null : "error_description"),
    };
    const valueOf = ({value, currency}) => minorUnits(value, asked.digits[currency] ?? 2);
    put(typing({...screen, words}, {
      submit: words.people_add,
      fields: [
        {
          name: "quantity", label: words.quantity, hint: words.quantity_hint, keys: "digits", most: 6,
          check: ({quantity}) => (/^[1-9]\d*$/.test(quantity) ? null : "error_quantity"),
        },
        {
          name: "value", label: words.value, hint: words.value_hint, keys: "amount", most: 14,
          check: (values) => (valueOf(values) === null ? "error_value" : null),
        },
        {name: "currency", label: words.currency, value: last, options: asked.currencies},
        ...(category.described ? [described] : []),
      ],
      done: (values) => {
        given.goods.push({
          category: category.id, description: values.description || null, quantity: Number(values.quantity),
          value: valueOf(values), currency: values.currency,
        });
        list();
      },
    }));
    choices([screen.button(screen.say("back"), () => open(kinds))], "back");
  }

  function overview({says, add, choices, put}) {
    says(words.goods_title);
    for (const one of asked.questions) if (given.answers[one.id] && one.on_yes) add("p", one.on_yes);
    if (asked.allowances.length) put(allowances());
    if (given.goods.length) put(lines());
    const place = document.createElement("section");
    place.id = "estimate";
    place.hidden = true;
    place.setAttribute("aria-live", "polite");
    put(place);
    if (given.goods.length) estimate().then((found) => drawEstimate(place, found));
    const more = screen.button(given.goods.length ? words.goods_add : words.people_add, () => open(kinds));
    choices([
      ...(given.goods.length < MOST ? [more] : []),
      screen.button(given.goods.length ? words.continue : screen.say("at-counter"), next),
    ]);
  }

  function allowances() {
    const more = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = words.allowances_title;
    const items = document.createElement("ul");
    items.append(...asked.allowances.map(item));
    more.append(summary, items);
    more.addEventListener("toggle", screen.touch);
    return more;
  }

  function lines() {
    const made = document.createElement("ul");
    made.className = "lines";
    made.append(...given.goods.map((one, at) => {
      const said = lineSaid(asked, one, language);
      const row = item(said);
      const gone = screen.button(words.remove, () => {
        given.goods.splice(at, 1);
        list();
      });
      gone.ariaLabel = `${words.remove}: ${said}`;
      row.append(gone);
      return row;
    }));
    return made;
  }

  function drawEstimate(place, found) {
    if (!place.isConnected || !found?.duty) return;
    const {over, duty, unknown, text, exchange} = found;
    const made = [part("h2", words.estimate_title)];
    if (over.length) made.push(part("p", `${words.estimate_over}:`), listed(over.map((one) => one.text)));
    else if (!unknown.length) made.push(part("p", words.estimate_none));
    if (duty.most > 0) made.push(part("p", `${words.estimate_duty} ${between(duty)}`));
    const open = [...new Set(unknown.map((one) => one.text))];
    if (open.length) made.push(listed(open));
    if (exchange) made.push(part("p", words[`exchange_${exchange.state}`].replace("{from}", day(exchange.from)).replace("{until}", day(exchange.until))));
    place.replaceChildren(...made, part("p", text));
    place.hidden = false;
  }

  function day(iso) {
    return new Intl.DateTimeFormat(language, {dateStyle: "medium", timeZone: "UTC"}).format(new Date(iso));
  }

  function between({least, most, currency}) {
    const upTo = money(asked, most, currency);
    return least === most ? upTo : `${money(asked, least, currency)} – ${upTo}`;
  }

  return {overview, kinds};
}

function part(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

const item = (text) => part("li", text);

function listed(texts) {
  const made = document.createElement("ul");
  made.append(...texts.map(item));
  return made;
}

// What is over the allowances, and about what it costs: an estimate for a party, never an assessment.
//
// The same, step by step, as app/formats/duty.py, where the rules are explained; a browser test holds the two
// equal. No page, no network, no clock: a questionnaire as the API gives it, goods as they are sent.

const STEPS = 4_000;
const REASONS = ["age", "currency", "item", "own_use", "rate", "whose"];

/**
 * @param {object} questionnaire as /api/v1/questionnaires/{key} gives it
 * @param {{goods: {category: string, quantity: number, value: number, currency: string}[],
 *          party: (number|null)[], language: string}} declared values in minor units; party: the age of each
 *          person on the day of arrival (see ageOn), null where it is not known
 * @param {{exchange?: object, day?: string}} rates exchange: {base, source, near, digits, weeks: [{from, until, rates}]},
 *          rates in millionths; day: of arrival, "yyyy-mm-dd"
 * @returns {object|null} {text, source, as_of, lines, over, duty: {currency, least, most}, unknown, exchange: {from,
 *          until, state, source}|null}; null where the questionnaire has no rules for it
 */
export function estimate(questionnaire, {goods, party, language}, {exchange = null, day = ""} = {}) {
  const duty = questionnaire.duty;
  if (!duty) return null;
  const categories = new Map(questionnaire.categories.map((one) => [one.id, one]));
  const rates = new Map(duty.rates.map((one) => [one.category, one]));
  const used = ratesFor(duty, goods, exchange, day);
  const list = goods.map((one) => ({...inBase(one, used, exchange), number: categories.get(one.category).number}));
  const lines = list.map((one) => ({
    category: one.category, allowance: null, free: null, over: null, value: null, least: null, most: null,
    unknown: null,
  }));
  const general = new Set();
  for (const allowance of questionnaire.allowances) {
    for (const reason of apply(allowance, {duty, rates}, list, party, lines)) general.add(reason);
  }
  lines.forEach((line, at) => price(line, list[at], categories.get(line.category), {duty, rates}));
  const say = (texts) => texts[language] ?? texts[questionnaire.languages[0]];
  const exceeded = new Set(lines.filter((line) => line.over).map((line) => line.allowance));
  const open = lines.flatMap((line, at) => (line.unknown ? [{line: at, reason: line.unknown}] : []));
  for (const reason of REASONS) if (general.has(reason)) open.push({line: null, reason});
  return {
    text: say(duty.text),
    source: duty.source,
    as_of: duty.as_of,
    lines,
    over: questionnaire.allowances
      .filter((one) => exceeded.has(one.id))
      .map((one) => ({allowance: one.id, text: say(one.text)})),
    duty: {currency: duty.currency, least: total(lines, "least"), most: total(lines, "most")},
    unknown: open.map((one) => ({...one, text: say(duty.open[one.reason])})),
    exchange: used && {from: used.from, until: used.until, state: used.state, source: exchange.source},
  };
}

/** The week that is gone by on a day of arrival, and whether it serves that day; null where nothing is in other money. */
function ratesFor(duty, goods, exchange, day) {
  if (!day || exchange?.base !== duty.currency || goods.every((one) => one.currency === duty.currency)) return null;
  const week = exchange.weeks.filter((one) => one.from <= day).at(-1) ?? exchange.weeks[0];
  const late = (Date.parse(day) - Date.parse(week.until)) / 86400_000;
  return {...week, state: week.from > day || late > exchange.near ? "over" : "valid"};
}

function inBase(one, used, exchange) {
  const rate = used?.rates[one.currency];
  if (!rate || used.state === "over" || one.currency === exchange.base) return one;
  const {base, digits} = exchange;
  const [from, to] = [one.currency, base].map((name) => 10n ** BigInt(digits[name] ?? 2));
  return {...one, value: Number((BigInt(one.value) * BigInt(rate) * to) / (from * 1_000_000n)), currency: base};
}

/** The age on a day, both "yyyy-mm-dd"; where a passport leaves month or day open (00), the least it may be. */
export function ageOn(birth, day) {
  const [year, month, rest] = birth.split("-").map(Number);
  const [thisYear, thisMonth, thisDay] = day.split("-").map(Number);
  const before = thisMonth * 100 + thisDay < (month || 12) * 100 + (rest || 31);
  return Math.max(0, thisYear - year - (before ? 1 : 0));
}

const total = (lines, name) => lines.reduce((sum, line) => sum + (line[name] ?? 0), 0);

/** a * b / c rounded down, where a * b may be beyond what a number holds. */
const scaled = (a, b, c) => Number((BigInt(a) * BigInt(b)) / BigInt(c));

// --- what is free ---

function apply(allowance, rules, goods, ages, lines) {
  const limits = new Map((allowance.limits ?? []).map((one) => [one.category, one.quantity]));
  const kinds = new Set(allowance.categories ?? []);
  const covered = goods.flatMap((one, at) => (limits.has(one.number) || kinds.has(one.number) ? [at] : []));
  if (!covered.length) return [];
  const shares = sharesOf(allowance, limits, ages);
  const largest = Math.max(0, ...shares);
  const wanted = [];
  for (const index of covered) {
    const line = lines[index];
    const one = goods[index];
    line.allowance = allowance.id;
    if (limits.size) wanted.push(byUnits(limits, rules, index, one));
    else if (one.currency !== allowance.currency) line.unknown = "currency";
    else if (one.value <= (allowance.ignored_up_to ?? 0)) line.free = one.quantity;
    else if (BigInt(one.value) > BigInt(largest) * BigInt(one.quantity)) line.free = 0;
    else wanted.push(byValue(rules, index, one));
  }
  const room = shares.reduce((sum, one) => sum + one, 0);
  for (const [index, free] of favour(wanted, room)) lines[index].free = free;
  for (const index of covered) {
    if (lines[index].free !== null) lines[index].over = goods[index].quantity - lines[index].free;
  }
  const used = wanted.reduce((sum, one) => sum + one.weight(lines[one.index].free ?? 0), 0);
  return leftOpen(allowance, ages, largest, used);
}

function sharesOf(allowance, limits, ages) {
  const least = Math.max(allowance.minimum_age ?? 0, allowance.own_use_below ?? 0);
  const whole = limits.size ? lcm(limits) : null;
  const reduced = allowance.reduced;
  return ages
    .filter((age) => !least || (age !== null && age >= least))
    .map((age) => whole ?? (reduced && (age === null || age < reduced.below) ? reduced.value : allowance.value));
}

function* leftOpen(allowance, ages, largest, used) {
  const ownUse = allowance.own_use_below ?? 0;
  if ((allowance.minimum_age || ownUse || allowance.reduced) && ages.includes(null)) yield "age";
  if (ages.some((age) => age !== null && age < ownUse)) yield "own_use";
  if (allowance.pooled === false && used > largest) yield "whose";
}

function lcm(limits) {
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  return [...limits.values()].reduce((a, b) => (a / gcd(a, b)) * b, 1);
}

function byUnits(limits, rules, index, one) {
  const unit = lcm(limits) / limits.get(one.number);
  return {
    index,
    quantity: one.quantity,
    weight: (count) => count * unit,
    mostWithin: (room) => Math.min(one.quantity, Math.floor(room / unit)),
    saved: saving(rules, one),
  };
}

function byValue(rules, index, one) {
  return {
    index,
    quantity: one.quantity,
    weight: (count) => one.value - priceOf(one, one.quantity - count),
    mostWithin: (room) => {
      if (room >= one.value) return one.quantity;
      const taxed = BigInt(one.value - room) * BigInt(one.quantity);
      return one.quantity - Number((taxed + BigInt(one.value) - 1n) / BigInt(one.value));
    },
    saved: saving(rules, one),
  };
}

function saving({duty, rates}, one) {
  const rate = rates.get(one.number);
  if (!rate || (rate.per_mille !== undefined && one.currency !== duty.currency)) return () => 0;
  const whole = cost(duty, rate, one, one.quantity)[1];
  return (count) => whole - cost(duty, rate, one, one.quantity - count)[1];
}

function favour(wanted, room) {
  const order = [...wanted].sort(dearer);
  const rest = Array(order.length + 1).fill(0);
  for (let at = order.length - 1; at >= 0; at -= 1) {
    rest[at] = rest[at + 1] + order[at].saved(order[at].quantity);
  }
  let best = [];
  let most = -1;
  let steps = 0;
  const taken = [];
  const go = (at, left, saved) => {
    steps += 1;
    if (saved + rest[at] <= most) return;
    if (at === order.length) {
      best = [...taken];
      most = saved;
      return;
    }
    const one = order[at];
    for (let count = one.mostWithin(left); count >= 0; count -= 1) {
      if (steps > STEPS) return;
      taken.push(count);
      go(at + 1, left - one.weight(count), saved + one.saved(count));
      taken.pop();
    }
  };
  go(0, room, 0);
  return order.map((one, at) => [one.index, best[at]]);
}

function dearer(one, other) {
  const mine = BigInt(one.saved(one.quantity)) * BigInt(other.weight(other.quantity));
  const theirs = BigInt(other.saved(other.quantity)) * BigInt(one.weight(one.quantity));
  if (mine !== theirs) return theirs > mine ? 1 : -1;
  return one.index - other.index;
}

// --- what the rest costs ---

function price(line, one, category, {duty, rates}) {
  if (category.dutiable === false) [line.free, line.over] = [one.quantity, 0];
  else if (line.allowance === null) [line.free, line.over] = [0, one.quantity];
  if (line.over === null) return;
  line.value = priceOf(one, line.over);
  const rate = rates.get(one.number);
  if (line.over === 0) [line.least, line.most] = [0, 0];
  else if (!rate) line.unknown = "rate";
  else if (rate.per_mille !== undefined && one.currency !== duty.currency) line.unknown = "currency";
  else if (rate.most_item !== undefined && itemExceeds(duty, one, rate.most_item)) line.unknown = "item";
  else [line.least, line.most] = cost(duty, rate, one, line.over);
}

const priceOf = (one, count) => scaled(one.value, count, one.quantity);

const itemExceeds = (duty, one, most) =>
  BigInt(one.value) * BigInt(duty.taxable_per_mille) > BigInt(most) * 1000n * BigInt(one.quantity);

function cost(duty, rate, one, count) {
  if (rate.per_mille === undefined) return [rate.least * count, rate.most * count];
  const taxed = scaled(priceOf(one, count), duty.taxable_per_mille * rate.per_mille, 1_000_000);
  return [taxed, taxed];
}

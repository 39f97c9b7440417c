// New rows announce themselves: politely in words, and as a number in the title of the tab. So do rows that have
// something new to say ([data-said]): a claim that has gone back.

const known = new Map(); // region id -> what each row said

export function announce(region) {
  const rows = [...region.querySelectorAll("[data-row]")];
  const now = new Map(rows.map((row) => [row.dataset.row, row.dataset.said ?? ""]));
  const before = known.get(region.id);
  known.set(region.id, now);
  if (region.dataset.title) document.title = region.dataset.title;
  if (!before) return;
  const status = document.getElementById("status");
  const said = [...now].filter(([row, text]) => text && before.has(row) && before.get(row) !== text);
  if (status && said.length > 0) status.textContent = said.map(([, text]) => text).join(". ");
  const fresh = rows.filter((row) => !before.has(row.dataset.row));
  if (fresh.length === 0) return;
  const { one, many } = region.dataset;
  if (status && one) {
    status.textContent = fresh.length === 1 ? one : many.replace("{n}", fresh.length);
  }
}

// New rows announce themselves: politely in words, and as a number in the title of the tab.

const known = new Map(); // region id -> row ids

export function announce(region) {
  const rows = [...region.querySelectorAll("[data-row]")];
  const ids = new Set(rows.map((row) => row.dataset.row));
  const before = known.get(region.id);
  known.set(region.id, ids);
  if (region.dataset.title) document.title = region.dataset.title;
  if (!before) return;
  const fresh = rows.filter((row) => !before.has(row.dataset.row));
  if (fresh.length === 0) return;
  const status = document.getElementById("status");
  const { one, many } = region.dataset;
  if (status && one) {
    status.textContent = fresh.length === 1 ? one : many.replace("{n}", fresh.length);
  }
}

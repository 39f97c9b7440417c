// What the traveller's page does beyond HTML: the screen stays lit while the code is shown.
const code = document.querySelector("[data-awake]");

async function stayLit() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
  } catch {
    // low battery, or a browser that cannot: the page says to turn the brightness up
  }
}

if (code && "wakeLock" in navigator) {
  document.addEventListener("visibilitychange", stayLit);
  await stayLit();
}

// the menu of languages closes like one
const menu = document.querySelector(".languages");
document.addEventListener("keydown", ({key}) => {
  if (key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", ({target}) => {
  if (menu?.open && !menu.contains(target)) menu.open = false;
});

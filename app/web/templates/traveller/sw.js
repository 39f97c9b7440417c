// Keeps the traveller's app, and nothing else, for use without network. Scope: /declare/ alone.
// Every address in it belongs to one edition, so a new one may take over at once.
const EDITION = "declare-{{ version }}";
const FILES = {{ files }};
const LANGUAGES = {{ languages }};

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(show(event.request, address));
  else if (FILES.includes(address.pathname)) event.respondWith(kept(event.request, address.pathname));
});

async function fill() {
  const cache = await caches.open(EDITION);
  await cache.addAll(FILES.map((file) => new Request(file, { credentials: "omit" })));
  await skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("declare-") && name !== EDITION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

async function kept(request, path) {
  return (await (await caches.open(EDITION)).match(path)) ?? fetch(request);
}

/** The app's own pages come from the phone; where there is no network they stand in for the server's, too. */
async function show(request, address) {
  const path = address.pathname.replace(/\/$/, "");
  const language = LANGUAGES.find((one) => path === `/declare/${one}`);
  if (language) return (await page(language)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(`/declare/${languageOf(path)}`, 302);
  }
}

/** The document of a language: the shell with its texts. */
async function page(language) {
  const cache = await caches.open(EDITION);
  const [shell, texts] = await Promise.all(["shell.html", `${language}/texts.json`].map((file) => cache.match(`/declare/${file}`)));
  if (!shell || !texts) return null;
  const said = await texts.json();
  const text = (await shell.text()).replace(/\{\{(\d+)\}\}/g, (_, place) => said[place]);
  return new Response(text, { headers: shell.headers });
}

function languageOf(path) {
  const asked = path.split("/")[2];
  if (LANGUAGES.includes(asked)) return asked;
  const wishes = navigator.languages.map(spoken);
  return wishes.find((wish) => LANGUAGES.includes(wish)) ?? LANGUAGES[0];
}

function spoken(tag) {
  const language = new Intl.Locale(tag).maximize();
  return language.language === "zh" ? `zh-${language.script}` : language.language;
}

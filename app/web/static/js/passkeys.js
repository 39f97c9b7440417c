// Passkeys: fetches what the authenticator is to sign, lets it sign, and sends that with the page's own form.
// Without this a page shows its other ways; what is refused comes back as the page says it.

const able = (site) =>
  window.isSecureContext &&
  "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {}) &&
  (location.hostname === site || location.hostname.endsWith(`.${site}`));

const parse = {
  get: (options) => PublicKeyCredential.parseRequestOptionsFromJSON(options),
  create: (options) => PublicKeyCredential.parseCreationOptionsFromJSON(options),
};

async function sign(form) {
  const way = form.dataset.passkey;
  const answer = await fetch(form.dataset.question, { method: "POST", headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const credential = await navigator.credentials[way]({ publicKey: parse[way](await answer.json()) });
  form.elements.credential.value = JSON.stringify(credential);
  form.submit();
}

function offer(form) {
  const says = form.querySelector("[data-says]");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    says.hidden = true;
    sign(form).catch(() => {
      says.textContent = form.dataset.failed;
      says.hidden = false;
    });
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!able(form.dataset.site)) continue;
  offer(form);
  for (const hint of document.querySelectorAll("[data-without-passkeys]")) hint.hidden = true;
}

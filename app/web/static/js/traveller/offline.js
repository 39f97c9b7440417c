// What makes the page an app: the worker that keeps it for use without network, and a place on the home screen.

const at = (id) => document.getElementById(id);

/** Register the worker; "ready" is said when everything, the authority's key too, is on the phone. */
export async function keepOffline(fetchAuthority) {
  showNetwork();
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  offerInstallation();
  const ready = at("ready");
  if (!("serviceWorker" in navigator)) return;
  ready.hidden = false;
  const policy = globalThis.trustedTypes?.createPolicy("sw", { createScriptURL: (address) => address });
  const worker = policy ? policy.createScriptURL("/declare/sw.js") : "/declare/sw.js";
  try {
    await navigator.serviceWorker.register(worker, { scope: "/declare/", updateViaCache: "none" });
    const [hasKey] = await Promise.all([fetchAuthority(), navigator.serviceWorker.ready]);
    if (hasKey) ready.textContent = ready.dataset.ready;
    ready.classList.toggle("done", hasKey);
  } catch {
    ready.hidden = true; // private windows have no worker; online everything works
  }
}

function showNetwork() {
  at("offline").hidden = navigator.onLine;
}

/** Browsers that can are asked by a button; the others say how it is done by hand. */
function offerInstallation() {
  const place = at("install");
  const [button, hint] = [place.querySelector("button"), place.querySelector("p")];
  if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) return;
  place.hidden = false;
  hint.hidden = false;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    hint.hidden = true;
    button.hidden = false;
    button.onclick = () => event.prompt();
  });
  addEventListener("appinstalled", () => {
    place.hidden = true;
  });
}

// The officers' console. Every page works without this; here it becomes live and quick.
import htmx from "../vendor/htmx.org/htmx.esm.min.js";
import { keepTime } from "./moments.js";
import { listen } from "./live.js";
import { keepRegions, refresh } from "./regions.js";
import { keys } from "./keys.js";
import { keepLeases } from "./lease.js";
import { prints } from "./print.js";
import { ring } from "./ring.js";
import { watching } from "./watching.js";

// htmx may make markup (ours, escaped by the server), but never code: a script in a fragment throws.
const refuse = () => {
  throw new Error("code in a fragment");
};
htmx.registerExtension("trusted", {
  init: (api) =>
    api.initSecurity(trustedTypes.createPolicy("htmx", { createHTML: (text) => text }), refuse, refuse),
});

keepTime();
keys();
prints();
keepLeases();
ring();
watching();
keepRegions(htmx);
// Whoever may not see the queue is told of nothing that happens, and need not ask again and again.
if (!("unheard" in document.documentElement.dataset)) listen(refresh);
document.documentElement.dataset.ready = "";

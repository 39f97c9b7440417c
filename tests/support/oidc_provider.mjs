// A real OIDC provider for tests (npm oidc-provider) whose sign-in page believes whatever it is told.
// Arguments: the package's folder, a port, the console's address. A login is "name" or "name:acr:amr,amr".
import { pathToFileURL } from "node:url";

const [folder, port, console_] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/lib/index.js`));
const issuer = `http://127.0.0.1:${port}`;
// By number: this program's "localhost" may be another address than the console's.
const behind = console_.replace("//localhost", "//127.0.0.1");
const page = (title, body) => `<!doctype html><title>${title}</title><link rel="icon" href="data:,">${body}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "egate",
      client_secret: "a secret of tests: +/=&",
      redirect_uris: [`${console_}/console/sign-in/oidc/agency/back`],
      post_logout_redirect_uris: [`${console_}/console/sign-in`],
      backchannel_logout_uri: `${behind}/console/sign-in/oidc/agency/logout`,
      backchannel_logout_session_required: true,
    },
  ],
  cookies: { keys: ["only for tests"] },
  claims: { openid: ["sub", "amr"], profile: ["preferred_username"] },
  conformIdTokenClaims: false,
  acrValues: ["high"],
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page("Sign out", `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`);
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = page("Signed out", "<p>Signed out of the agency</p>");
      },
    },
  },
  // Its own dispatcher calls nobody on this machine, and waits for 2.5 seconds only.
  fetch: (url, { dispatcher, ...options }) => fetch(url, { ...options, signal: AbortSignal.timeout(20_000) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.replace(/^sub-/, "") }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: "egate", accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = page("Agency", `<form method="post"><label>Login <input name="login"></label><button>Continue</button></form>`);
    return;
  }
  let body = "";
  for await (const part of ctx.req) body += part;
  const [name, acr, amr] = new URLSearchParams(body).get("login").split(":");
  const login = { accountId: `sub-${name}`, acr, amr: amr?.split(",") };
  await provider.interactionFinished(ctx.req, ctx.res, name ? { login } : { error: "access_denied" });
  ctx.respond = false;
});

provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));

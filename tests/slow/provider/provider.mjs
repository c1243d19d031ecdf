// A certified provider (oidc-provider) with one person, who signs in and agrees without being asked: `provider.mjs PORT`.
// Tests tell it what to do: POST /tell/person, /tell/lie (the next token answer only), /tell/rotate; GET /tell/counts.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const port = process.argv[2];
const issuer = `http://127.0.0.1:${port}`;
const rows = new Map();
const counts = { logins: 0, keys: 0 };
let person = { sub: "9f-1" };
let lie, keys, provider;

function newKey() {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = `k${Date.now()}`;
  return { ...pair, kid, jwk: { ...pair.privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" } };
}

// What the provider keeps; in our hands, so that it outlives a change of keys.
class Rows {
  constructor(model) { this.model = model; }
  at(id) { return `${this.model} ${id}`; }
  async upsert(id, row) { rows.set(this.at(id), row); }
  async find(id) { return rows.get(this.at(id)); }
  async findByUid(uid) {
    return [...rows].find(([at, row]) => at.startsWith(`${this.model} `) && row.uid === uid)?.[1];
  }
  async findByUserCode() {}
  async consume(id) { rows.get(this.at(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { rows.delete(this.at(id)); }
  async revokeByGrantId(grant) {
    for (const [at, row] of rows) if (row.grantId === grant) rows.delete(at);
  }
}

function opened() {
  const client = (name) => ({
    client_id: name, client_secret: `secret-of-${name}-which-is-long-enough`, grant_types: ["authorization_code"],
    redirect_uris: [`http://127.0.0.1:8080${name === "shegong" ? "/login/oidc/callback" : "/another"}`],
  });
  const made = new Provider(issuer, {
    adapter: Rows,
    clients: [client("shegong"), client("another")],
    jwks: { keys: keys.map((key) => key.jwk) },
    cookies: { keys: ["of these tests only"] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name", "department"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, asked) => `/interaction/${asked.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...person, sub: id }) }),
  });
  made.use(async (context, next) => {
    await next();
    if (context.path === "/token" && context.body?.id_token && lie) {
      context.body.id_token = retold(context.body.id_token, lie);
      lie = undefined;
    }
  });
  return made;
}

// ── the person ──────────────────────────────────────────────────────────────────────────────────────────────────────
async function interact(request, response) {
  const asked = await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, await answered(asked));
}

async function answered(asked) {
  if (person.refuses) return { error: "access_denied" };
  if (asked.prompt.name === "login") {
    counts.logins += 1;
    return { login: { accountId: person.sub, ts: person.signed_in } };
  }
  const grant = new provider.Grant({ accountId: asked.session.accountId, clientId: asked.params.client_id });
  grant.addOIDCScope(asked.params.scope);
  return { consent: { grantId: await grant.save() } };
}

// ── lies ────────────────────────────────────────────────────────────────────────────────────────────────────────────
const text = (value) => Buffer.from(value).toString("base64url");
const FORGED = {
  own: (said) => sign("sha256", said, keys[0].privateKey),
  another: (said) => sign("sha256", said, newKey().privateKey),
  // As if the key that everybody may read were a secret.
  public: (said) => createHmac("sha256", keys[0].publicKey.export({ format: "pem", type: "spki" })).update(said).digest(),
  secret: (said) => createHmac("sha256", "secret-of-shegong-which-is-long-enough").update(said).digest(),
  none: () => "",
};

function retold(token, { claims = {}, head = {}, signed = "own" }) {
  const [header, body] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const algorithm = { public: "HS256", secret: "HS256", none: "none" }[signed] ?? header.alg;
  const said = [{ ...header, alg: algorithm, ...head }, { ...body, ...claims }].map((part) => text(JSON.stringify(part)));
  return `${said.join(".")}.${text(FORGED[signed](Buffer.from(said.join("."))))}`;
}

// ── what tests tell ─────────────────────────────────────────────────────────────────────────────────────────────────
const TOLD = {
  person: (said) => { person = { sub: "9f-1", ...said }; },
  lie: (said) => { lie = said; },
  rotate: () => { keys = [newKey()]; provider = opened(); },
  counts: () => counts,
};

async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length ? JSON.parse(Buffer.concat(pieces)) : undefined;
}

TOLD.rotate();
createServer(async (request, response) => {
  if (request.url.startsWith("/interaction/")) return interact(request, response);
  if (request.url.startsWith("/tell/")) {
    const answer = TOLD[request.url.slice(6)](await read(request)) ?? {};
    return response.end(JSON.stringify(answer));
  }
  counts.keys += request.url === "/jwks";
  return provider.callback()(request, response);
}).listen(Number(port), "127.0.0.1");

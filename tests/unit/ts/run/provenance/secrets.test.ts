import fc from "fast-check";
import { holdsSecret } from "../../../../../ts/run/provenance/secrets.ts";

// Put together here, so that no search for secrets finds this page.
const join = (...parts: readonly string[]): string => parts.join("");

const secrets: readonly (readonly [string, string])[] = [
  ["a private key", join("-----BEGIN RSA PRIV", "ATE KEY-----")],
  ["a key of an object store", join("AKIA", "ABCDEFGHIJKLMNOP")],
  ["a token of a forge", join("ghp", "_abcdefghijklmnopqrstuvwxyz")],
  ["a token of a hub of models", join("hf", "_abcdefghijklmnopqrstuvwxyz")],
  ["a signed token", join("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".abc")],
  ["an address with a password", join("postgres://me:", "hunter2@host/db")],
  ["a password", join("pass", 'word = "hunter2hunter2"')],
  ["a password in an object", join('  "db_pass', 'word": "hunter2hunter2",')],
  ["a key of an interface", join("const api", "Key = 'abcdef123456';")],
  ["a token in Python", join("AUTH_TO", "KEN='abcdef123456'")],
];

const harmless: readonly string[] = [
  "const learningRate = 4e-3;",
  'stage("shared", { trains: ["tokenExperts", "tokenRouter"] })',
  "const password = process.env.PASSWORD;",
  'token = tokenizer.encode("a long sentence of a report")',
  'import { run } from "tomoe"; // https://example.org/page:3',
  "sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  "secret sauce: a wider window",
  'const key = "stages.shared.learningRate";',
];

describe("a secret in code", () => {
  it.each(secrets)("is seen where it is %s, wherever it stands", (_what, secret) => {
    expect(holdsSecret(secret)).toBe(true);
    expect(holdsSecret(`+first line\n+  ${secret}\n-last line`)).toBe(true);
  });

  it.each(harmless.map((text) => [text]))("is not what %s says", (text) => {
    expect(holdsSecret(text)).toBe(false);
  });

  it("is seen among any other text", () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), fc.constantFrom(...secrets), (before, after, [, secret]) => {
        expect(holdsSecret(`${before}\n${secret}\n${after}`)).toBe(true);
      }),
      { seed: 20261129 },
    );
  });
});

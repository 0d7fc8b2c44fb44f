// Trying keys: what comes out is checked outside of the service, or by its API.
import assert from "node:assert/strict";
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, verify } from "node:crypto";
import fs from "node:fs";

import { accessible, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup({ permissions: ["clipboard-read", "clipboard-write"] });
const make = async (input) => (await kms("CreateKey", input)).KeyMetadata.KeyId;
const path = (id, tab = "try") => `/console/us-east-1/kms/keys/${id}?tab=${tab}`;
const button = (name) => page.getByRole("button", { name, exact: true });
const field = (label, n = 0) => page.getByLabel(label, { exact: true }).and(page.locator("textarea, input")).nth(n);
/** What stands in an output, as text. */
const output = (label) => page.getByRole("group", { name: label, exact: true }).innerText();
const bytes = async (label) => Buffer.from(await output(`${label} (base64)`), "base64");
/** Opens a tab of a key; the form of the key before is gone then. */
async function open(id, tab) {
  await go(page, path(id, tab));
  await page.getByRole("heading", { level: 1, name: id }).waitFor();
}
const select = async (label, option, n = 0) => {
  await page.getByRole("button", { name: new RegExp(`^${label}`) }).nth(n).click();
  await page.getByRole("option", { name: option, exact: true }).click();
};

test("a text is encrypted and decrypted with an encryption context", async () => {
  const id = await make({});
  await signIn(page, undefined, path(id));
  await button("Encrypt").click();
  await sees(page, "Enter the plaintext.");
  await field("Plaintext").fill("attack at dawn <img src=x onerror=alert(1)>");
  await button("Add pair").first().click();
  await field("Key").fill("order");
  await field("Value").fill("1");
  await button("Encrypt").click();
  const blob = await bytes("Ciphertext");
  const { Plaintext } = await kms("Decrypt", { CiphertextBlob: blob, EncryptionContext: { order: "1" } });
  assert.equal(Buffer.from(Plaintext).toString(), "attack at dawn <img src=x onerror=alert(1)>");
  await button("Decrypt").click();
  assert.equal(await output("Plaintext"), "attack at dawn <img src=x onerror=alert(1)>");
  await accessible(page);
});

test("with another encryption context the error of the API is shown", async () => {
  await field("Value", 1).fill("2");
  await button("Decrypt").click();
  await sees(page, "InvalidCiphertextException");
  assert.equal(await page.getByRole("group", { name: "Plaintext", exact: true }).count(), 0);
});

test("a data key is generated, and the key in clear is the one in the ciphertext", async () => {
  await button("Generate data key").click();
  const plain = await bytes("Plaintext data key");
  const { Plaintext } = await kms("Decrypt", { CiphertextBlob: await bytes("Encrypted data key") });
  assert.deepEqual(Buffer.from(Plaintext), plain);
  assert.equal(plain.length, 32);
});

test("what was entered is gone after leaving, and no command shows it", async () => {
  await page.getByRole("tab", { name: "Key policy" }).click();
  await page.getByRole("tab", { name: "Try it" }).click();
  assert.equal(await field("Plaintext").inputValue(), "");
  await button("Show command").click();
  await sees(page, "aws kms generate-data-key");
  assert.doesNotMatch(await page.getByRole("dialog").innerText(), /attack at dawn|YXR0YWNr/);
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).last().click();
});

test("a text that is too long for an RSA key is told before the call", async () => {
  await open(await make({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }));
  await field("Plaintext").fill("x".repeat(191));
  await button("Encrypt").click();
  await sees(page, "The plaintext can have at most 190 bytes. It has 191.");
  await field("Plaintext").fill("short");
  await button("Encrypt").click();
  await bytes("Ciphertext");
  await button("Decrypt").click();
  assert.equal(await output("Plaintext"), "short");
});

test("a text is signed and verified, and another text is not", async () => {
  const id = await make({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  await open(id);
  await field("Message").fill("signed");
  await button("Sign").click();
  const signature = await bytes("Signature");
  const { PublicKey } = await kms("GetPublicKey", { KeyId: id });
  assert.ok(verify("sha256", Buffer.from("signed"), createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" }), signature));
  await button("Verify").click();
  await sees(page, "The signature is valid.");
  await field("Message", 1).fill("another");
  await button("Verify").click();
  await sees(page, "The signature is not valid");
  await sees(page, "KMSInvalidSignatureException");
  await accessible(page);
});

test("a digest is signed by each algorithm of an RSA key", async () => {
  const id = await make({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
  await open(id);
  await select("Signing algorithm", "RSASSA_PSS_SHA_384");
  await select("Message type", "DIGEST");
  await field("Message digest").fill("00");
  await button("Sign").click();
  await sees(page, "The message digest must have 48 bytes. It has 1.");
  await field("Message digest").fill(createHash("sha384").update("digested").digest("hex"));
  await button("Sign").click();
  const Signature = await bytes("Signature");
  const { SignatureValid } = await kms("Verify", { KeyId: id, Message: Buffer.from("digested"), Signature, SigningAlgorithm: "RSASSA_PSS_SHA_384" });
  assert.equal(SignatureValid, true);
  await button("Verify").click();
  await sees(page, "The signature is valid.");
});

test("an HMAC is generated and verified", async () => {
  const id = await make({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
  await open(id);
  await field("Message").fill("authentic");
  await button("Generate MAC").click();
  const { Mac } = await kms("GenerateMac", { KeyId: id, Message: Buffer.from("authentic"), MacAlgorithm: "HMAC_SHA_256" });
  assert.deepEqual(await bytes("HMAC"), Buffer.from(Mac));
  await button("Verify MAC").click();
  await sees(page, "The HMAC is valid.");
});

test("a secret is derived with a peer's public key", async () => {
  const id = await make({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
  const peer = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await open(id);
  await field("Public key of the peer").fill("not a key");
  await button("Derive shared secret").click();
  await sees(page, "This is not a public key in PEM, or DER in base64.");
  await field("Public key of the peer").fill(peer.publicKey.export({ format: "pem", type: "spki" }));
  await button("Derive shared secret").click();
  const { PublicKey } = await kms("GetPublicKey", { KeyId: id });
  const secret = diffieHellman({ privateKey: peer.privateKey, publicKey: createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" }) });
  assert.deepEqual(await bytes("Shared secret"), secret);
});

test("a secret is encapsulated and decapsulated", async () => {
  await open(await make({ KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" }));
  await button("Encapsulate").click();
  const secret = await bytes("Shared secret");
  await button("Decapsulate").click();
  assert.deepEqual(await bytes("Decapsulated secret"), secret);
});

test("the public key is shown, copied, and downloaded in PEM and DER", async () => {
  const id = await make({ KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" });
  await open(id, "public-key");
  await sees(page, "-----BEGIN PUBLIC KEY-----");
  await accessible(page);
  const der = Buffer.from((await kms("GetPublicKey", { KeyId: id })).PublicKey);
  await button("Copy public key").click();
  await sees(page, "public key copied");
  const copied = createPublicKey(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(copied.export({ format: "der", type: "spki" }), der);
  for (const [name, file, form] of [["Download", `${id}.pem`, "pem"], ["Download DER", `${id}.der`, "der"]]) {
    const download = page.waitForEvent("download");
    await button(name).click();
    const got = await download;
    assert.equal(got.suggestedFilename(), file);
    const saved = createPublicKey({ key: fs.readFileSync(await got.path()), format: form, type: "spki" });
    assert.deepEqual(saved.export({ format: "der", type: "spki" }), der);
  }
});

test("a key that is disabled says so beside the error", async () => {
  const id = await make({});
  await kms("DisableKey", { KeyId: id });
  await open(id);
  await sees(page, "The status of this key is Disabled.");
  await field("Plaintext").fill("x");
  await button("Encrypt").click();
  await sees(page, "DisabledException");
});

// Importing key material, from the download of the wrapping key to the use of the key.
import assert from "node:assert/strict";
import { constants, createPublicKey, publicEncrypt, randomBytes } from "node:crypto";
import fs from "node:fs";

import { accessible, advance, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const keyPath = (id) => `/console/us-east-1/kms/keys/${id}?tab=material`;
const key = (await kms("CreateKey", { Origin: "EXTERNAL", Description: "imported" })).KeyMetadata.KeyId;
const state = async () => (await kms("DescribeKey", { KeyId: key })).KeyMetadata;
const material = randomBytes(32);
let files; // of the downloaded archive, by their names
let wrapped;
let ciphertext;

/** The files of an archive whose files are stored as they are. */
function unzip(zip) {
  const found = {};
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50; ) {
    const [size, name] = [zip.readUInt32LE(at + 18), zip.readUInt16LE(at + 26)];
    found[zip.toString("utf8", at + 30, at + 30 + name)] = zip.subarray(at + 30 + name, at + 30 + name + size);
    at += 30 + name + size;
  }
  return found;
}

const wrap = (bytes) =>
  publicEncrypt({ key: createPublicKey({ key: files["WrappingPublicKey.bin"], format: "der", type: "spki" }), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, bytes);

const button = (name) => page.getByRole("button", { name, exact: true });

const fields = ["Wrapped key material", "Import token"];

/** Chooses a file for one of the two fields. */
const choose = (label, name, bytes) =>
  page.locator("input[type=file]").nth(fields.indexOf(label)).setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });

test("the key says that it needs key material", async () => {
  await signIn(page, undefined, keyPath(key));
  await sees(page, "This KMS key can’t be used");
  await accessible(page);
});

test("the wrapping public key and the import token come in one archive, with the commands to wrap", async () => {
  await button("Import initial key material").click();
  await sees(page, "rsa_oaep_md:sha256");
  await accessible(page);
  const download = page.waitForEvent("download");
  await button("Download wrapping public key and import token").click();
  const got = await download;
  assert.equal(got.suggestedFilename(), "Import_Parameters.zip");
  files = unzip(fs.readFileSync(await got.path()));
  assert.deepEqual(Object.keys(files), ["WrappingPublicKey.bin", "ImportToken.bin", "README.txt"]);
  assert.match(files["README.txt"].toString(), /RSAES_OAEP_SHA_256[\s\S]*openssl pkeyutl -encrypt/);
  assert.equal(createPublicKey({ key: files["WrappingPublicKey.bin"], format: "der", type: "spki" }).asymmetricKeyDetails.modulusLength, 4096);
  await sees(page, "Import_Parameters.zip has been downloaded");
});

test("files that cannot be right are told apart beside their fields", async () => {
  await button("Next").click();
  await sees(page, "Encrypted key material and import token");
  await button("Next").click();
  await sees(page, "Choose the file with the wrapped key material.");
  await sees(page, "Choose the file with the import token.");
  await choose("Wrapped key material", "KeyMaterial.bin", material);
  await sees(page, "This file has 32 bytes.");
  await choose("Import token", "token.txt", Buffer.from(files["ImportToken.bin"].toString("base64")));
  await sees(page, "This file is text, perhaps in base64.");
  assert.equal((await state()).KeyState, "PendingImport");
});

test("the time of expiration must be in the future", async () => {
  await page.getByRole("radio", { name: "Key material expires" }).check();
  await page.getByLabel("Expiration date", { exact: true }).fill("2020/01/01");
  await sees(page, "The time of expiration must be in the future.");
  await accessible(page);
});

test("the material is imported, and expires when it was told to", async () => {
  wrapped = wrap(material);
  await choose("Wrapped key material", "WrappedKeyMaterial.bin", wrapped);
  await choose("Import token", "ImportToken.bin", files["ImportToken.bin"]);
  const until = new Date(Math.floor(now().getTime() / 1000 + 2 * 3600) * 1000);
  await page.getByLabel("Expiration date", { exact: true }).fill(until.toISOString().slice(0, 10).replaceAll("-", "/"));
  await page.getByLabel("Expiration time").fill(until.toISOString().slice(11, 19));
  await page.getByLabel("Key material description - optional").fill("of the ceremony");
  await button("Next").click();
  await sees(page, "WrappedKeyMaterial.bin (512 bytes)");
  await accessible(page);
  await button("Upload key material").click();
  await sees(page, `Key material imported into key ${key}`);
  const m = await state();
  assert.deepEqual([m.KeyState, m.ExpirationModel, m.ValidTo.getTime()], ["Enabled", "KEY_MATERIAL_EXPIRES", until.getTime()]);
  await sees(page, "of the ceremony");
  await accessible(page);
  ciphertext = (await kms("Encrypt", { KeyId: key, Plaintext: Buffer.from("kept") })).CiphertextBlob;
});

test("material that has expired is imported again with the files from before, at the second step", async () => {
  await advance("3h");
  assert.equal((await state()).KeyState, "PendingImport");
  await signIn(page, undefined, keyPath(key));
  await sees(page, "Key material of it has been deleted or has expired.");
  await signIn(page, undefined, `/console/us-east-1/kms/keys/${key}/import?step=2&spec=RSA_4096&algorithm=RSAES_OAEP_SHA_256`);
  assert.equal(await page.getByRole("radio", { name: "Reimport existing key material" }).isChecked(), true);
  await choose("Wrapped key material", "WrappedKeyMaterial.bin", wrapped);
  await choose("Import token", "ImportToken.bin", files["ImportToken.bin"]);
  await button("Next").click();
  await button("Upload key material").click();
  await sees(page, `Key material imported into key ${key}`);
  assert.deepEqual([(await state()).KeyState, (await state()).ExpirationModel], ["Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE"]);
  assert.equal(Buffer.from((await kms("Decrypt", { CiphertextBlob: ciphertext })).Plaintext).toString(), "kept");
});

test("other material than before is refused in the words of the API", async () => {
  await go(page, `/console/us-east-1/kms/keys/${key}/import?type=EXISTING_KEY_MATERIAL&step=2`);
  await choose("Wrapped key material", "Other.bin", wrap(randomBytes(32)));
  await choose("Import token", "ImportToken.bin", files["ImportToken.bin"]);
  await button("Next").click();
  await button("Upload key material").click();
  await sees(page, "IncorrectKeyMaterialException");
  await button("Cancel").click();
});

test("new material is imported for a rotation, and the key is rotated to it", async () => {
  await button("Import new key material").click();
  await button("Next").click();
  await choose("Wrapped key material", "New.bin", wrap(randomBytes(32)));
  await choose("Import token", "ImportToken.bin", files["ImportToken.bin"]);
  await page.getByLabel("Key material description - optional").fill("second");
  await button("Next").click();
  await button("Upload key material").click();
  await sees(page, "Pending rotation");
  await button("Rotate now").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate now" }).click();
  await sees(page, "Key rotated");
  const { Rotations } = await kms("ListKeyRotations", { KeyId: key, IncludeKeyMaterial: "ALL_KEY_MATERIAL" });
  assert.deepEqual(Rotations.map((r) => [r.KeyMaterialDescription, r.KeyMaterialState]), [["of the ceremony", "NON_CURRENT"], ["second", "CURRENT"]]);
});

test("material is deleted after the word for it was typed", async () => {
  const [first] = (await kms("ListKeyRotations", { KeyId: key, IncludeKeyMaterial: "ALL_KEY_MATERIAL" })).Rotations;
  await page.getByRole("radio", { name: `Select ${first.KeyMaterialId}` }).check();
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "Delete key material" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByRole("button", { name: "Delete key material" }).isDisabled(), true);
  await dialog.getByLabel("To confirm, type delete in the field").fill("delete");
  await accessible(page);
  await dialog.getByRole("button", { name: "Delete key material" }).click();
  await sees(page, "1 of 2 key materials is deleted or expired");
  assert.equal((await state()).KeyState, "PendingImport");
});

// Every public key, signature, ciphertext, MAC, shared secret and data key pair that the API gives
// is good for other implementations, and theirs are for the API.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { test } from "node:test";

import * as outside from "./outside.js";
import * as service from "./service.js";

const { same } = outside;

const rsa = ["RSA_2048", "RSA_3072", "RSA_4096"];
const message = Buffer.from("a message for all ".repeat(200));

const signing = {
  ECC_NIST_P256: ["ECDSA_SHA_256"], ECC_NIST_P384: ["ECDSA_SHA_384"], ECC_NIST_P521: ["ECDSA_SHA_512"], ECC_SECG_P256K1: ["ECDSA_SHA_256"],
  ECC_NIST_EDWARDS25519: ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
  ML_DSA_44: ["ML_DSA_SHAKE_256"], ML_DSA_65: ["ML_DSA_SHAKE_256"], ML_DSA_87: ["ML_DSA_SHAKE_256"],
};
for (const spec of rsa) {
  signing[spec] = ["PSS", "PKCS1_V1_5"].flatMap((padding) => [256, 384, 512].map((bits) => `RSASSA_${padding}_SHA_${bits}`));
}

// seeded are the keys that can't be imported; the server has made them of these seeds.
const seeded = JSON.parse(process.env.SEEDED);

const secret = (spec) => Buffer.from(seeded[spec].seed, "hex");

// forms are a message in all forms that an algorithm takes.
function forms(spec, algorithm, spki) {
  switch (algorithm) {
    case "ED25519_SHA_512":
      return { RAW: message };
    case "ED25519_PH_SHA_512":
      return { DIGEST: outside.digest(algorithm, message) };
    case "ML_DSA_SHAKE_256": { // FIPS 204, section 6.2, with an empty context
      const shake = (...parts) => crypto.createHash("shake256", { outputLength: 64 }).update(Buffer.concat(parts)).digest();
      return { RAW: message, EXTERNAL_MU: shake(shake(outside.latticeKey(spec, spki)), Buffer.alloc(2), message) };
    }
    default:
      return { RAW: message, DIGEST: outside.digest(algorithm, message) };
  }
}

const invalid = { name: "KMSInvalidSignatureException" };

// theirs has the service verify a signature that was made outside.
async function theirs(key, spec, algorithm, signature) {
  for (const [type, input] of Object.entries(forms(spec, algorithm, await service.getPublicKey(key)))) {
    await service.verify(key, algorithm, type, input, signature);
    const other = Buffer.from(input);
    other[0] ^= 1;
    await assert.rejects(service.verify(key, algorithm, type, other, signature), invalid);
  }
}

for (const [spec, algorithms] of Object.entries(signing)) {
  test(`${spec}: signatures`, async () => {
    const key = await service.newKey(spec, "SIGN_VERIFY");
    const spki = await service.getPublicKey(key);
    if (!(spec in outside.lattices)) { // of which this openssl command may know nothing
      same(outside.openssl(spki, "pkey", "-pubin", "-inform", "DER", "-pubcheck", "-pubout", "-outform", "DER").subarray(-spki.length), spki);
    }
    for (const algorithm of algorithms) {
      for (const [type, input] of Object.entries(forms(spec, algorithm, spki))) {
        const signature = await service.sign(key, algorithm, type, input);
        const answers = outside.verifies(spec, algorithm, spki, message, signature);
        assert.ok(answers.length > 0 && answers.every(Boolean), `${algorithm} of ${type}: ${answers}`);
        assert.ok(!outside.verifies(spec, algorithm, spki, Buffer.from("another message"), signature).some(Boolean));
      }
    }
    if (spec in seeded) {
      const { noble } = outside.lattices[spec];
      const pair = noble.keygen(secret(spec));
      same(await service.getPublicKey(seeded[spec].id).then((k) => outside.latticeKey(spec, k)), pair.publicKey, "the key of the seed");
      return theirs(seeded[spec].id, spec, algorithms[0], noble.sign(pair.secretKey, message));
    }
    const pkcs8 = outside.newPrivateKey(spec);
    const imported = await service.importKey(spec, "SIGN_VERIFY", pkcs8);
    for (const algorithm of algorithms) {
      for (const signature of outside.signatures(spec, algorithm, pkcs8, message)) {
        await theirs(imported, spec, algorithm, signature);
      }
    }
  });
}

for (const spec of rsa) {
  test(`${spec}: encryption`, async () => {
    const pkcs8 = outside.newPrivateKey(spec);
    const made = await service.newKey(spec, "ENCRYPT_DECRYPT");
    const imported = await service.importKey(spec, "ENCRYPT_DECRYPT", pkcs8);
    for (const [algorithm, oaepHash] of [["RSAES_OAEP_SHA_1", "sha1"], ["RSAES_OAEP_SHA_256", "sha256"]]) {
      const options = { padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
      const plaintext = crypto.randomBytes(190);
      for (const key of [made, imported]) {
        const ciphertext = crypto.publicEncrypt({ key: service.publicKey(await service.getPublicKey(key)), ...options }, plaintext);
        same(await service.decrypt(key, algorithm, ciphertext), plaintext, algorithm);
      }
      const ciphertext = Buffer.from(await service.encrypt(imported, algorithm, plaintext));
      same(crypto.privateDecrypt({ key: service.privateKey(pkcs8), ...options }, ciphertext), plaintext, algorithm);
    }
  });
}

for (const bits of [224, 256, 384, 512]) {
  test(`HMAC_${bits}`, async () => {
    const material = crypto.randomBytes(bits / 8);
    const key = await service.importKey(`HMAC_${bits}`, "GENERATE_VERIFY_MAC", material);
    const mac = crypto.createHmac(`sha${bits}`, material).update(message).digest();
    same(await service.generateMac(key, `HMAC_SHA_${bits}`, message), mac);
    await service.verifyMac(key, `HMAC_SHA_${bits}`, message, mac);
    mac[0] ^= 1;
    await assert.rejects(service.verifyMac(key, `HMAC_SHA_${bits}`, message, mac), { name: "KMSInvalidMacException" });
  });
}

for (const spec of ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"]) {
  test(`${spec}: agreement`, async () => {
    const { noble, bytes } = outside.curves[spec];
    const ours = outside.newPrivateKey(spec);
    const imported = await service.importKey(spec, "KEY_AGREEMENT", ours);
    for (const key of [await service.newKey(spec, "KEY_AGREEMENT"), imported]) {
      const spki = await service.getPublicKey(key);
      const pkcs8 = outside.newPrivateKey(spec);
      const peer = crypto.createPublicKey(service.privateKey(pkcs8));
      const shared = await service.derive(key, peer.export({ format: "der", type: "spki" }));
      same(crypto.diffieHellman({ privateKey: service.privateKey(pkcs8), publicKey: service.publicKey(spki) }), shared, "OpenSSL");
      same(noble.getSharedSecret(outside.scalar(pkcs8), outside.point(spec, spki), false).subarray(1, 1 + bytes), shared, "noble");
    }
    same(crypto.createPublicKey(service.privateKey(ours)).export({ format: "der", type: "spki" }), await service.getPublicKey(imported));
  });
}

for (const spec of ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]) {
  test(`${spec}: encapsulation`, async () => {
    const { noble } = outside.lattices[spec];
    const { id, seed } = seeded[spec];
    const pair = noble.keygen(Buffer.from(seed, "hex"));
    same(outside.latticeKey(spec, await service.getPublicKey(id)), pair.publicKey, "the key of the seed");
    const { SharedSecret, SharedSecretCiphertextBlob } = await service.encapsulate(id);
    same(noble.decapsulate(SharedSecretCiphertextBlob, pair.secretKey), SharedSecret);
    for (const key of [id, await service.newKey(spec, "ENCAPSULATE_DECAPSULATE")]) {
      const made = noble.encapsulate(outside.latticeKey(spec, await service.getPublicKey(key)));
      same(await service.decapsulate(key, made.cipherText), made.sharedSecret);
      made.cipherText[0] ^= 1; // gives a secret that follows from the key's own
      const rejected = await service.decapsulate(key, made.cipherText);
      assert.notDeepEqual(Buffer.from(rejected), Buffer.from(made.sharedSecret));
      if (key === id) {
        same(noble.decapsulate(made.cipherText, pair.secretKey), rejected, "implicit rejection");
      }
    }
  });
}

// publicOf is the public key that belongs to a private key, found outside.
function publicOf(spec, pkcs8) {
  if (spec in outside.lattices) {
    return outside.lattices[spec].noble.keygen(outside.latticeSeed(spec, pkcs8)).publicKey;
  }
  outside.openssl(pkcs8, "pkey", "-inform", "DER", "-check", "-noout");
  return outside.openssl(pkcs8, "pkey", "-inform", "DER", "-pubout", "-outform", "DER");
}

for (const spec of [...rsa, ...Object.keys(outside.curves), "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"]) {
  test(`${spec}: data key pairs`, async () => {
    const key = await service.newKey("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    const pair = await service.newPair(key, spec);
    const hidden = await service.newHiddenPair(key, spec);
    const opened = (p) => service.decrypt(key, "SYMMETRIC_DEFAULT", p.PrivateKeyCiphertextBlob);
    same(await opened(pair), pair.PrivateKeyPlaintext, "the private key, decrypted");
    for (const [pkcs8, spki] of [[pair.PrivateKeyPlaintext, pair.PublicKey], [await opened(hidden), hidden.PublicKey]]) {
      const raw = spec in outside.lattices ? outside.latticeKey(spec, spki) : spki;
      same(publicOf(spec, pkcs8), raw, "the public key of the private key");
      for (const algorithm of signing[spec] ?? []) {
        for (const signature of outside.signatures(spec, algorithm, pkcs8, message)) {
          assert.ok(outside.verifies(spec, algorithm, spki, message, signature).every(Boolean), algorithm);
        }
      }
    }
  });
}

// What other implementations of the algorithms make of keys: the OpenSSL in Node.js, and noble,
// which is JavaScript. Both must agree with each other.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";

import { ed25519, ed25519ph } from "@noble/curves/ed25519";
import { p256, p384, p521 } from "@noble/curves/nist";
import { secp256k1 } from "@noble/curves/secp256k1";
import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa";
import { ml_kem1024, ml_kem512, ml_kem768 } from "@noble/post-quantum/ml-kem";

import { privateKey, publicKey } from "./service.js";

export const curves = {
  ECC_NIST_P256: { noble: p256, openssl: "P-256", bytes: 32 },
  ECC_NIST_P384: { noble: p384, openssl: "P-384", bytes: 48 },
  ECC_NIST_P521: { noble: p521, openssl: "P-521", bytes: 66 },
  ECC_SECG_P256K1: { noble: secp256k1, openssl: "secp256k1", bytes: 32 },
};

// lattices have the last byte of the object identifier 2.16.840.1.101.3.4.x.y, and the sizes of
// the public key and the seed.
export const lattices = {
  ML_DSA_44: { noble: ml_dsa44, id: [3, 17], size: 1312, seed: 32 },
  ML_DSA_65: { noble: ml_dsa65, id: [3, 18], size: 1952, seed: 32 },
  ML_DSA_87: { noble: ml_dsa87, id: [3, 19], size: 2592, seed: 32 },
  ML_KEM_512: { noble: ml_kem512, id: [4, 1], size: 800, seed: 64 },
  ML_KEM_768: { noble: ml_kem768, id: [4, 2], size: 1184, seed: 64 },
  ML_KEM_1024: { noble: ml_kem1024, id: [4, 3], size: 1568, seed: 64 },
};

export const same = (got, want, what) => assert.equal(Buffer.from(got).toString("hex"), Buffer.from(want).toString("hex"), what);

// tlv is a DER element.
function tlv(tag, ...parts) {
  const body = Buffer.concat(parts.map((p) => Buffer.from(p)));
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const latticeID = ([x, y]) => tlv(0x30, tlv(0x06, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, x, y]));

// latticeKey takes the raw public key out of the form of RFC 9881 and RFC 9935.
export function latticeKey(spec, spki) {
  const { id, size } = lattices[spec];
  const raw = Buffer.from(spki).subarray(-size);
  same(spki, tlv(0x30, latticeID(id), tlv(0x03, [0], raw)), `${spec}: SubjectPublicKeyInfo`);
  return raw;
}

// latticeSeed takes the seed out of PKCS #8.
export function latticeSeed(spec, pkcs8) {
  const { id, seed } = lattices[spec];
  const raw = Buffer.from(pkcs8).subarray(-seed);
  same(pkcs8, tlv(0x30, [2, 1, 0], latticeID(id), tlv(0x04, tlv(0x80, raw))), `${spec}: PKCS #8`);
  return raw;
}

// point is the public key of a curve, uncompressed, read by OpenSSL and by noble.
export function point(spec, spki) {
  const { crv, x, y } = publicKey(spki).export({ format: "jwk" });
  const { noble, openssl, bytes } = curves[spec];
  assert.equal(crv, openssl);
  const raw = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  assert.equal(raw.length, 1 + 2 * bytes);
  same(Buffer.from(spki).subarray(-raw.length), raw, `${spec}: the point`);
  noble.Point.fromHex(raw.toString("hex")).assertValidity();
  return raw;
}

// scalar is the private key of a curve, from PKCS #8.
export const scalar = (pkcs8) => Buffer.from(privateKey(pkcs8).export({ format: "jwk" }).d, "base64url");

// openssl is the openssl command.
export const openssl = (input, ...args) => execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "pipe"] });

const hashOf = (algorithm) => `sha${algorithm.match(/\d+$/)[0]}`;

// digest is what MessageType DIGEST takes.
export const digest = (algorithm, message) => crypto.createHash(hashOf(algorithm)).update(message).digest();

function options(algorithm) {
  if (algorithm.startsWith("RSASSA_PSS")) {
    return { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST };
  }
  return {};
}

const opensslHash = (algorithm) => (algorithm === "ED25519_SHA_512" ? null : hashOf(algorithm));

// verifies has all that know the algorithm verify a signature of a message.
export function verifies(spec, algorithm, spki, message, signature) {
  const answers = [];
  if (algorithm === "ED25519_PH_SHA_512") {
    // The service takes the digest for the message, which Ed25519ph hashes again.
    answers.push(ed25519ph.verify(signature, digest(algorithm, message), Buffer.from(spki).subarray(-32)));
  } else if (algorithm === "ML_DSA_SHAKE_256") {
    answers.push(lattices[spec].noble.verify(latticeKey(spec, spki), message, signature));
  } else {
    answers.push(crypto.verify(opensslHash(algorithm), message, { key: publicKey(spki), ...options(algorithm) }, signature));
    if (algorithm === "ED25519_SHA_512") {
      answers.push(ed25519.verify(signature, message, Buffer.from(spki).subarray(-32)));
    } else if (spec in curves) {
      answers.push(curves[spec].noble.verify(signature, digest(algorithm, message), point(spec, spki), { lowS: false, format: "der" }));
    }
  }
  return answers;
}

// signatures are those that all who know the algorithm make of a message.
export function signatures(spec, algorithm, pkcs8, message) {
  if (algorithm === "ED25519_PH_SHA_512") {
    return [ed25519ph.sign(digest(algorithm, message), Buffer.from(pkcs8).subarray(-32))];
  }
  const made = [crypto.sign(opensslHash(algorithm), message, { key: privateKey(pkcs8), ...options(algorithm) })];
  if (algorithm === "ED25519_SHA_512") {
    made.push(ed25519.sign(message, Buffer.from(pkcs8).subarray(-32)));
  } else if (spec in curves) {
    made.push(curves[spec].noble.sign(digest(algorithm, message), scalar(pkcs8)).toBytes("der"));
  }
  return made;
}

// newPrivateKey makes a private key in PKCS #8.
export function newPrivateKey(spec) {
  const made = spec.startsWith("RSA_") ? crypto.generateKeyPairSync("rsa", { modulusLength: Number(spec.slice(4)) })
    : spec in curves ? crypto.generateKeyPairSync("ec", { namedCurve: curves[spec].openssl })
      : crypto.generateKeyPairSync("ed25519");
  return made.privateKey.export({ format: "der", type: "pkcs8" });
}

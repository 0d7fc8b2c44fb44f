// Short forms of the calls of the API that several tests make.

import crypto from "node:crypto";

import * as kms from "@aws-sdk/client-kms";

export const client = new kms.KMSClient({});

const call = (name, input) => client.send(new kms[`${name}Command`](input));

export async function newKey(KeySpec, KeyUsage) {
  return (await call("CreateKey", { KeySpec, KeyUsage })).KeyMetadata.KeyId;
}

// importKey makes a key of material that was made outside: bytes, or PKCS #8. The key that wraps
// it is wrapped by RSAES-OAEP, the material by AES key wrap with padding (RFC 5649).
export async function importKey(KeySpec, KeyUsage, material) {
  const { KeyId } = (await call("CreateKey", { KeySpec, KeyUsage, Origin: "EXTERNAL" })).KeyMetadata;
  const { PublicKey, ImportToken } = await call("GetParametersForImport", {
    KeyId, WrappingAlgorithm: "RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec: "RSA_2048",
  });
  const wrapping = crypto.randomBytes(32);
  const cipher = crypto.createCipheriv("id-aes256-wrap-pad", wrapping, Buffer.from("A65959A6", "hex"));
  const oaep = { key: publicKey(PublicKey), padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const EncryptedKeyMaterial = Buffer.concat([crypto.publicEncrypt(oaep, wrapping), cipher.update(material), cipher.final()]);
  await call("ImportKeyMaterial", { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" });
  return KeyId;
}

// publicKey reads a SubjectPublicKeyInfo, privateKey a PKCS #8, by OpenSSL.
export const publicKey = (der) => crypto.createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
export const privateKey = (der) => crypto.createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });

export const getPublicKey = async (KeyId) => (await call("GetPublicKey", { KeyId })).PublicKey;

export const sign = async (KeyId, SigningAlgorithm, MessageType, Message) =>
  (await call("Sign", { KeyId, SigningAlgorithm, MessageType, Message })).Signature;

// verify is rejected for a signature that is none of the message.
export const verify = (KeyId, SigningAlgorithm, MessageType, Message, Signature) =>
  call("Verify", { KeyId, SigningAlgorithm, MessageType, Message, Signature });

export const encrypt = async (KeyId, EncryptionAlgorithm, Plaintext) =>
  (await call("Encrypt", { KeyId, EncryptionAlgorithm, Plaintext })).CiphertextBlob;

export const decrypt = async (KeyId, EncryptionAlgorithm, CiphertextBlob) =>
  (await call("Decrypt", { KeyId, EncryptionAlgorithm, CiphertextBlob })).Plaintext;

export const generateMac = async (KeyId, MacAlgorithm, Message) => (await call("GenerateMac", { KeyId, MacAlgorithm, Message })).Mac;

export const verifyMac = (KeyId, MacAlgorithm, Message, Mac) => call("VerifyMac", { KeyId, MacAlgorithm, Message, Mac });

export const derive = async (KeyId, PublicKey) =>
  (await call("DeriveSharedSecret", { KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey })).SharedSecret;

export const encapsulate = (KeyId) => call("Encapsulate", { KeyId, EncapsulationAlgorithm: "ML_KEM" });

export const decapsulate = async (KeyId, SharedSecretCiphertextBlob) =>
  (await call("Decapsulate", { KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob })).SharedSecret;

export const newPair = (KeyId, KeyPairSpec) => call("GenerateDataKeyPair", { KeyId, KeyPairSpec });

export const newHiddenPair = (KeyId, KeyPairSpec) => call("GenerateDataKeyPairWithoutPlaintext", { KeyId, KeyPairSpec });

// What a JavaScript program does with the AWS SDK, told only by its environment.

import assert from "node:assert/strict";
import { createECDH, createPublicKey } from "node:crypto";
import { test } from "node:test";

import * as kms from "@aws-sdk/client-kms";
import * as sts from "@aws-sdk/client-sts";

const client = new kms.KMSClient({});

async function newKey(client, input = {}) {
  return (await client.send(new kms.CreateKeyCommand(input))).KeyMetadata;
}

test("a key has a life", async () => {
  const made = await newKey(client, { Description: "für Akten", Tags: [{ TagKey: "team", TagValue: "blau" }] });
  assert.equal(made.KeyState, "Enabled");
  assert.ok(made.CreationDate instanceof Date && Math.abs(made.CreationDate - Date.now()) < 3600_000);
  const { Tags } = await client.send(new kms.ListResourceTagsCommand({ KeyId: made.KeyId }));
  assert.deepEqual(Tags, [{ TagKey: "team", TagValue: "blau" }]);
  await client.send(new kms.DisableKeyCommand({ KeyId: made.Arn }));
  await assert.rejects(
    client.send(new kms.EncryptCommand({ KeyId: made.KeyId, Plaintext: Buffer.from("x") })),
    (e) => e instanceof kms.DisabledException && e.message === `${made.Arn} is disabled.`,
  );
  const gone = await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId: made.KeyId, PendingWindowInDays: 30 }));
  const days = (gone.DeletionDate - made.CreationDate) / 86400_000;
  assert.ok(Math.abs(days - 30) < 0.1, `${days} days`);
});

test("what was encrypted comes back, with its context only", async () => {
  const key = await newKey(client);
  const Plaintext = Buffer.alloc(4096, "0123456789abcdef"); // 4 KiB, the most that Encrypt takes
  const EncryptionContext = { purpose: "demo", owner: "ä" };
  const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId: key.KeyId, Plaintext, EncryptionContext }));
  const back = await client.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { owner: "ä", purpose: "demo" } }));
  assert.deepEqual(Buffer.from(back.Plaintext), Plaintext);
  assert.equal(back.KeyId, key.Arn);
  assert.equal(back.EncryptionAlgorithm, "SYMMETRIC_DEFAULT");
  await assert.rejects(client.send(new kms.DecryptCommand({ CiphertextBlob })), kms.InvalidCiphertextException);

  const other = await newKey(client);
  await assert.rejects(
    client.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other.KeyId })),
    kms.IncorrectKeyException,
  );
  const dataKey = await client.send(new kms.GenerateDataKeyCommand({ KeyId: key.KeyId, KeySpec: "AES_256" }));
  assert.equal(dataKey.Plaintext.length, 32);
  await assert.rejects(
    client.send(new kms.GenerateDataKeyCommand({ KeyId: key.KeyId, KeySpec: "AES_256", DryRun: true })),
    kms.DryRunOperationException,
  );
});

test("a secret is agreed on", async () => {
  const key = await newKey(client, { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
  const { PublicKey } = await client.send(new kms.GetPublicKeyCommand({ KeyId: key.KeyId }));
  const { x, y } = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" }).export({ format: "jwk" });
  const mine = createECDH("prime256v1");
  const point = mine.generateKeys();
  const peer = createPublicKey({
    key: { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") }, format: "jwk",
  }).export({ format: "der", type: "spki" });
  const { SharedSecret } = await client.send(new kms.DeriveSharedSecretCommand({ KeyId: key.KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey: peer }));
  const theirs = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  assert.deepEqual(Buffer.from(SharedSecret), mine.computeSecret(theirs));
});

test("a secret is encapsulated", async () => {
  const key = await newKey(client, { KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" });
  const sent = await client.send(new kms.EncapsulateCommand({ KeyId: key.KeyId, EncapsulationAlgorithm: "ML_KEM" }));
  const { SharedSecretCiphertextBlob } = sent;
  const received = await client.send(new kms.DecapsulateCommand({ KeyId: key.KeyId, EncapsulationAlgorithm: "ML_KEM", SharedSecretCiphertextBlob }));
  assert.equal(sent.SharedSecret.length, 32);
  assert.deepEqual(received.SharedSecret, sent.SharedSecret);
});

test("a key is rotated, and says when it was used", async () => {
  const key = await newKey(client);
  const before = await client.send(new kms.GetKeyLastUsageCommand({ KeyId: key.KeyId }));
  assert.equal(before.KeyLastUsage?.Operation, undefined);
  const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId: key.KeyId, Plaintext: Buffer.from("x") }));
  await client.send(new kms.RotateKeyOnDemandCommand({ KeyId: key.KeyId }));
  const { Rotations } = await client.send(new kms.ListKeyRotationsCommand({ KeyId: key.KeyId }));
  assert.equal(Rotations.length, 1);
  assert.equal(Rotations[0].RotationType, "ON_DEMAND");
  const after = await client.send(new kms.DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(after.Plaintext).toString(), "x");
  assert.notEqual(after.KeyMaterialId, Rotations[0].KeyMaterialId);
  const { KeyLastUsage } = await client.send(new kms.GetKeyLastUsageCommand({ KeyId: key.KeyId }));
  assert.equal(KeyLastUsage.Operation, "Decrypt");
});

test("many calls at once", async () => {
  const key = await newKey(client);
  const texts = Array.from({ length: 64 }, (_, i) => `text ${i}`);
  const back = await Promise.all(texts.map(async (text) => {
    const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId: key.KeyId, Plaintext: Buffer.from(text) }));
    const { Plaintext } = await client.send(new kms.DecryptCommand({ CiphertextBlob }));
    return Buffer.from(Plaintext).toString();
  }));
  assert.deepEqual(back, texts);
});

test("paginators", async () => {
  const key = await newKey(client);
  const names = Array.from({ length: 5 }, (_, i) => `alias/${key.KeyId}/${i}`);
  for (const AliasName of names) {
    await client.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: key.KeyId }));
  }
  const pages = [];
  for await (const page of kms.paginateListAliases({ client, pageSize: 2 }, { KeyId: key.KeyId })) {
    pages.push(page.Aliases.map((a) => a.AliasName));
  }
  assert.equal(pages.length, 3);
  assert.deepEqual(pages.flat(), names);
});

test("errors", async () => {
  await assert.rejects(
    client.send(new kms.DescribeKeyCommand({ KeyId: "alias/nothing" })),
    (e) => e instanceof kms.NotFoundException && e.$fault === "client" && e.$metadata.httpStatusCode === 400 && e.$metadata.requestId?.length === 36,
  );
  await assert.rejects(
    client.send(new kms.GenerateRandomCommand({ NumberOfBytes: 1025 })),
    { name: "ValidationException", message: /^1 validation error detected: / },
  );
  const stranger = new kms.KMSClient({ credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong" } });
  await assert.rejects(stranger.send(new kms.ListKeysCommand({})), { name: "UnrecognizedClientException" });
});

test("a session", async () => {
  const { Credentials: c } = await new sts.STSClient({}).send(new sts.GetSessionTokenCommand({ DurationSeconds: 900 }));
  const credentials = { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken };
  const who = await new sts.STSClient({ credentials }).send(new sts.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, "arn:aws:iam::000000000000:root");
  await newKey(new kms.KMSClient({ credentials }));
});

// What a JavaScript program does as a role: it finds its credentials by itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as kms from "@aws-sdk/client-kms";
import * as sts from "@aws-sdk/client-sts";

test("a role", async () => {
  const { KEY_ID: KeyId, WANT_ARN: arn } = process.env;
  const who = await new sts.STSClient({}).send(new sts.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, arn);
  const client = new kms.KMSClient({});
  const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("hello") }));
  const { Plaintext } = await client.send(new kms.DecryptCommand({ CiphertextBlob }));
  assert.equal(Buffer.from(Plaintext).toString(), "hello");
  await assert.rejects(
    client.send(new kms.DisableKeyCommand({ KeyId })),
    (e) => e.name === "AccessDeniedException" && e.message.startsWith(`User: ${arn} is not authorized to perform: kms:DisableKey`),
  );
});

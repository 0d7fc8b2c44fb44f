// Keys to look for: of each kind one, and some that are alike.

/** Words that would run if a page took them for markup. */
export const hostile = "<img src=x onerror=alert(1)>";

/** Makes the keys, and returns their IDs by what they are; so many of them are plain. */
export async function makeKeys(kms, plain) {
  const keys = {};
  const make = async (name, input = {}, ...aliases) => {
    keys[name] = (await kms("CreateKey", input)).KeyMetadata.KeyId;
    for (const a of aliases) await kms("CreateAlias", { AliasName: `alias/${a}`, TargetKeyId: keys[name] });
  };
  const twelve = Array.from({ length: 12 }, (_, i) => `app/many-${String(i).padStart(2, "0")}`);
  await make("many", { Description: hostile, Tags: [{ TagKey: "Team", TagValue: "Blue" }] }, ...twelve);
  await make("signing", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", Tags: [{ TagKey: "Team", TagValue: "Green" }] }, "signing");
  await make("mac", { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC", Tags: [{ TagKey: "Cost", TagValue: "Blue" }] }, "app/mac");
  await make("rsa", { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
  await make("imported", { Origin: "EXTERNAL" });
  await make("regions", { MultiRegion: true }, "regions");
  await make("dying");
  for (let i = 0; i < plain; i++) await make(`plain${i}`, { Description: "plain" });
  await kms("DisableKey", { KeyId: keys.signing });
  await kms("ScheduleKeyDeletion", { KeyId: keys.dying });
  return keys;
}

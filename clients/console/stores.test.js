// needs: proxy
// External key stores: made from the proxy's configuration file, connected, used, changed, deleted.
import assert from "node:assert/strict";

import { accessible, advance, control, eventually, go, proxy, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();

const list = "/console/us-east-1/kms/external-stores";
const button = (name) => page.getByRole("button", { name, exact: true });
const field = (name) => page.getByLabel(name, { exact: true });
const stores = async () => (await kms("DescribeCustomKeyStores")).CustomKeyStores;
const dialog = () => page.getByRole("dialog");
const action = async (name) => {
  await page.getByRole("button", { name: "Key store actions" }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
};
const configuration = (change = {}) => ({
  XksProxyUriPath: proxy.path,
  XksProxyAuthenticationCredential: { AccessKeyId: proxy.accessKeyId, RawSecretAccessKey: proxy.secretAccessKey },
  ...change,
});
const upload = (content) =>
  page.locator('input[type="file"]').setInputFiles({ name: "proxy.json", mimeType: "application/json", buffer: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)) });

test("a list without key stores says what to do", async () => {
  await signIn(page);
  await go(page, list);
  await sees(page, "No external key stores");
  await accessible(page);
  await page.getByRole("button", { name: "Create external key store" }).first().click();
  await page.getByRole("heading", { name: "Create external key store" }).waitFor();
});

test("each bad field has its message beside it", async () => {
  await button("Create external key store").click();
  for (const text of ["Enter a name for the key store.", "Enter the proxy URI endpoint.", "Enter the access key ID.", "Enter the secret access key."]) await sees(page, text);
  const cases = [
    ["Proxy URI endpoint", "http://xks.example.com", "The endpoint begins with https://."],
    ["Proxy URI endpoint", "https://xks.example.com:8443", "The endpoint has no port: KMS uses 443."],
    ["Proxy URI endpoint", "https://xks.example.com/", /does not end in a slash/],
    ["Proxy URI path prefix - optional", "prefix", "The prefix begins with a slash."],
    ["Proxy URI path prefix - optional", "/p/kms/xks/v1", /Leave out \/kms\/xks\/v1/],
    ["Proxy credential: Access key ID", "lowercase", /capital letters and the digits 2 to 7/],
    ["Proxy credential: Access key ID", "ABC", /20 to 30 characters\. This one has 3/],
    ["Proxy credential: Secret access key", "short", /43 to 64 characters\. This one has 5/],
    ["Proxy credential: Secret access key", "a b", /letters, digits, and/],
  ];
  for (const [name, value, message] of cases) {
    await field(name).fill(value);
    await sees(page, message);
  }
  await page.getByText("VPC endpoint service", { exact: true }).click();
  await field("VPC endpoint service name").fill("vpce-svc-1");
  await sees(page, "The name has 20 to 64 characters.");
  await field("VPC endpoint service owner - optional").fill("12");
  await sees(page, "An account ID has 12 digits.");
  await accessible(page);
  await page.getByText("Public endpoint", { exact: true }).click();
  assert.equal((await stores()).length, 0);
});

test("a bad configuration file says what is wrong with it", async () => {
  const cases = [
    ["{", "The file is not JSON."],
    [configuration({ XksProxyUriPath: undefined }), "The file has no XksProxyUriPath."],
    [configuration({ XksProxyUriPath: "/elsewhere" }), "XksProxyUriPath does not end in /kms/xks/v1."],
    [configuration({ XksProxyAuthenticationCredential: { AccessKeyId: "x" } }), /no XksProxyAuthenticationCredential\.RawSecretAccessKey/],
  ];
  for (const [content, message] of cases) {
    await upload(content);
    await sees(page, message);
  }
});

test("a credential that the proxy does not know is explained", async () => {
  await upload(configuration({ XksProxyAuthenticationCredential: { AccessKeyId: proxy.accessKeyId, RawSecretAccessKey: "a".repeat(43) } }));
  await field("Key store name").fill("outside");
  await field("Proxy URI endpoint").fill(proxy.endpoint);
  await button("Create external key store").click();
  await sees(page, "XksProxyIncorrectAuthenticationCredentialException");
  await sees(page, /does not accept the access key ID or the signature/);
});

test("a proxy that is down is explained", async () => {
  await control("kill-proxy");
  await upload(configuration());
  await button("Create external key store").click();
  await sees(page, "XksProxyUriUnreachableException");
  await sees(page, /Check that the proxy is running/);
  await control("start-proxy");
});

test("the configuration file makes a key store", async () => {
  assert.equal(await field("Proxy URI path prefix - optional").inputValue(), proxy.prefix);
  assert.equal(await field("Proxy credential: Access key ID").inputValue(), proxy.accessKeyId);
  await button("Create external key store").click();
  await sees(page, /Key store outside created/);
  await sees(page, /Request ID: /);
  const [store] = await stores();
  assert.deepEqual([store.CustomKeyStoreName, store.ConnectionState, store.XksProxyConfiguration.UriPath, store.XksProxyConfiguration.Connectivity], ["outside", "DISCONNECTED", proxy.path, "PUBLIC_ENDPOINT"]);
  await page.getByRole("heading", { name: "outside", exact: true }).waitFor();
  await sees(page, "Disconnected");
  await accessible(page);
});

test("the secret is in no command", async () => {
  await page.getByRole("button", { name: "Show command" }).click();
  await sees(page, "SECRET_ACCESS_KEY");
  assert.ok(!(await page.content()).includes(proxy.secretAccessKey));
  await page.keyboard.press("Escape");
});

test("a connection that fails says why and what to do", async () => {
  await control("swallow");
  await action("Connect");
  await dialog().getByRole("button", { name: "Connect", exact: true }).click();
  await sees(page, "Connection error: XKS_PROXY_TIMED_OUT");
  await sees(page, "The external key store proxy did not answer within 250 milliseconds.");
  await sees(page, "Failed");
  await accessible(page);
  await control("heal");
  await action("Disconnect");
  await dialog().getByRole("button", { name: "Disconnect", exact: true }).click();
  await sees(page, "Disconnected");
});

test("it connects", async () => {
  await action("Connect");
  await dialog().getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Connected", { exact: true }).first().waitFor();
  assert.equal((await stores())[0].ConnectionState, "CONNECTED");
});

test("a key in it is listed", async () => {
  const [store] = await stores();
  await page.getByRole("tab", { name: "KMS keys" }).click();
  await sees(page, "No KMS keys in this key store");
  await button("Create a KMS key in this key store").click();
  await page.waitForURL(/\/kms\/keys\/create\?store=cks-/);
  const { KeyMetadata } = await kms("CreateKey", { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: store.CustomKeyStoreId, XksKeyId: proxy.keys[0] });
  await kms("CreateAlias", { AliasName: "alias/out-there", TargetKeyId: KeyMetadata.KeyId });
  await kms("CreateKey");
  await go(page, `${list}/${store.CustomKeyStoreId}?tab=keys`);
  await page.getByRole("link", { name: KeyMetadata.KeyId }).waitFor();
  await sees(page, "out-there");
  await sees(page, proxy.keys[0]);
  assert.equal(await page.getByRole("grid", { name: "KMS keys" }).getByRole("row").count(), 2);
  await accessible(page);
});

test("while it is connected, its name can be changed and its endpoint can't", async () => {
  await action("Edit");
  await page.getByRole("heading", { name: "Edit key store" }).waitFor();
  assert.ok(await field("Proxy URI endpoint").isDisabled());
  await field("Key store name").fill("renamed");
  await field("Proxy credential: Access key ID - optional").fill("nothing like it");
  await sees(page, /capital letters and the digits 2 to 7/);
  await field("Proxy credential: Access key ID - optional").fill("");
  await accessible(page);
  await button("Save changes").click();
  await sees(page, "Key store renamed updated.");
  assert.equal((await stores())[0].CustomKeyStoreName, "renamed");
});

test("a connected key store can't be deleted, nor one with keys", async () => {
  await page.getByRole("button", { name: "Key store actions" }).click();
  assert.equal(await page.getByRole("menuitem", { name: "Delete" }).getAttribute("aria-disabled"), "true");
  await page.getByRole("menuitem", { name: "Disconnect", exact: true }).click();
  await sees(page, /its KMS keys cannot be used/);
  await dialog().getByRole("button", { name: "Disconnect", exact: true }).click();
  await page.getByText("Disconnected", { exact: true }).first().waitFor();
  await action("Delete");
  await page.getByLabel("To confirm, type delete in the field").fill("delete");
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, "CustomKeyStoreHasCMKsException");
  await sees(page, /Schedule the deletion of all its keys/);
  await accessible(page);
  await dialog().getByRole("button", { name: "Cancel" }).click();
});

test("hostile names are text", async () => {
  const name = "<img src=x onerror=alert(1)>";
  await kms("CreateCustomKeyStore", {
    CustomKeyStoreName: name, CustomKeyStoreType: "EXTERNAL_KEY_STORE", XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: proxy.endpoint,
    XksProxyUriPath: proxy.path, XksProxyAuthenticationCredential: { AccessKeyId: proxy.accessKeyId, RawSecretAccessKey: proxy.secretAccessKey },
  }).then(() => assert.fail("the URI is in use"), (e) => assert.equal(e.name, "XksProxyUriInUseException"));
  const [store] = await stores();
  await kms("UpdateCustomKeyStore", { CustomKeyStoreId: store.CustomKeyStoreId, NewCustomKeyStoreName: name });
  await go(page, list);
  await page.getByRole("link", { name }).waitFor();
  await accessible(page);
});

test("a key store without keys is deleted", async () => {
  const [store] = await stores();
  const { Keys } = await kms("ListKeys");
  for (const { KeyId } of Keys) await kms("ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
  await advance("192h");
  await eventually("the keys are gone", async () => (await kms("ListKeys")).Keys.length === 0);
  await signIn(page, undefined, list); // the session has ended meanwhile
  await page.getByRole("radio", { name: `Select ${store.CustomKeyStoreId}` }).click({ force: true });
  await action("Delete");
  await page.getByLabel("To confirm, type delete in the field").fill("delete");
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, /deleted\./);
  await sees(page, "No external key stores");
  assert.equal((await stores()).length, 0);
});

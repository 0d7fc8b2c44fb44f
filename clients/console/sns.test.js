// needs: mail
// Topics and subscriptions.
import assert from "node:assert/strict";

import { accessible, eventually, go, mails, sees, setup, signIn, test } from "./lib/world.js";

const { page, sns } = await setup();
const arn = (name) => `arn:aws:sns:us-east-1:000000000000:${name}`;
const hostile = "<img src=x onerror=alert(1)>";

test("an empty list says what to do", async () => {
  await signIn(page, undefined, "/console/us-east-1/sns/topics");
  await sees(page, "No topics");
  await accessible(page);
});

test("a topic's name is checked beside its field", async () => {
  await page.getByRole("button", { name: "Create topic" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("no spaces");
  await sees(page, "A name has letters, numbers, hyphens and underscores only.");
  await page.getByLabel("Name", { exact: true }).fill("");
  await page.getByRole("button", { name: "Create topic" }).click();
  await sees(page, "Enter a name.");
  await accessible(page);
});

test("a topic is created, with names and tags as they are", async () => {
  await page.getByLabel("Name", { exact: true }).fill("alarms");
  await page.getByLabel("Display name - optional").fill("Security team");
  await page.getByRole("button", { name: "Add tag" }).click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("a/b");
  await page.getByRole("button", { name: "Create topic" }).click();
  await sees(page, "Topic alarms was created.");
  await sees(page, /Request ID: /);
  const { Attributes } = await sns("GetTopicAttributes", { TopicArn: arn("alarms") });
  assert.equal(Attributes.DisplayName, "Security team");
  assert.deepEqual((await sns("ListTagsForResource", { ResourceArn: arn("alarms") })).Tags, [{ Key: "team", Value: "a/b" }]);
  await accessible(page);
});

test("an address is subscribed, and waits for its confirmation", async () => {
  await page.getByRole("button", { name: "Create subscription" }).first().click();
  await page.getByRole("textbox", { name: "Endpoint" }).fill("nobody");
  await page.getByRole("button", { name: "Create subscription" }).click();
  await sees(page, "Enter an email address.");
  await page.getByRole("textbox", { name: "Endpoint" }).fill("security@example.com");
  await page.getByRole("button", { name: "Create subscription" }).click();
  await sees(page, "security@example.com was subscribed to alarms.");
  await sees(page, "Pending confirmation");
  const { Subscriptions } = await sns("ListSubscriptionsByTopic", { TopicArn: arn("alarms") });
  assert.deepEqual(Subscriptions.map((s) => [s.Endpoint, s.SubscriptionArn]), [["security@example.com", "PendingConfirmation"]]);
  await accessible(page);
});

test("a confirmation is asked for again, and a confirmed subscription says so", async () => {
  await page.getByRole("radio").first().click();
  await page.getByRole("button", { name: "Request confirmation" }).click();
  await sees(page, "A new confirmation was sent to security@example.com.");
  const mail = await eventually("the confirmation has come", () => mails().find((m) => m.to.some((t) => t.includes("security@example.com")) && /Confirmation/.test(m.subject)));
  const link = /https?:\/\/\S+/.exec(mail.text)[0];
  assert.equal((await fetch(link, { method: "POST" })).status, 200);
  await page.getByRole("button", { name: "Refresh subscriptions" }).click();
  await sees(page, "Confirmed");
});

test("a subscription gets a filter policy", async () => {
  await page.getByRole("row", { name: /security@example.com/ }).getByRole("link").first().click();
  await sees(page, "Filter policy scope");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Filter policy" }).fill('{"severity": ["high"');
  await sees(page, /This is not valid JSON/);
  await page.getByRole("textbox", { name: "Filter policy" }).fill('{"severity": ["high"]}');
  await page.getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The subscription was changed.");
  const { Subscriptions } = await sns("ListSubscriptionsByTopic", { TopicArn: arn("alarms") });
  const { Attributes } = await sns("GetSubscriptionAttributes", { SubscriptionArn: Subscriptions[0].SubscriptionArn });
  assert.deepEqual(JSON.parse(Attributes.FilterPolicy), { severity: ["high"] });
  await accessible(page);
});

test("a message is published", async () => {
  await sns("SetSubscriptionAttributes", { SubscriptionArn: (await sns("ListSubscriptionsByTopic", { TopicArn: arn("alarms") })).Subscriptions[0].SubscriptionArn, AttributeName: "FilterPolicy", AttributeValue: "{}" });
  await go(page, "/console/us-east-1/sns/topics/alarms");
  await page.getByRole("button", { name: "Publish message" }).click();
  const dialog = page.getByRole("dialog", { name: "Publish message to topic" });
  await dialog.getByLabel("Subject - optional").fill("Hello");
  await dialog.getByLabel("Message body").fill(hostile);
  await dialog.getByRole("button", { name: "Publish message" }).click();
  await sees(page, "The message was published.");
  const mail = await eventually("the message has come", () => mails().find((m) => m.subject === "Hello"));
  assert.ok(mail.text.includes(hostile));
});

test("an access policy that the service refuses shows its error", async () => {
  await page.getByRole("tab", { name: "Access policy" }).click();
  await page.getByRole("tabpanel", { name: "Access policy" }).getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Access policy" }).fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}');
  await page.getByRole("button", { name: "Save changes" }).click();
  await sees(page, /InvalidParameter/);
  await page.getByRole("button", { name: "Cancel" }).click();
});

test("hostile names are text", async () => {
  await page.getByRole("button", { name: "Edit" }).first().click();
  await page.getByRole("dialog").getByLabel("Display name").fill(hostile);
  await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await page.getByText(hostile, { exact: true }).first().waitFor();
});

test("the command of the last action can be shown", async () => {
  await page.getByRole("button", { name: "Show command" }).click();
  await sees(page, /aws sns set-topic-attributes/);
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).last().click();
});

test("a subscription is deleted, then the topic", async () => {
  await page.getByRole("tab", { name: "Subscriptions" }).click();
  await page.getByRole("radio").first().click();
  await page.getByRole("tabpanel").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await sees(page, "The subscription of security@example.com was deleted.");
  await page.getByRole("button", { name: "Delete", exact: true }).first().click();
  const dialog = page.getByRole("dialog", { name: "Delete topic" });
  assert.ok(await dialog.getByRole("button", { name: "Delete" }).isDisabled());
  await dialog.getByRole("textbox").fill("delete me");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await sees(page, "Topic alarms was deleted.");
  assert.deepEqual((await sns("ListTopics")).Topics ?? [], []);
});

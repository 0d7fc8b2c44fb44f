// Rules for events.
import assert from "node:assert/strict";

import { accessible, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, events, sns, logs } = await setup();
const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
await sns("CreateTopic", { Name: "security" });
await logs("CreateLogGroup", { logGroupName: "/aws/events/keys" });

test("a rule's name is checked before the next step", async () => {
  await signIn(page, undefined, "/console/us-east-1/events/rules");
  await sees(page, "No rules");
  await accessible(page);
  await page.getByRole("button", { name: "Create rule" }).first().click();
  await next();
  await sees(page, "Enter a name.");
  await page.getByLabel("Name", { exact: true }).fill("not a name");
  await sees(page, "A name has letters, numbers and . - _ only.");
  await accessible(page);
});

test("a pattern is tried on an event", async () => {
  await page.getByLabel("Name", { exact: true }).fill("deletions");
  await next();
  await page.getByLabel("Event pattern", { exact: true }).fill('{"source": "aws.kms"}');
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "InvalidEventPatternException");
  await page.getByLabel("Event pattern", { exact: true }).fill('{"source": ["aws.kms"], "detail-type": ["KMS CMK Deletion"]}');
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "Sample event did not match the event pattern");
  const sample = page.getByLabel("Event", { exact: true });
  await sample.fill((await sample.inputValue()).replace("KMS CMK Rotation", "KMS CMK Deletion"));
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "Sample event matched the event pattern");
  await accessible(page);
  await next();
});

test("targets are a topic and a log group with a part of the event", async () => {
  await next();
  await sees(page, "Choose a target.");
  await page.getByRole("button", { name: /^Target Choose a target/ }).click();
  await page.getByRole("option", { name: /:security/ }).click();
  await page.getByRole("button", { name: "Add another target" }).click();
  await page.getByRole("button", { name: /^Target Choose a target/ }).click();
  await page.getByRole("option", { name: /aws\/events\/keys/ }).click();
  await page.getByRole("button", { name: /^Target input/ }).last().click();
  await page.getByRole("option", { name: "Part of the matched event" }).click();
  await accessible(page);
  await next();
  await next();
  await sees(page, "SNS topic");
  await page.getByRole("button", { name: "Create rule" }).click();
  await sees(page, "Rule deletions was created.");
  const rule = await events("DescribeRule", { Name: "deletions" });
  assert.deepEqual(JSON.parse(rule.EventPattern), { source: ["aws.kms"], "detail-type": ["KMS CMK Deletion"] });
  const { Targets } = await events("ListTargetsByRule", { Rule: "deletions" });
  assert.deepEqual(Targets.map((t) => [t.Id, t.Arn, t.InputPath]), [
    ["Target1", "arn:aws:sns:us-east-1:000000000000:security", undefined],
    ["Target2", "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/keys", "$.detail"],
  ]);
  await accessible(page);
});

test("a rule is not created over another", async () => {
  await go(page, "/console/us-east-1/events/rules/create");
  await page.getByLabel("Name", { exact: true }).fill("deletions");
  await page.getByRole("radio", { name: "Schedule" }).click();
  await next();
  await page.getByLabel("Schedule expression").fill("rate(1 minutes)");
  await sees(page, /Enter rate\(5 minutes\)/);
  await page.getByLabel("Schedule expression").fill("rate(1 minute)");
  await next();
  await page.getByRole("button", { name: /^Target Choose a target/ }).click();
  await page.getByRole("option", { name: /:security/ }).click();
  await next();
  await next();
  await page.getByRole("button", { name: "Create rule" }).click();
  await sees(page, "ResourceAlreadyExistsException");
});

test("a rule is edited: a target goes, another's input changes", async () => {
  await go(page, "/console/us-east-1/events/rules/default/deletions");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("heading", { name: "Edit deletions" }).waitFor();
  await page.getByLabel("Description - optional").fill("<script>alert(1)</script>");
  await next();
  await next();
  await page.getByRole("button", { name: "Remove target 2" }).click();
  await page.getByRole("button", { name: /^Target input/ }).click();
  await page.getByRole("option", { name: "Constant (JSON text)" }).click();
  await page.getByRole("textbox", { name: "Constant" }).fill('"a key was deleted"');
  await next();
  await next();
  await page.getByRole("button", { name: "Update rule" }).click();
  await sees(page, "Rule deletions was changed.");
  await sees(page, "<script>alert(1)</script>");
  const { Targets } = await events("ListTargetsByRule", { Rule: "deletions" });
  assert.deepEqual(Targets.map((t) => [t.Id, t.Input]), [["Target1", '"a key was deleted"']]);
});

test("a rule is disabled, enabled and deleted", async () => {
  await page.getByRole("button", { name: "Disable" }).click();
  await sees(page, "Rule deletions was disabled.");
  assert.equal((await events("DescribeRule", { Name: "deletions" })).State, "DISABLED");
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await sees(page, "Rule deletions was enabled.");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await sees(page, "Rule deletions was deleted.");
  assert.deepEqual((await events("ListRules")).Rules ?? [], []);
});

// Private endpoints and their policies.
import assert from "node:assert/strict";

import { accessible, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, ec2 } = await setup();
const only = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:DescribeKey", "Resource": "*"}]}';
const all = async () => (await ec2("DescribeVpcEndpoints")).VpcEndpoints ?? [];

test("an endpoint's network is checked beside its field", async () => {
  await signIn(page, undefined, "/console/us-east-1/vpc/endpoints");
  await sees(page, "No endpoints");
  await accessible(page);
  await page.getByRole("button", { name: "Create endpoint" }).first().click();
  await page.getByLabel("VPC", { exact: true }).fill("vpc-nowhere");
  await sees(page, "A VPC ID is vpc- and 8 or 17 hexadecimal digits.");
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await sees(page, "Choose a service.");
  await accessible(page);
});

test("an endpoint with a policy of its own is created", async () => {
  await page.getByLabel("Name tag - optional").fill("<b>payments</b>");
  await page.getByRole("button", { name: /Service/ }).last().click();
  await page.getByRole("option", { name: /com.amazonaws.us-east-1.kms/ }).first().click();
  await page.getByLabel("VPC", { exact: true }).fill("vpc-0123456789abcdef0");
  await page.getByRole("radio", { name: "Custom" }).click();
  await page.getByLabel("Endpoint policy").fill("{");
  await sees(page, /This is not valid JSON/);
  await page.getByLabel("Endpoint policy").fill(only);
  await page.getByRole("button", { name: "Create endpoint" }).click();
  await sees(page, /Endpoint vpce-\w+ was created/);
  await page.getByRole("heading", { level: 1, name: "<b>payments</b>" }).waitFor();
  const [made] = await all();
  assert.equal(made.VpcId, "vpc-0123456789abcdef0");
  assert.deepEqual(JSON.parse(made.PolicyDocument), JSON.parse(only));
  await accessible(page);
});

test("its policy is changed, and an unusable one is refused with the service's error", async () => {
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Endpoint policy", { exact: true }).last().fill('{"Statement": [{"Effect": "Sometimes"}]}');
  await page.getByRole("button", { name: "Save changes" }).click();
  await sees(page, /MalformedPolicyDocument|InvalidPolicyDocument|InvalidParameter/);
  await page.getByLabel("Endpoint policy", { exact: true }).last().fill(only.replace("kms:DescribeKey", "kms:ListKeys"));
  await page.getByRole("button", { name: "Save changes" }).click();
  await sees(page, /was changed/);
  assert.match((await all())[0].PolicyDocument, /kms:ListKeys/);
});

test("private DNS is switched off, and tags are managed", async () => {
  await page.getByRole("button", { name: "Disable private DNS" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Enable private DNS" }).waitFor();
  await page.getByRole("tab", { name: "Tags" }).click();
  await page.getByRole("button", { name: "Manage tags" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add tag" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Tag key" }).last().fill("stage");
  await page.getByRole("dialog").getByRole("textbox", { name: "Tag value - optional" }).last().fill("test");
  await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The tags were changed.");
  const [e] = await all();
  assert.equal(e.PrivateDnsEnabled, false);
  assert.ok(e.Tags.some((t) => t.Key === "stage" && t.Value === "test"));
});

test("an endpoint is deleted", async () => {
  await go(page, "/console/us-east-1/vpc/endpoints");
  await page.getByRole("row", { name: /payments/ }).getByRole("checkbox").click();
  await page.getByRole("button", { name: "Delete endpoints" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await sees(page, /Endpoint vpce-\w+ was deleted/);
  assert.deepEqual((await all()).filter((e) => !/delet/i.test(e.State)), []);
});

// The server's side of a test: calls of its API, its clock, and what is around it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import * as cloudtrailSDK from "@aws-sdk/client-cloudtrail";
import * as cloudwatchSDK from "@aws-sdk/client-cloudwatch";
import * as logsSDK from "@aws-sdk/client-cloudwatch-logs";
import * as ec2SDK from "@aws-sdk/client-ec2";
import * as eventsSDK from "@aws-sdk/client-eventbridge";
import * as iamSDK from "@aws-sdk/client-iam";
import * as kmsSDK from "@aws-sdk/client-kms";
import * as organizationsSDK from "@aws-sdk/client-organizations";
import * as snsSDK from "@aws-sdk/client-sns";
import * as stsSDK from "@aws-sdk/client-sts";

import { cloudhsm } from "./cloudhsm.js";

const env = process.env;

/** Where the server answers, without a slash at the end. */
export const url = env.CONSOLE_URL;
export const account = "000000000000";
/** The OpenID Connect provider of a file that needs oidc, and the name of the role that its people get. */
export const oidc = { issuer: env.CONSOLE_OIDC_ISSUER, thumbprint: env.CONSOLE_OIDC_THUMBPRINT, client: env.CONSOLE_OIDC_CLIENT, role: env.CONSOLE_OIDC_ROLE };

/** The root user's access key, which the server's first start made. */
export const credentials = (() => {
  const text = fs.readFileSync(env.AWS_SHARED_CREDENTIALS_FILE, "utf8");
  const read = (name) => text.match(new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, "m"))[1];
  return { accessKeyId: read("aws_access_key_id"), secretAccessKey: read("aws_secret_access_key") };
})();

/** What a file that needs proxy tells KMS about the external key manager. */
export const proxy = {
  endpoint: `https://${env.CONSOLE_PROXY_HOST}`, prefix: env.CONSOLE_PROXY_PREFIX, path: `${env.CONSOLE_PROXY_PREFIX}/kms/xks/v1`,
  accessKeyId: env.CONSOLE_PROXY_ACCESS_KEY, secretAccessKey: env.CONSOLE_PROXY_SECRET, keys: (env.CONSOLE_PROXY_KEYS ?? "").split(" "),
};

/** How far the server's clock is from this machine's, in milliseconds. */
let offset = 0;

/** The server's time. Signatures go by the time of the world. */
export const now = () => new Date(Date.now() + offset);

/** Moves the server's clock on by a duration such as "90s" or "720h", and waits for what has become due. */
export async function advance(duration) {
  const res = await fetch(`${url}/_keystead/clock`, { method: "POST", body: JSON.stringify({ Advance: duration }) });
  assert.equal(res.status, 200, await res.clone().text());
  offset = new Date((await res.json()).Now) - Date.now();
}

const caller = (sdk, Client) => async (operation, input = {}, options = {}) => {
  const client = new Client({
    endpoint: url, region: options.region ?? "us-east-1", credentials: options.credentials ?? credentials, maxAttempts: 1,
  });
  try {
    return await client.send(new sdk[`${operation}Command`](input));
  } finally {
    client.destroy();
  }
};

export const apis = {
  cloudtrail: caller(cloudtrailSDK, cloudtrailSDK.CloudTrailClient),
  cloudwatch: caller(cloudwatchSDK, cloudwatchSDK.CloudWatchClient),
  logs: caller(logsSDK, logsSDK.CloudWatchLogsClient),
  ec2: caller(ec2SDK, ec2SDK.EC2Client),
  events: caller(eventsSDK, eventsSDK.EventBridgeClient),
  iam: caller(iamSDK, iamSDK.IAMClient),
  kms: caller(kmsSDK, kmsSDK.KMSClient),
  organizations: caller(organizationsSDK, organizationsSDK.OrganizationsClient),
  sns: caller(snsSDK, snsSDK.SNSClient),
  sts: caller(stsSDK, stsSDK.STSClient),
  cloudhsm: (operation, input = {}, options = {}) => cloudhsm(operation, input, { url, credentials, ...options }),
};

/** Waits until a condition is neither false nor an error, and returns what it is. */
export async function eventually(what, condition, most = 30_000) {
  for (const end = Date.now() + most; ; await new Promise((done) => setTimeout(done, 50))) {
    try {
      const got = await condition();
      if (got) return got;
      if (Date.now() > end) assert.fail(`not so after ${most / 1000} s: ${what}`);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The mails that have come, in order: { from, to: [], subject, text }. */
export function mails() {
  const dir = env.CONSOLE_MAILBOX;
  return fs.readdirSync(dir).filter((name) => name.endsWith(".json")).sort().map((name) => {
    const { from, to, data } = JSON.parse(fs.readFileSync(path.join(dir, name), "utf8"));
    const [, head, body] = data.replaceAll("\r\n", "\n").match(/^([\s\S]*?)\n\n([\s\S]*)$/);
    const headers = Object.fromEntries(head.replace(/\n[ \t]+/g, " ").split("\n").map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    const text = /quoted-printable/i.test(headers["content-transfer-encoding"] ?? "") ? unquote(body.replace(/=\n/g, "")) : body;
    return { from, to, subject: subject(headers.subject ?? ""), text };
  });
}

const unquote = (text) => Buffer.from(text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString("utf8");

const subject = (text) =>
  text.replace(/\?=\s+=\?/g, "?==?").replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind, words) =>
    kind.toLowerCase() === "b" ? Buffer.from(words, "base64").toString("utf8") : unquote(words.replaceAll("_", " ")));

/**
 * Breaks or mends what is between the server and the XKS proxy: "cut" resets the connections that
 * there are, "swallow" lets nothing through until "heal", "kill-proxy" and "start-proxy".
 */
export async function control(what) {
  const res = await fetch(`${env.CONSOLE_CONTROL}/${what}`, { method: "POST" });
  assert.equal(res.status, 200, `control ${what}`);
}

/** Runs a command of the program on the server's data, as an operator does, and returns what it printed. */
export async function operator(...args) {
  const more = env.CONSOLE_HSM_DRIVER ? ["--hsm-driver", env.CONSOLE_HSM_DRIVER] : [];
  return (await promisify(execFile)(env.CONSOLE_PROGRAM, [...args, "--data-dir", "data", ...more], { cwd: env.CONSOLE_DIR })).stdout;
}

/**
 * Makes an active cluster of two HSMs with the user kmsuser, as its owner does, and returns
 * { id, anchor, password }: anchor is the trust anchor certificate, password that of kmsuser.
 */
export async function hsmCluster() {
  const call = apis.cloudhsm;
  const id = (await call("CreateCluster", { HsmType: "hsm2m.medium", SubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] })).Cluster.ClusterId;
  const until = (state, hsms) => eventually(`the cluster is ${state} with ${hsms} HSMs`, async () => {
    const [cluster] = (await call("DescribeClusters", { Filters: { clusterIds: [id] } })).Clusters;
    return cluster.State === state && cluster.Hsms.filter((h) => h.State === "ACTIVE").length === hsms && cluster;
  });
  await until("UNINITIALIZED", 0);
  await call("CreateHsm", { ClusterId: id, AvailabilityZone: "us-east-1a" });
  const { Certificates } = await until("UNINITIALIZED", 1);
  const dir = fs.mkdtempSync(path.join(env.CONSOLE_DIR, "cluster-"));
  fs.writeFileSync(path.join(dir, "ClusterCsr.csr"), Certificates.ClusterCsr);
  await promisify(execFile)("sh", ["-euc", signCSR], { cwd: dir });
  const anchor = fs.readFileSync(path.join(dir, "customerCA.crt"), "utf8");
  const SignedCert = fs.readFileSync(path.join(dir, "CustomerHsmCertificate.crt"), "utf8");
  await call("InitializeCluster", { ClusterId: id, SignedCert, TrustAnchor: anchor });
  await until("INITIALIZED", 1);
  const officer = path.join(dir, "officer");
  const user = path.join(dir, "kmsuser");
  fs.writeFileSync(officer, `${env.CONSOLE_OFFICER_PASSWORD}\n`);
  fs.writeFileSync(user, `${env.CONSOLE_USER_PASSWORD}\n`);
  await operator("hsm", "activate", id, "--password-file", officer);
  await operator("hsm", "users", "create", id, "kmsuser", "--admin-password-file", officer, "--password-file", user);
  await call("CreateHsm", { ClusterId: id, AvailabilityZone: "us-east-1b" });
  await until("ACTIVE", 2);
  return { id, anchor, password: env.CONSOLE_USER_PASSWORD };
}

/**
 * What the user guide of AWS CloudHSM has the owner of a cluster do.
 *
 * Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/initialize-cluster.html
 */
const signCSR = `
  openssl genrsa -out customerCA.key 2048 2>/dev/null
  openssl req -new -x509 -days 3652 -key customerCA.key -out customerCA.crt -subj /CN=customer
  openssl x509 -req -days 3652 -in ClusterCsr.csr -CA customerCA.crt -CAkey customerCA.key -CAcreateserial -out CustomerHsmCertificate.crt 2>/dev/null
`;

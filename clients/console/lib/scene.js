// A company's keys, and three hours of work with them: something to see on every screen.
import { account, advance, apis, control, eventually, hsmCluster, proxy } from "./api.js";

const { cloudtrail, cloudwatch, events, iam, kms, logs, sns } = apis;
const ignore = () => undefined;
const allow = (Principal, Action, Resource) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action, Resource }] });

const names = [
  ["orders", "Orders at rest", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { team: "shop", stage: "production" }],
  ["customers", "Names and addresses", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { team: "shop", stage: "production" }],
  ["payments", "Card data", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { team: "payments", stage: "production" }],
  ["backups", "Nightly backups", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { team: "platform" }],
  ["releases", "Signatures of releases", "ECC_NIST_P256", "SIGN_VERIFY", { team: "platform" }],
  ["documents", "Signatures of contracts", "RSA_3072", "SIGN_VERIFY", { team: "legal" }],
  ["sessions", "Authentication of sessions", "HMAC_256", "GENERATE_VERIFY_MAC", { team: "shop" }],
  ["partners", "Key agreement with partners", "ECC_NIST_P384", "KEY_AGREEMENT", { team: "legal" }],
  ["archive", "The archive of 2019", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { team: "platform" }],
  ["staging", "For tests", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", { stage: "staging" }],
];

/** Makes keys of each kind, users, a trail into a log group, a topic and an alarm of CloudTrail's log. */
async function company() {
  const keys = {};
  for (const [alias, Description, KeySpec, KeyUsage, tags] of names) {
    const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    const { KeyId } = (await kms("CreateKey", { Description, KeySpec, KeyUsage, Tags })).KeyMetadata;
    await kms("CreateAlias", { AliasName: `alias/${alias}`, TargetKeyId: KeyId });
    keys[alias] = KeyId;
  }
  await kms("EnableKeyRotation", { KeyId: keys.orders, RotationPeriodInDays: 180 });
  await kms("RotateKeyOnDemand", { KeyId: keys.orders });
  await kms("DisableKey", { KeyId: keys.staging });
  await kms("ScheduleKeyDeletion", { KeyId: keys.archive, PendingWindowInDays: 14 });

  for (const UserName of ["ada", "grace", "emmy"]) await iam("CreateUser", { UserName, Tags: [{ Key: "team", Value: "shop" }] });
  await iam("CreateGroup", { GroupName: "key-administrators" });
  await iam("AddUserToGroup", { GroupName: "key-administrators", UserName: "ada" });
  const document = { Version: "2012-10-17", Statement: [
    { Sid: "UseOfShopKeys", Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], Resource: `arn:aws:kms:*:${account}:key/*`, Condition: { StringEquals: { "aws:ResourceTag/team": "shop" } } },
    { Sid: "Listing", Effect: "Allow", Action: ["kms:ListKeys", "kms:ListAliases", "kms:DescribeKey"], Resource: "*" },
  ] };
  const { Policy } = await iam("CreatePolicy", { PolicyName: "ShopKeys", Description: "Use of the shop's keys", PolicyDocument: JSON.stringify(document) });
  await iam("AttachUserPolicy", { UserName: "grace", PolicyArn: Policy.Arn });

  const { TopicArn } = await sns("CreateTopic", { Name: "security-team" });
  await sns("Subscribe", { TopicArn, Protocol: "email", Endpoint: "security@example.com" });
  await logs("CreateLogGroup", { logGroupName: "audit" });
  const [{ arn }] = (await logs("DescribeLogGroups", { logGroupNamePrefix: "audit" })).logGroups;
  const { Role } = await iam("CreateRole", { RoleName: "trail", AssumeRolePolicyDocument: allow({ Service: "cloudtrail.amazonaws.com" }, "sts:AssumeRole") });
  const toLog = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: arn }] };
  await iam("PutRolePolicy", { RoleName: "trail", PolicyName: "logs", PolicyDocument: JSON.stringify(toLog) });
  await cloudtrail("CreateTrail", { Name: "audit", S3BucketName: "audit-files", CloudWatchLogsLogGroupArn: arn, CloudWatchLogsRoleArn: Role.Arn });
  await cloudtrail("StartLogging", { Name: "audit" });
  await logs("PutMetricFilter", {
    logGroupName: "audit", filterName: "pending-deletion", filterPattern: '{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}',
    metricTransformations: [{ metricNamespace: "CloudTrailLogMetrics", metricName: "KMSKeyPendingDeletionErrorCount", metricValue: "1" }],
  });
  await cloudwatch("PutMetricAlarm", {
    AlarmName: "KMSKeyPendingDeletion", AlarmDescription: "Somebody uses a key that will be deleted", Namespace: "CloudTrailLogMetrics",
    MetricName: "KMSKeyPendingDeletionErrorCount", Statistic: "Sum", Period: 300, EvaluationPeriods: 1, DatapointsToAlarm: 1, Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold", TreatMissingData: "notBreaching", AlarmActions: [TopicArn],
  });
  await events("PutRule", { Name: "key-deleted", Description: "A key is gone", EventPattern: JSON.stringify({ source: ["aws.kms"], "detail-type": ["KMS CMK Deletion"] }) });
  return { keys, policy: Policy.Arn, topic: TopicArn };
}

/** Makes a connected store of each type with keys in it. */
async function keyStores() {
  const connect = async (CustomKeyStoreId) => {
    await kms("ConnectCustomKeyStore", { CustomKeyStoreId });
    await eventually("the store is connected", async () => (await kms("DescribeCustomKeyStores", { CustomKeyStoreId })).CustomKeyStores[0].ConnectionState === "CONNECTED");
  };
  const { id: CloudHsmClusterId, anchor: TrustAnchorCertificate, password: KeyStorePassword } = await hsmCluster();
  const hsm = (await kms("CreateCustomKeyStore", { CustomKeyStoreName: "Own HSMs", CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword })).CustomKeyStoreId;
  await connect(hsm);
  await kms("CreateKey", { Description: "Root of the company", Origin: "AWS_CLOUDHSM", CustomKeyStoreId: hsm });
  const external = (await kms("CreateCustomKeyStore", {
    CustomKeyStoreName: "Data centre", CustomKeyStoreType: "EXTERNAL_KEY_STORE", XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: proxy.endpoint, XksProxyUriPath: proxy.path,
    XksProxyAuthenticationCredential: { AccessKeyId: proxy.accessKeyId, RawSecretAccessKey: proxy.secretAccessKey },
  })).CustomKeyStoreId;
  await connect(external);
  const outside = [];
  for (const XksKeyId of proxy.keys.slice(0, 4)) {
    outside.push((await kms("CreateKey", { Description: `Behind the proxy: ${XksKeyId}`, Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: external, XksKeyId })).KeyMetadata.KeyId);
  }
  return { hsm, external, outside };
}

/** The metrics of the external store of that name. */
async function metricsOf(MetricName, external) {
  return (await cloudwatch("ListMetrics", { Namespace: "AWS/KMS", MetricName, Dimensions: [{ Name: "CustomKeyStoreId", Value: external }] })).Metrics;
}

const dimension = (metric, name) => metric.Dimensions.find((d) => d.Name === name)?.Value;

/** Metrics as rows of a widget, whose labels are some of their dimensions. */
const rows = (metrics, ...names) =>
  metrics.map((m) => ["AWS/KMS", m.MetricName, ...m.Dimensions.flatMap((d) => [d.Name, d.Value]), { label: names.map((n) => dimension(m, n)).join(" / ") }]);

/** An alarm that the store's latency sets off. */
async function latencyAlarm(external) {
  const metric = (await metricsOf("XksProxyLatency", external)).find((m) => dimension(m, "KmsOperation") === "Encrypt");
  await cloudwatch("PutMetricAlarm", {
    AlarmName: "Data centre latency", Namespace: "AWS/KMS", MetricName: "XksProxyLatency", Dimensions: metric.Dimensions,
    Statistic: "Average", Period: 300, EvaluationPeriods: 2, Threshold: 0.01, ComparisonOperator: "GreaterThanThreshold",
  });
}

/** Works for three hours: calls that succeed, fail, are denied, and find the proxy away. */
async function work({ keys, external, outside }) {
  const Plaintext = Buffer.from("a secret");
  const { AccessKey } = await iam("CreateAccessKey", { UserName: "emmy" });
  const emmy = { credentials: { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey } };
  for (let step = 0; step < 36; step++) {
    const busy = 2 + Math.round(2 + 2 * Math.sin(step / 5)) + (step % 3);
    for (let i = 0; i < busy; i++) {
      const KeyId = outside[i % outside.length];
      const { CiphertextBlob } = await kms("Encrypt", { KeyId, Plaintext }).catch(() => ({}));
      if (CiphertextBlob && i % 2) await kms("Decrypt", { KeyId, CiphertextBlob }).catch(ignore);
    }
    if (step === 5) await latencyAlarm(external);
    await kms("Encrypt", { KeyId: keys.orders, Plaintext });
    await kms("GenerateDataKey", { KeyId: keys.customers, KeySpec: "AES_256" });
    if (step === 14 || step === 15) {
      await control("kill-proxy");
      for (let i = 0; i < 3; i++) await kms("Encrypt", { KeyId: outside[0], Plaintext }).catch(ignore);
      await control("start-proxy");
    }
    if (step === 30) for (let i = 0; i < 2; i++) await kms("Encrypt", { KeyId: keys.archive, Plaintext }).catch(ignore);
    if (step % 12 === 11) await kms("Encrypt", { KeyId: keys.payments, Plaintext }, emmy).catch(ignore);
    await advance("5m");
  }
}

export async function scene() {
  const all = { ...(await company()), ...(await keyStores()) };
  await work(all);
  const errors = (await metricsOf("XksProxyErrors", all.external)).filter((m) => dimension(m, "ExceptionName") !== "None");
  all.latency = rows(await metricsOf("XksProxyLatency", all.external), "KmsOperation", "XksOperation");
  const widget = (title, stat, metrics, x, y) => ({
    type: "metric", x, y, width: 12, height: 7, properties: { title, region: "us-east-1", stat, period: 300, view: "timeSeries", metrics },
  });
  const widgets = [
    widget("Latency of the proxy", "Average", all.latency, 0, 0),
    widget("Calls of the proxy", "SampleCount", all.latency, 12, 0),
    widget("Errors", "Sum", rows(errors, "ExceptionName", "KmsOperation"), 0, 7),
    widget("Days until the proxy's certificate ends", "Minimum", rows(await metricsOf("XksProxyCertificateDaysToExpire", all.external), "CertificateName"), 12, 7),
    { type: "text", x: 0, y: 14, width: 24, height: 3, properties: { markdown: "# The data centre\nCall the operator when the proxy is away for ten minutes." } },
  ];
  await cloudwatch("PutDashboard", { DashboardName: "Key-stores", DashboardBody: JSON.stringify({ widgets }) });
  return all;
}

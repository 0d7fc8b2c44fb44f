// The graphs of a key store, as the detail page of an external key store in AWS's console has
// them, and the alarms that AWS recommends for each.
//
// XksProxyErrors has a sample for each call of the proxy, those that succeed included: their
// ExceptionName is None. Only retryable errors lower the reliability.
//
// Sources: https://docs.aws.amazon.com/kms/latest/developerguide/xks-monitoring.html;
// https://docs.aws.amazon.com/kms/latest/developerguide/xks-alarms.html
import type { AlarmDraft } from '../graph/spec/address.ts';
import type { GraphQuery, GraphSpec } from '../graph/spec/graph.ts';

interface Store {
  id: string;
  name: string;
}

/** A graph, and what "Create alarm" of it watches, with the recommended threshold. */
export interface StoreGraph {
  spec: GraphSpec;
  alarm: AlarmDraft;
  alarmSpec: GraphSpec;
}

/** an alarm that AWS recommends, and of what */
export interface Recommended {
  title: string;
  why: string;
  spec: GraphSpec;
  alarm: AlarmDraft;
}

const errorDimensions = 'CustomKeyStoreId,ErrorType,ExceptionName,KeySpec,KmsOperation,XksOperation';
const latencyDimensions = 'CustomKeyStoreId,KeySpec,KmsOperation,XksOperation';

/** quoted is a value in a search: a quotation mark in it would end it. */
const quoted = (v: string) => `"${v.replaceAll(/["'\\]/g, '')}"`;

/** search finds the metrics of a key store; without seconds it follows the period of the graph. */
function search(id: string, dimensions: string, metric: string, stat: string, filter = '', seconds?: number): string {
  return `SEARCH('{AWS/KMS,${dimensions}} MetricName="${metric}" CustomKeyStoreId=${quoted(id)}${filter}', '${stat}'${seconds ? `, ${seconds}` : ''})`;
}

const ofErrors = (id: string, stat: string, filter = '', seconds?: number) => search(id, errorDimensions, 'XksProxyErrors', stat, filter, seconds);

/** Pop-ups say the dimensions of a point; what is calculated has them in its label. */
const labelOf = (id: string) => `CustomKeyStoreId: ${id}`;

export function totalRequests({ id }: Store): GraphSpec {
  return { title: 'Total requests', unit: 'Count', left: { min: 0 }, queries: [{ id: 'total', expression: `SUM(${ofErrors(id, 'SampleCount')})`, label: labelOf(id) }] };
}

export function reliability({ id }: Store): GraphSpec {
  return {
    title: 'Reliability',
    unit: 'Percent',
    left: { min: 0, max: 100 },
    queries: [
      { id: 'total', expression: `SUM(${ofErrors(id, 'SampleCount')})`, visible: false },
      { id: 'retryable', expression: `SUM(${ofErrors(id, 'Sum', ' ErrorType="Retryable"')})`, visible: false },
      { id: 'reliability', expression: '100*(1-retryable/total)', label: labelOf(id) },
    ],
  };
}

export function latency({ id }: Store): GraphSpec {
  return {
    title: 'Latency',
    unit: 'Milliseconds',
    left: { min: 0 },
    queries: [
      {
        id: 'latency',
        expression: `SORT(${search(id, latencyDimensions, 'XksProxyLatency', 'Average')}, AVG, DESC)`,
        label: "KmsOperation: ${PROP('Dim.KmsOperation')}, XksOperation: ${PROP('Dim.XksOperation')}",
      },
    ],
    annotations: { horizontal: [{ value: 250, label: 'KMS gives up after 250 ms', color: '#d13212' }] },
  };
}

/** exceptions are the names that ExceptionName has beside None. */
export const exceptions = [
  'AccessDeniedException',
  'AuthenticationFailedException',
  'DependencyTimeoutException',
  'InternalException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'InvalidStateException',
  'InvalidUriPathException',
  'KeyNotFoundException',
  'ThrottlingException',
  'UnsupportedOperationException',
  'ValidationException',
  'XksProxyUnreachableException',
] as const;

export function topExceptions({ id }: Store): GraphSpec {
  const each: GraphQuery[] = exceptions.map((name, i) => ({
    id: `x${i + 1}`,
    expression: `SUM(${ofErrors(id, 'Sum', ` ExceptionName="${name}"`)})`,
    label: name,
    visible: false,
  }));
  return {
    title: 'Top 5 exceptions',
    unit: 'Count',
    left: { min: 0 },
    queries: [...each, { id: 'top', expression: `SORT(REMOVE_EMPTY([${each.map((q) => q.id).join(',')}]), SUM, DESC, 5)` }],
  };
}

export function certificateDays({ id }: Store): GraphSpec {
  return {
    title: 'Certificate days to expire',
    unit: 'Days',
    left: { min: 0 },
    queries: [{ id: 'days', expression: search(id, 'CertificateName,CustomKeyStoreId', 'XksProxyCertificateDaysToExpire', 'Minimum'), label: "CertificateName: ${PROP('Dim.CertificateName')}" }],
  };
}

/** throttle is how often KMS refused calls of the keys of a store because there were too many. */
export function throttle({ id }: Store, metric: 'CloudHSMKeyStoreThrottle' | 'ExternalKeyStoreThrottle'): GraphSpec {
  return {
    title: 'Throttled requests',
    unit: 'Count',
    left: { min: 0 },
    queries: [{ id: 'throttled', expression: search(id, 'CustomKeyStoreId,KeySpec,KmsOperation', metric, 'Sum'), label: "KmsOperation: ${PROP('Dim.KmsOperation')}" }],
  };
}

const alarmName = (s: Store, what: string) => `XKS-${s.id}-${what}`;

/** watched is the one line that an alarm watches, in a graph of its own. */
const watched = (title: string, expression: string, label: string, period: number, unit: string): GraphSpec => ({
  title,
  unit,
  period,
  left: { min: 0 },
  queries: [{ id: 'q1', expression, label, period }],
});

const above = (threshold: number, period: number) => ({ comparison: 'GreaterThanThreshold' as const, threshold, period });

/** recommended are the alarms that AWS recommends for an external key store. */
export function recommended(s: Store) {
  const about = (what: string, description: string): AlarmDraft => ({ name: alarmName(s, what), description: `External key store ${s.name}: ${description}` });
  const certificate: Recommended = {
    title: 'Certificate expiration',
    why: 'KMS cannot connect to a proxy whose certificate has expired.',
    spec: watched('Certificate expiration', `MIN(${search(s.id, 'CertificateName,CustomKeyStoreId', 'XksProxyCertificateDaysToExpire', 'Minimum', '', 300)})`, 'Days to expire', 300, 'Days'),
    alarm: { ...about('CertificateExpires', 'the certificate of the proxy expires in less than 10 days.'), comparison: 'LessThanThreshold', threshold: 10, period: 300 },
  };
  const timeout: Recommended = {
    title: 'Response timeout',
    why: 'KMS gives up after 250 milliseconds.',
    spec: watched('Response timeout', `MAX(${search(s.id, latencyDimensions, 'XksProxyLatency', 'Average', '', 300)})`, 'Latency', 300, 'Milliseconds'),
    alarm: { ...about('Latency', 'the proxy needs more than 200 ms on average; after 250 ms KMS gives up.'), ...above(200, 300) },
  };
  const errors = (what: string, type: string, why: string, description: string): Recommended => ({
    title: `${type} errors`,
    why,
    spec: watched(`${type} errors`, `SUM(${ofErrors(s.id, 'Sum', ` ErrorType="${type}"`, 60)})`, `${type} errors`, 60, 'Count'),
    alarm: { ...about(what, description), ...above(5, 60) },
  });
  const retryable = errors('RetryableErrors', 'Retryable', 'Often the network, the proxy or the key manager is down.', 'more than 5 calls of the proxy have failed in a minute.');
  const nonRetryable = errors('NonRetryableErrors', 'Non-retryable', 'Often a credential, a path or a key is not right.', 'the proxy has refused more than 5 calls in a minute.');
  const managers = (what: string, state: string, title: string, why: string): Recommended => ({
    title,
    why,
    spec: watched(title, `MAX(${search(s.id, 'CustomKeyStoreId,XksExternalKeyManagerState', 'XksExternalKeyManagerStates', 'Maximum', ` XksExternalKeyManagerState="${state}"`, 60)})`, `${state} instances`, 60, 'Count'),
    alarm: { ...about(what, `an instance of the external key manager is ${state.toLowerCase()}.`), ...above(0, 60) },
  });
  const age: Recommended = {
    title: 'Credential rotation',
    why: 'The proxy authentication credential should be rotated; the number of days is yours to choose.',
    spec: watched('Credential rotation', `MAX(${search(s.id, 'CustomKeyStoreId', 'XksProxyCredentialAge', 'Maximum', '', 300)})`, 'Age in days', 300, 'Days'),
    alarm: { ...about('CredentialAge', 'the credential of the proxy is in use for more than 180 days.'), ...above(180, 300) },
  };
  const throttled: Recommended = {
    title: 'Throttled requests',
    why: 'KMS refuses calls above 1,800 a second for a key store.',
    spec: watched('Throttled requests', `SUM(${search(s.id, 'CustomKeyStoreId,KeySpec,KmsOperation', 'ExternalKeyStoreThrottle', 'Sum', '', 60)})`, 'Throttled requests', 60, 'Count'),
    alarm: { ...about('Throttled', 'calls were refused because there were more than the key store may have.'), ...above(0, 60) },
  };
  return {
    certificate,
    timeout,
    retryable,
    nonRetryable,
    unavailable: managers('KeyManagersUnavailable', 'Unavailable', 'Key manager unavailable', 'An instance of the external key manager cannot serve.'),
    degraded: managers('KeyManagersDegraded', 'Degraded', 'Key manager degraded', 'An instance of the external key manager is unhealthy.'),
    age,
    throttled,
  };
}

/** externalGraphs are the five graphs of an external key store. */
export function externalGraphs(s: Store): StoreGraph[] {
  const alarms = recommended(s);
  const with_ = (spec: GraphSpec, { alarm, spec: alarmSpec }: Recommended): StoreGraph => ({ spec, alarm, alarmSpec });
  // A quota of 1,800 requests a second is 540,000 in five minutes: nearing it calls for throttling.
  const busy: AlarmDraft = { name: alarmName(s, 'Requests'), description: `External key store ${s.name}: near the quota of 1,800 requests a second.`, ...above(540_000, 300) };
  const total = totalRequests(s);
  return [
    { spec: total, alarm: busy, alarmSpec: watched('Total requests', `SUM(${ofErrors(s.id, 'SampleCount', '', 300)})`, s.id, 300, 'Count') },
    with_(reliability(s), alarms.retryable),
    with_(latency(s), alarms.timeout),
    with_(topExceptions(s), alarms.nonRetryable),
    with_(certificateDays(s), alarms.certificate),
  ];
}

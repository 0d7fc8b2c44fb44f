// Names and addresses of topics and subscriptions.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
import { useIdentity } from '../app/session';
import { useRegion } from '../app/region';

/** topicName is the last part of a topic's ARN. */
export const topicName = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

/** topicPath is the screen of a topic. */
export const topicPath = (arn: string) => `/sns/topics/${encodeURIComponent(topicName(arn))}`;

/** subscriptionPath is the screen of a subscription; one that waits for its confirmation has none. */
export function subscriptionPath(arn: string): string | undefined {
  const parts = arn.split(':');
  return parts.length === 7 ? `/sns/subscriptions/${encodeURIComponent(parts[5])}/${encodeURIComponent(parts[6])}` : undefined;
}

/** useTopicArn makes ARNs of topics of this account and Region. */
export function useTopicArn(): (name: string) => string {
  const region = useRegion();
  const { account } = useIdentity();
  return (name) => `arn:aws:sns:${region}:${account}:${name}`;
}

export function topicNameError(name: string, standardOnly = false): string | undefined {
  if (!name) return 'Enter a name.';
  if (name.length > 256) return 'A name has at most 256 characters.';
  if (standardOnly && name.endsWith('.fifo')) return 'FIFO topics are not supported.';
  return /^[\w-]+(\.fifo)?$/.test(name) ? undefined : 'A name has letters, numbers, hyphens and underscores only.';
}

export type Protocol = 'email' | 'email-json' | 'http' | 'https';

export const protocols: { value: Protocol; label: string; description: string; example: string }[] = [
  { value: 'email', label: 'Email', description: 'A mail in plain text', example: 'someone@example.com' },
  { value: 'email-json', label: 'Email-JSON', description: 'A mail with the message in JSON', example: 'someone@example.com' },
  { value: 'https', label: 'HTTPS', description: 'A signed message, posted to a URL', example: 'https://example.com/alarms' },
  { value: 'http', label: 'HTTP', description: 'A signed message, posted without encryption', example: 'http://example.com/alarms' },
];

export function endpointError(protocol: Protocol, endpoint: string): string | undefined {
  if (!endpoint) return 'Enter an endpoint.';
  if (protocol.startsWith('email')) return /^[^\s@]+@[^\s@]+$/.test(endpoint) ? undefined : 'Enter an email address.';
  try {
    return new URL(endpoint).protocol === `${protocol}:` ? undefined : `Enter a URL that begins with ${protocol}://.`;
  } catch {
    return `Enter a URL that begins with ${protocol}://.`;
  }
}

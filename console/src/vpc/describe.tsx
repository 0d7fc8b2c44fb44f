// How private endpoints are called and shown.
import type { VpcEndpoint } from '@aws-sdk/client-ec2';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

export const nameOf = (e: VpcEndpoint) => e.Tags?.find((t) => t.Key === 'Name')?.Value;

/** serviceOf is the short name of the service ("kms") in "com.amazonaws.us-east-1.kms". */
export const serviceOf = (serviceName = '') => serviceName.split('.').slice(3).join('.') || serviceName;

const states: Record<string, StatusIndicatorProps.Type> = { available: 'success', pending: 'pending', deleting: 'in-progress', deleted: 'stopped', failed: 'error' };

/** stateName writes states with a capital, however the service does. */
export const stateName = (state = '') => state.charAt(0).toUpperCase() + state.slice(1).toLowerCase();

export function State({ endpoint }: { endpoint: VpcEndpoint }) {
  const state = endpoint.State ?? '';
  return <StatusIndicator type={states[state.toLowerCase()] ?? 'info'}>{stateName(state)}</StatusIndicator>;
}

/** anyone is the policy of an endpoint that has none of its own. */
export const anyone = JSON.stringify({ Statement: [{ Action: '*', Effect: 'Allow', Principal: '*', Resource: '*' }] }, null, 2);

/** limit is the longest endpoint policy, in characters. */
export const limit = 20480;

// What the console reads of a CloudTrail record.
import type { Event } from '@aws-sdk/client-cloudtrail';

export interface CloudTrailRecord {
  eventID?: string;
  eventName?: string;
  eventSource?: string;
  eventTime?: string;
  eventType?: string;
  eventCategory?: string;
  awsRegion?: string;
  sourceIPAddress?: string;
  userAgent?: string;
  errorCode?: string;
  errorMessage?: string;
  requestID?: string;
  readOnly?: boolean;
  recipientAccountId?: string;
  sharedEventID?: string;
  vpcEndpointId?: string;
  userIdentity?: {
    type?: string;
    arn?: string;
    accountId?: string;
    accessKeyId?: string;
    userName?: string;
    invokedBy?: string;
    sessionContext?: { sessionIssuer?: { arn?: string; userName?: string } };
  };
  resources?: { ARN?: string; type?: string; accountId?: string }[];
  requestParameters?: Record<string, unknown> | null;
  additionalEventData?: Record<string, unknown>;
}

/** recordOf reads the record of an event; one that can't be read is empty. */
export function recordOf(event: Event): CloudTrailRecord {
  try {
    const r: unknown = JSON.parse(event.CloudTrailEvent ?? '');
    return typeof r === 'object' && r !== null ? (r as CloudTrailRecord) : {};
  } catch {
    return {};
  }
}

export const eventPath = (id: string) => `/cloudtrail/events/${encodeURIComponent(id)}`;

/** lastPart is the name of a resource without the rest of its ARN. */
export const lastPart = (arn: string) => {
  const resource = arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn;
  return resource.startsWith('alias/') ? resource : resource.slice(resource.indexOf('/') + 1);
};

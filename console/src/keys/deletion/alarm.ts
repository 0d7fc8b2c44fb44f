// The alarm for use of keys that wait for their deletion, by AWS's procedure.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-creating-cloudwatch-alarm.html

export const pattern = '{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}';
export const filterName = 'KMSKeyPendingDeletion';
export const metricNamespace = 'CloudTrailLogMetrics';
export const metricName = 'KMSKeyPendingDeletionErrorCount';
export const alarmName = 'KMSKeyPendingDeletionErrorAlarm';

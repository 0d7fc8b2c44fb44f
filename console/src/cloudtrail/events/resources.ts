// The console's screens of what records name by ARNs.

/** screenOf is the path of a resource's screen in its Region, if the console has one. */
export function screenOf(arn: string | undefined): string | undefined {
  const parts = (arn ?? '').split(':');
  if (parts[0] !== 'arn' || parts.length < 6) return undefined;
  const service = parts[2];
  const resource = parts.slice(5).join(':');
  const id = encodeURIComponent(resource.slice(resource.indexOf('/') + 1));
  const name = encodeURIComponent(resource.slice(resource.lastIndexOf('/') + 1));
  const is = (kind: string) => resource.startsWith(kind);
  switch (service) {
    case 'kms':
      return is('key/') ? `/kms/keys/${id}` : undefined;
    case 'cloudtrail':
      return is('trail/') ? `/cloudtrail/trails/${encodeURIComponent(arn!)}` : undefined;
    case 'iam':
      return is('role/') ? `/iam/roles/${name}` : is('user/') ? `/iam/users/${name}` : is('group/') ? `/iam/groups/${name}` : is('policy/') ? `/iam/policies/${encodeURIComponent(arn!)}` : undefined;
    case 'sns':
      return resource.includes(':') ? undefined : `/sns/topics/${encodeURIComponent(resource)}`;
    case 'cloudwatch':
      return is('alarm:') ? `/cloudwatch/alarms/${encodeURIComponent(resource.slice('alarm:'.length))}` : undefined;
    case 'logs':
      return is('log-group:') ? `/cloudwatch/logs/groups/${encodeURIComponent(resource.split(':')[1])}` : undefined;
    case 'ec2':
      return is('vpc-endpoint/') ? `/vpc/endpoints/${id}` : undefined;
    case 'cloudhsm':
      return is('cluster/') ? `/cloudhsm/clusters/${id}` : undefined;
  }
  return undefined;
}

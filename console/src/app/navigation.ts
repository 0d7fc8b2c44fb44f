// The services of the console and the screens that their navigations list.

export interface Section {
  /** prefix of the addresses that belong to the service */
  prefix: string;
  name: string;
  /** what the service is for, in the list of services */
  about: string;
  home: string;
  items: readonly Item[];
}

export type Item = { text: string; path: string } | { text: string; items: readonly { text: string; path: string }[] };

export const sections: readonly Section[] = [
  {
    prefix: '/kms',
    name: 'Key Management Service',
    about: 'Keys, their policies and grants, custom key stores',
    home: '/kms/keys',
    items: [
      { text: 'AWS managed keys', path: '/kms/aws-managed' },
      { text: 'Customer managed keys', path: '/kms/keys' },
      {
        text: 'Custom key stores',
        items: [
          { text: 'AWS CloudHSM key stores', path: '/kms/cloudhsm-stores' },
          { text: 'External key stores', path: '/kms/external-stores' },
        ],
      },
    ],
  },
  {
    prefix: '/cloudhsm',
    name: 'CloudHSM',
    about: 'HSM clusters, their backups and the key material in them',
    home: '/cloudhsm/clusters',
    items: [
      { text: 'Clusters', path: '/cloudhsm/clusters' },
      { text: 'Backups', path: '/cloudhsm/backups' },
      { text: 'Key material', path: '/cloudhsm/material' },
    ],
  },
  {
    prefix: '/cloudwatch',
    name: 'CloudWatch',
    about: 'Metrics, alarms, dashboards and logs',
    home: '/cloudwatch/alarms',
    items: [
      { text: 'Dashboards', path: '/cloudwatch/dashboards' },
      { text: 'Alarms', path: '/cloudwatch/alarms' },
      { text: 'Log groups', path: '/cloudwatch/logs' },
      { text: 'All metrics', path: '/cloudwatch/metrics' },
    ],
  },
  {
    prefix: '/cloudtrail',
    name: 'CloudTrail',
    about: 'Who did what, and why it was allowed or denied',
    home: '/cloudtrail/events',
    items: [
      { text: 'Event history', path: '/cloudtrail/events' },
      { text: 'Trails', path: '/cloudtrail/trails' },
    ],
  },
  {
    prefix: '/sns',
    name: 'Simple Notification Service',
    about: 'Topics and their subscriptions',
    home: '/sns/topics',
    items: [
      { text: 'Topics', path: '/sns/topics' },
      { text: 'Subscriptions', path: '/sns/subscriptions' },
    ],
  },
  {
    prefix: '/events',
    name: 'EventBridge',
    about: 'Rules for events, and where they go',
    home: '/events/rules',
    items: [{ text: 'Rules', path: '/events/rules' }],
  },
  {
    prefix: '/iam',
    name: 'IAM',
    about: 'Users, groups, roles and policies',
    home: '/iam/users',
    items: [
      { text: 'User groups', path: '/iam/groups' },
      { text: 'Users', path: '/iam/users' },
      { text: 'Roles', path: '/iam/roles' },
      { text: 'Policies', path: '/iam/policies' },
      { text: 'Identity providers', path: '/iam/providers' },
      { text: 'Account settings', path: '/iam/account' },
      { text: 'Policy simulator', path: '/iam/simulator' },
      { text: 'My security credentials', path: '/iam/me' },
    ],
  },
  {
    prefix: '/vpc',
    name: 'VPC endpoints',
    about: 'Private endpoints and their policies',
    home: '/vpc/endpoints',
    items: [{ text: 'Endpoints', path: '/vpc/endpoints' }],
  },
];

/** sectionOf is the service of a screen; the overview has none. */
export const sectionOf = (path: string) => sections.find((s) => path === s.prefix || path.startsWith(`${s.prefix}/`));

/** marked is the navigation's entry that a screen belongs to. */
export function marked(section: Section, path: string): string | undefined {
  const all = section.items.flatMap((i) => ('path' in i ? [i] : i.items));
  return all.filter((i) => path === i.path || path.startsWith(`${i.path}/`)).sort((a, b) => b.path.length - a.path.length)[0]?.path;
}

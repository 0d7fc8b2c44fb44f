// Reading all metrics of this Region. What has come is shown while more comes.
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { everything, useLoad } from '../../app/load';
import { foundOf, type Found } from './catalogue';

const step = 500; // milliseconds between the times that what has come is shown

export function useMetrics() {
  const client = useClient(CloudWatchClient);
  const [sofar, setSofar] = useState<readonly Found[]>([]);
  const load = useLoad(
    (signal) => {
      let shown = 0;
      setSofar([]);
      return everything(
        async (NextToken) => {
          const page = await client.send(new ListMetricsCommand({ NextToken }), { abortSignal: signal });
          return { items: page.Metrics?.map(foundOf), next: page.NextToken };
        },
        signal,
        (all) => {
          if (Date.now() - shown < step) return;
          shown = Date.now();
          setSofar([...all]);
        },
      );
    },
    [client],
  );
  return { ...load, metrics: load.data ?? sofar };
}

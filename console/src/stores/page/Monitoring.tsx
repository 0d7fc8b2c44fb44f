// How the proxy of an external key store does, and what KMS refused for a key store.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useMemo } from 'react';
import { useGo } from '../../app/region';
import { alarmPath, GraphSection } from '../../graph';
import type { KeyStore } from '../data';
import { externalGraphs, recommended, throttle } from '../graphs.ts';
import { storePath, type StoreType } from '../words.ts';

export default function Monitoring({ store, type }: { store: KeyStore; type: StoreType }) {
  return type === 'EXTERNAL_KEY_STORE' ? <External store={store} /> : <Hsm store={store} />;
}

function External({ store }: { store: KeyStore }) {
  const go = useGo();
  const { CustomKeyStoreId: id, CustomKeyStoreName: name } = store;
  const back = storePath('EXTERNAL_KEY_STORE', id);
  const graphs = useMemo(() => externalGraphs({ id, name }).map((g) => ({ ...g, alarm: { ...g.alarm, back } })), [id, name, back]);
  const alarms = useMemo(() => Object.values(recommended({ id, name })), [id, name]);
  return (
    <SpaceBetween size="l">
      {store.ConnectionState !== 'CONNECTED' && (
        <Alert type="info">KMS asks the proxy nothing while the key store is not connected. To see when the data ended, choose a longer range.</Alert>
      )}
      <GraphSection title="Monitoring" description="Each request of KMS to the proxy counts, also the health checks that KMS makes by itself." graphs={graphs} />
      <ExpandableSection variant="container" headerText="Recommended alarms" headerDescription="An alarm watches over this key store only. The threshold is filled in; the wizard asks whom to notify.">
        <Table
          variant="embedded"
          ariaLabels={{ tableLabel: 'Recommended alarms' }}
          items={alarms}
          trackBy="title"
          columnDefinitions={[
            { id: 'title', header: 'Alarm', cell: (a) => a.title, isRowHeader: true },
            { id: 'condition', header: 'Condition', cell: (a) => `${a.alarm.comparison === 'LessThanThreshold' ? 'Lower than' : 'Greater than'} ${a.alarm.threshold} in ${a.alarm.period! / 60} min` },
            { id: 'why', header: 'Why', cell: (a) => a.why },
            {
              id: 'create',
              header: 'Action',
              cell: (a) => (
                <Button variant="inline-link" ariaLabel={`Create alarm: ${a.title}`} onClick={() => go(alarmPath(a.spec, { ...a.alarm, back }))}>
                  Create alarm
                </Button>
              ),
            },
          ]}
        />
      </ExpandableSection>
    </SpaceBetween>
  );
}

function Hsm({ store }: { store: KeyStore }) {
  const { CustomKeyStoreId: id, CustomKeyStoreName: name } = store;
  const graphs = useMemo(() => [{ spec: throttle({ id, name }, 'CloudHSMKeyStoreThrottle'), alarm: { comparison: 'GreaterThanThreshold' as const, threshold: 0, period: 60, name: `CloudHSM-${id}-Throttled` } }], [id, name]);
  return <GraphSection title="Monitoring" description="Requests that KMS or the cluster refused because there were too many." graphs={graphs} columns={1} />;
}

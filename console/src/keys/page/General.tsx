// General configuration: what a key is, whatever its kind.
import { GetKeyLastUsageCommand, KMSClient, UpdateKeyDescriptionCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Skeleton from '@cloudscape-design/components/skeleton';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { codeOf, messageOf } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Time } from '../../ui/Time';
import { isAwsManaged, isPendingDeletion, regionality, withoutPrefix } from '../describe';
import { State } from '../State';
import type { TabProps } from './KeyPage';

export function General({ metadata: m, reload, aliases }: TabProps) {
  const [editing, setEditing] = useState(false);
  const names = aliases.data?.map((a) => withoutPrefix(a.AliasName!));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            !isAwsManaged(m) && (
              <Button onClick={() => setEditing(true)} disabled={isPendingDeletion(m)} ariaLabel="Edit description">
                Edit
              </Button>
            )
          }
        >
          General configuration
        </Header>
      }
    >
      <Fields
        items={[
          { label: 'Alias', value: names ? names.join(', ') || '–' : aliases.error ? codeOf(aliases.error) : <Skeleton /> },
          { label: 'ARN', value: <Copy text={m.Arn} name="ARN" /> },
          { label: 'Status', value: <State of={m} /> },
          { label: 'Creation date', value: <Time at={m.CreationDate} /> },
          { label: 'Description', value: <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{m.Description || '–'}</span> },
          { label: 'Regionality', value: regionality(m) },
          m.CustomKeyStoreId !== undefined && {
            label: 'Custom key store ID',
            value: <Go to={`/kms/${m.Origin === 'AWS_CLOUDHSM' ? 'cloudhsm-stores' : 'external-stores'}/${m.CustomKeyStoreId}`}>{m.CustomKeyStoreId}</Go>,
          },
          m.DeletionDate !== undefined && { label: 'Scheduled deletion date', value: <Time at={m.DeletionDate} /> },
          m.ValidTo !== undefined && { label: 'Key material expires', value: <Time at={m.ValidTo} /> },
          { label: 'Last used', value: <LastUsed metadata={m} /> },
        ]}
      />
      {editing && <EditDescription metadata={m} onDone={reload} onClose={() => setEditing(false)} />}
    </Container>
  );
}

function LastUsed({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const { data, error } = useLoad((signal) => client.send(new GetKeyLastUsageCommand({ KeyId: metadata.KeyId }), { abortSignal: signal }), [client, metadata]);
  if (error) return <span title={messageOf(error)}>{codeOf(error)}</span>;
  if (!data) return <Skeleton />;
  const last = data.KeyLastUsage;
  if (!last?.Timestamp) {
    return (
      <>
        Not used since <Time at={data.TrackingStartDate ?? metadata.CreationDate} />
      </>
    );
  }
  return (
    <>
      <Time at={last.Timestamp} />
      <Box variant="small" display="block">
        {last.Operation}
        {last.CloudTrailEventId && (
          <>
            {' · '}
            <Go fontSize="body-s" to={`/cloudtrail/events/${encodeURIComponent(last.CloudTrailEventId)}`}>
              View event
            </Go>
          </>
        )}
      </Box>
    </>
  );
}

function EditDescription({ metadata, onDone, onClose }: { metadata: KeyMetadata; onDone: () => void; onClose: () => void }) {
  const client = useClient(KMSClient);
  const [text, setText] = useState(metadata.Description ?? '');
  const save = async () => {
    const result = await client.send(new UpdateKeyDescriptionCommand({ KeyId: metadata.KeyId, Description: text }));
    done(`The description of key ${metadata.KeyId} was saved`, result);
    onDone();
  };
  const wrong = text.length > 8192 ? 'A description has at most 8192 characters.' : undefined;
  return (
    <Confirm title="Edit description" action="Save changes" disabled={!!wrong} onConfirm={save} onClose={onClose}>
      <FormField label="Description" stretch errorText={wrong}>
        <Textarea value={text} onChange={(e) => setText(e.detail.value)} rows={4} />
      </FormField>
    </Confirm>
  );
}

// An identity provider: its audiences, thumbprints and tags.
import {
  AddClientIDToOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProviderTagsCommand, RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand, UntagOpenIDConnectProviderCommand, UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { all } from '../lists';
import { audienceError, hostOf, thumbprintError } from './checks';
import { DeleteProvider } from './Providers';

export function ProviderPage() {
  const { arn = '' } = useParams();
  const OpenIDConnectProviderArn = arn;
  const iam = useClient(IAMClient);
  const go = useGo();
  const [open, setOpen] = useState<'delete' | 'audience' | 'remove' | 'thumbprints'>();
  const [selected, setSelected] = useState<string[]>([]);
  const provider = useLoad((abortSignal) => iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }), { abortSignal }), [iam, arn]);
  const p = provider.data;
  const close = () => setOpen(undefined);
  return (
    <Page
      title={hostOf(arn)}
      above={[{ text: 'Identity providers', path: '/iam/providers' }]}
      actions={
        <Button disabled={!p} onClick={() => setOpen('delete')}>
          Delete
        </Button>
      }
    >
      <ErrorNote error={provider.error} retry={provider.reload} />
      {!p && provider.loading && <Loading />}
      {p && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2" actions={<Button onClick={() => setOpen('thumbprints')}>Edit thumbprints</Button>}>Summary</Header>}>
            <Fields
              items={[
                { label: 'Provider type', value: 'OpenID Connect' },
                { label: 'ARN', value: <Copy text={arn} name="ARN" /> },
                { label: 'Creation time', value: <Time at={p.CreateDate} /> },
                { label: 'Thumbprints', value: p.ThumbprintList?.join(', ') || '–' },
              ]}
            />
          </Container>
          <ResourceTable
            title="Audiences"
            one="audience"
            many="audiences"
            items={p.ClientIDList ?? []}
            trackBy={(a) => a}
            selection="single"
            selected={selected}
            onSelect={setSelected}
            noFilter
            columns={[{ id: 'audience', header: 'Audience', cell: (a) => a, value: (a) => a, isRowHeader: true }]}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected.length === 0} onClick={() => setOpen('remove')}>
                  Remove
                </Button>
                <Button onClick={() => setOpen('audience')}>Add audience</Button>
              </SpaceBetween>
            }
          />
          <TagsPanel
            of={arn}
            load={async () => (await all((q) => iam.send(new ListOpenIDConnectProviderTagsCommand({ ...q, OpenIDConnectProviderArn })), (r) => r.Tags)).map((t) => ({ key: t.Key!, value: t.Value! }))}
            put={(tags) => iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
            remove={(TagKeys) => iam.send(new UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys }))}
          />
        </SpaceBetween>
      )}
      {open === 'delete' && <DeleteProvider arn={arn} onClose={close} onDone={() => go('/iam/providers')} />}
      {open === 'audience' && (
        <AddAudience
          onClose={close}
          add={async (ClientID) => {
            done(`Audience ${ClientID} was added.`, await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID })));
            provider.reload();
          }}
        />
      )}
      {open === 'remove' && (
        <Confirm
          title="Remove audience?"
          action="Remove audience"
          onClose={close}
          onConfirm={async () => {
            done(`Audience ${selected[0]} was removed.`, await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: selected[0] })));
            setSelected([]);
            provider.reload();
          }}
        >
          Tokens for the audience <b style={{ overflowWrap: 'anywhere' }}>{selected[0]}</b> are accepted no longer.
        </Confirm>
      )}
      {open === 'thumbprints' && (
        <EditThumbprints
          list={p?.ThumbprintList ?? []}
          onClose={close}
          save={async (ThumbprintList) => {
            done('The thumbprints were changed.', await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList })));
            provider.reload();
          }}
        />
      )}
    </Page>
  );
}

function AddAudience({ add, onClose }: { add: (audience: string) => Promise<unknown>; onClose: () => void }) {
  const [text, setText] = useState('');
  return (
    <Confirm title="Add audience" action="Add audience" disabled={!!audienceError(text)} onConfirm={() => add(text)} onClose={onClose}>
      <FormField label="Audience" errorText={text ? audienceError(text) : undefined}>
        <Input value={text} onChange={(e) => setText(e.detail.value.trim())} autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

function EditThumbprints({ list, save, onClose }: { list: readonly string[]; save: (list: string[]) => Promise<unknown>; onClose: () => void }) {
  const [text, setText] = useState(list.join('\n'));
  const prints = text.split(/\s+/).filter(Boolean);
  const wrong = prints.map(thumbprintError).find(Boolean) ?? (prints.length > 5 ? 'A provider has at most 5 thumbprints.' : undefined);
  return (
    <Confirm title="Edit thumbprints" action="Save changes" disabled={!!wrong} onConfirm={() => save(prints)} onClose={onClose}>
      <FormField label="Thumbprints" description="One a line" errorText={wrong}>
        <Textarea value={text} onChange={(e) => setText(e.detail.value)} rows={5} spellcheck={false} />
      </FormField>
    </Confirm>
  );
}

// The wizard that imports key material into a key.
import { DescribeKeyCommand, ImportKeyMaterialCommand, KMSClient, type ImportKeyMaterialRequest, type KeyMetadata, type RotationsListEntry } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { now } from '../../app/clock';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { usePreferences } from '../../app/preferences';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { DownloadStep } from './DownloadStep';
import { expiryErrors, momentOf, noExpiry } from './expiry';
import { readFile } from './files';
import { isPending, listMaterials } from './materials';
import { UploadStep, type Upload } from './UploadStep';
import { isSymmetric, tokenError, wrappedError, wrappingAlgorithms } from './wrapping';

export default function ImportWizard() {
  const { id = '' } = useParams();
  const client = useClient(KMSClient);
  const { data, error, reload } = useLoad(
    async (signal) => {
      const { KeyMetadata: metadata } = await client.send(new DescribeKeyCommand({ KeyId: id }), { abortSignal: signal });
      const materials = metadata!.Origin === 'EXTERNAL' ? await listMaterials(client, metadata!, signal) : [];
      return { metadata: metadata!, materials };
    },
    [client, id],
  );
  return (
    <Page
      title="Import key material"
      above={[
        { text: 'Customer managed keys', path: '/kms/keys' },
        { text: id, path: `/kms/keys/${id}` },
      ]}
    >
      <ErrorNote error={error} retry={reload} />
      {!data && !error && <Loading lines={6} />}
      {data && data.metadata.Origin !== 'EXTERNAL' && <Alert type="error">Key material can only be imported into keys whose origin is External (import key material). The origin of this key is {data.metadata.Origin}.</Alert>}
      {data && data.metadata.Origin === 'EXTERNAL' && <Steps {...data} />}
    </Page>
  );
}

/** startType is what an import does unless something else is chosen. */
function startType(metadata: KeyMetadata, materials: readonly RotationsListEntry[]): string {
  if (metadata.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA') return 'EXISTING_KEY_MATERIAL';
  const missing = materials.some((m) => m.ImportState === 'PENDING_IMPORT');
  return materials.length === 0 || (!missing && !materials.some(isPending)) ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL';
}

function Steps({ metadata, materials }: { metadata: KeyMetadata; materials: readonly RotationsListEntry[] }) {
  const client = useClient(KMSClient);
  const go = useGo();
  const { zone } = usePreferences();
  const { busy, error, run, clear } = useAction();
  const [search, setSearch] = useSearchParams();
  const keySpec = metadata.KeySpec ?? 'SYMMETRIC_DEFAULT';
  const symmetric = isSymmetric(metadata);
  const spec = search.get('spec') ?? 'RSA_4096';
  const fits = wrappingAlgorithms(keySpec, spec);
  const algorithm = fits.find((a) => a === search.get('algorithm')) ?? fits[0];
  const type = search.get('type') ?? startType(metadata, materials);
  const material = search.get('material') ?? undefined;
  const [upload, setUpload] = useState<Upload>({ expiry: noExpiry, description: '' });
  const [tried, setTried] = useState(false);
  // The last step needs files, which a page that is loaded again does not have.
  const asked = Math.min(2, Math.max(0, Number(search.get('step') ?? 1) - 1 || 0));
  const step = asked === 2 && !(upload.wrapped && upload.token) ? 1 : asked;

  const put = (values: Record<string, string | undefined>) =>
    setSearch((s) => {
      for (const [name, value] of Object.entries(values)) if (value) s.set(name, value);
        else s.delete(name);
      return s;
    }, { replace: true });
  const change = (part: Partial<Upload>) => {
    clear();
    setUpload((u) => ({ ...u, ...part }));
  };
  const take = async (which: 'wrapped' | 'token', file: File | undefined) => change({ [which]: file && (await readFile(file)) });

  const { wrapped, token, expiry, description } = upload;
  const wrong = {
    wrapped: wrapped ? wrappedError(wrapped.bytes, algorithm) : 'Choose the file with the wrapped key material.',
    token: token ? tokenError(token.bytes, wrapped?.bytes) : 'Choose the file with the import token.',
    ...expiryErrors(expiry, zone, now()),
    description: description.length > 256 ? 'A description has at most 256 characters.' : undefined,
  };
  const valid = Object.values(wrong).every((e) => e === undefined);
  const errors = tried ? wrong : { ...wrong, wrapped: wrapped && wrong.wrapped, token: token && wrong.token, date: undefined, time: undefined };
  const until = expiry.expires ? momentOf(expiry, zone) : undefined;
  const back = `/kms/keys/${metadata.KeyId}?tab=material`;

  const submit = () =>
    run(async () => {
      const request: ImportKeyMaterialRequest = {
        KeyId: metadata.KeyId,
        ImportToken: token!.bytes,
        EncryptedKeyMaterial: wrapped!.bytes,
        ExpirationModel: until ? 'KEY_MATERIAL_EXPIRES' : 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        ValidTo: until,
        ...(symmetric && { ImportType: type as 'NEW_KEY_MATERIAL', KeyMaterialId: material, KeyMaterialDescription: description || undefined }),
      };
      const result = await client.send(new ImportKeyMaterialCommand(request));
      done(`Key material imported into key ${metadata.KeyId}`, result, symmetric && type === 'NEW_KEY_MATERIAL' && materials.length > 0 ? 'It is pending rotation. Choose Rotate now to use it.' : undefined);
      go(back);
    });

  return (
    <Wizard
      activeStepIndex={step}
      isLoadingNextStep={busy}
      onNavigate={(e) => {
        if (e.detail.requestedStepIndex === 2) {
          setTried(true);
          if (!valid) return put({ step: '2' });
        }
        clear();
        put({ step: String(e.detail.requestedStepIndex + 1), spec, algorithm });
      }}
      onCancel={() => go(back)}
      onSubmit={submit}
      i18nStrings={{
        stepNumberLabel: (n) => `Step ${n}`,
        collapsedStepsLabel: (n, of) => `Step ${n} of ${of}`,
        navigationAriaLabel: 'Steps',
        cancelButton: 'Cancel',
        previousButton: 'Previous',
        nextButton: 'Next',
        submitButton: 'Upload key material',
      }}
      steps={[
        {
          title: 'Download wrapping public key and import token',
          content: <DownloadStep metadata={metadata} spec={spec} algorithm={algorithm} onChange={(s, a) => put({ spec: s, algorithm: a })} />,
        },
        {
          title: 'Upload your wrapped key material',
          content: (
            <UploadStep
              metadata={metadata}
              upload={upload}
              onChange={change}
              onFile={take}
              errors={errors}
              materials={symmetric ? materials : undefined}
              type={type}
              material={material}
              onType={(t, m) => put({ type: t, material: m })}
            />
          ),
        },
        {
          title: 'Review',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Import</Header>}>
                <Fields
                  items={[
                    { label: 'Key ID', value: metadata.KeyId },
                    { label: 'Key spec', value: keySpec },
                    symmetric && { label: 'Import type', value: type === 'NEW_KEY_MATERIAL' ? 'New key material' : 'Existing key material' },
                    symmetric && type === 'EXISTING_KEY_MATERIAL' && { label: 'Key material ID', value: material ?? 'Whichever matches' },
                    { label: 'Wrapping algorithm', value: algorithm },
                    { label: 'Wrapped key material', value: wrapped && `${wrapped.file.name} (${wrapped.bytes.length} bytes)` },
                    { label: 'Import token', value: token && `${token.file.name} (${token.bytes.length} bytes)` },
                    { label: 'Expiration', value: until ? <Time at={until} seconds /> : 'Key material does not expire' },
                    symmetric && { label: 'Key material description', value: description || undefined },
                  ]}
                />
              </Container>
              <ErrorNote error={error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}

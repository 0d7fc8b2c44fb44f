// The first step of an import: the public key to wrap key material with, and the token that goes
// with it, as files.
import { GetParametersForImportCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { fromText } from '../../app/bytes';
import { useClient } from '../../app/client';
import { now } from '../../app/clock';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { CopyButton } from '../../ui/Copy';
import { download } from '../../ui/download';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';
import { commands, isTwoSteps, readme, wrappingAlgorithms, wrappingKeySpecs } from './wrapping';
import { zip } from './zip';

interface Props {
  metadata: KeyMetadata;
  spec: string;
  algorithm: string;
  onChange: (spec: string, algorithm: string) => void;
}

export function DownloadStep({ metadata, spec, algorithm, onChange }: Props) {
  const client = useClient(KMSClient);
  const { busy, error, run } = useAction();
  const [until, setUntil] = useState<Date>();
  const keySpec = metadata.KeySpec ?? 'SYMMETRIC_DEFAULT';
  const algorithms = wrappingAlgorithms(keySpec, spec);
  const fetchFiles = () =>
    run(async () => {
      const result = await client.send(new GetParametersForImportCommand({ KeyId: metadata.KeyId, WrappingKeySpec: spec as 'RSA_4096', WrappingAlgorithm: algorithm as 'RSAES_OAEP_SHA_256' }));
      const text = readme(metadata.Arn!, spec, algorithm, result.ParametersValidTo!, keySpec);
      const files = [
        { name: 'WrappingPublicKey.bin', content: result.PublicKey! },
        { name: 'ImportToken.bin', content: result.ImportToken! },
        { name: 'README.txt', content: fromText(text) },
      ];
      download('Import_Parameters.zip', zip(files, now()), 'application/zip');
      setUntil(result.ParametersValidTo);
      done('Wrapping public key and import token downloaded', result);
    });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Configuration</Header>}>
        <SpaceBetween size="l">
          <FormField label="Select wrapping key spec" description="The RSA key that KMS makes for this import. The longest is the best protection.">
            <Select
              selectedOption={{ value: spec, label: spec }}
              options={wrappingKeySpecs.map((value) => ({ value, label: value, description: value === 'RSA_4096' ? 'Recommended' : undefined }))}
              onChange={(e) => {
                const next = e.detail.selectedOption.value!;
                const fits = wrappingAlgorithms(keySpec, next);
                onChange(next, fits.includes(algorithm as 'RSAES_OAEP_SHA_256') ? algorithm : fits[0]);
              }}
            />
          </FormField>
          <FormField label="Select wrapping algorithm" description={`Those that can carry the key material of a ${keySpec} key.`}>
            <Select
              selectedOption={{ value: algorithm, label: algorithm }}
              options={algorithms.map((value, i) => ({ value, label: value, description: i === 0 ? 'Recommended' : undefined }))}
              onChange={(e) => onChange(spec, e.detail.selectedOption.value!)}
            />
          </FormField>
          <Button iconName="download" loading={busy} onClick={fetchFiles}>
            Download wrapping public key and import token
          </Button>
          <ErrorNote error={error} />
          {until && (
            <Alert type="info" header="Import_Parameters.zip has been downloaded">
              The wrapping public key and the import token in it belong together, and are valid until <Time at={until} />. After that, download new ones.
            </Alert>
          )}
          <Box variant="small">
            If you have wrapped the key material with files that you downloaded in the last 24 hours, choose Next.
          </Box>
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description={`The commands of OpenSSL 3 for the files of the ZIP archive${isTwoSteps(algorithm) ? '; key material that you have already must be PKCS #8 in DER' : ''}. Do it on a machine that you trust with the key material.`}
            actions={<CopyButton text={commands(keySpec, algorithm)} name="commands" />}
          >
            Wrap the key material
          </Header>
        }
      >
        <pre className="code-view" tabIndex={0} aria-label="Commands that wrap key material">
          {commands(keySpec, algorithm)}
        </pre>
      </Container>
    </SpaceBetween>
  );
}

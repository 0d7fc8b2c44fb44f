// The second step of an import: the wrapped key material and the token, when they expire, and
// what the material is.
import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Expiry } from './expiry';
import { ExpiryFields } from './ExpiryFields';
import type { Chosen } from './files';
import { ImportType } from './ImportType';

export interface Upload {
  wrapped?: Chosen;
  token?: Chosen;
  expiry: Expiry;
  description: string;
}

interface Props {
  metadata: KeyMetadata;
  upload: Upload;
  onChange: (upload: Partial<Upload>) => void;
  onFile: (which: 'wrapped' | 'token', file: File | undefined) => void;
  errors: { wrapped?: string; token?: string; date?: string; time?: string; description?: string };
  /** what an import of a symmetric key can do; undefined for other keys */
  materials?: readonly RotationsListEntry[];
  type?: string;
  material?: string;
  onType: (type: string, material: string | undefined) => void;
}

function FileField({ label, description, file, error, onFile }: { label: string; description: string; file: Chosen | undefined; error: string | undefined; onFile: (file: File | undefined) => void }) {
  return (
    <FormField label={label} description={description} errorText={error}>
      <FileUpload
        value={file ? [file.file] : []}
        onChange={(e) => onFile(e.detail.value[0])}
        showFileSize
        constraintText="A binary file of at most 6144 bytes."
        i18nStrings={{
          uploadButtonText: () => 'Choose file',
          dropzoneText: () => 'Drop file to upload',
          removeFileAriaLabel: () => `Remove ${label}`,
          limitShowFewer: 'Show fewer files',
          limitShowMore: 'Show more files',
          errorIconAriaLabel: 'Error',
        }}
      />
    </FormField>
  );
}

export function UploadStep(props: Props) {
  const { upload, onChange, onFile, errors, materials, type } = props;
  const isNew = type === 'NEW_KEY_MATERIAL';
  return (
    <SpaceBetween size="l">
      {materials && <ImportType metadata={props.metadata} materials={materials} type={type!} material={props.material} onChange={props.onType} />}
      <Container header={<Header variant="h2">Encrypted key material and import token</Header>}>
        <SpaceBetween size="l">
          <FileField
            label="Wrapped key material"
            description="The key material, encrypted with the wrapping public key (WrappedKeyMaterial.bin)."
            file={upload.wrapped}
            error={errors.wrapped}
            onFile={(f) => onFile('wrapped', f)}
          />
          <FileField
            label="Import token"
            description="The token that was downloaded together with that public key (ImportToken.bin)."
            file={upload.token}
            error={errors.token}
            onFile={(f) => onFile('token', f)}
          />
        </SpaceBetween>
      </Container>
      <ExpiryFields expiry={upload.expiry} errors={errors} onChange={(expiry) => onChange({ expiry })} />
      {materials && (
        <Container header={<Header variant="h2">Description</Header>}>
          <FormField
            label="Key material description - optional"
            description={isNew ? 'Tells this key material from others in the list of key materials.' : 'Replaces the description that the key material has. Leave it empty to keep that.'}
            constraintText="At most 256 characters."
            errorText={errors.description}
          >
            <Input value={upload.description} onChange={(e) => onChange({ description: e.detail.value })} autoComplete={false} />
          </FormField>
        </Container>
      )}
    </SpaceBetween>
  );
}

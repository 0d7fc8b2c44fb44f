// A file that a form reads. Its content stays in the browser.
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import { useState, type ReactNode } from 'react';

interface Props {
  label: string;
  description?: ReactNode;
  /** what kinds of files there are, as in the accept attribute: ".json,application/json" */
  accept?: string;
  constraint?: string;
  /** takes the text of the file; the message of what it throws stands beside the field */
  onText: (text: string) => void;
  button?: string;
}

/** OneFile reads the text of a file. */
export function OneFile({ label, description, accept, constraint, onText, button = 'Choose file' }: Props) {
  const [files, setFiles] = useState<File[]>([]);
  const [wrong, setWrong] = useState<string>();
  const take = async (chosen: File[]) => {
    setFiles(chosen);
    setWrong(undefined);
    if (chosen.length === 0) return;
    try {
      onText(await chosen[0].text());
    } catch (e) {
      setWrong((e as Error).message);
    }
  };
  return (
    <FormField label={label} description={description}>
      <FileUpload
        value={files}
        onChange={(e) => void take(e.detail.value)}
        accept={accept}
        constraintText={constraint}
        errorText={wrong}
        showFileSize
        i18nStrings={{
          uploadButtonText: () => button,
          dropzoneText: () => 'Drop file to upload',
          removeFileAriaLabel: () => 'Remove file',
          limitShowFewer: 'Show fewer files',
          limitShowMore: 'Show more files',
          errorIconAriaLabel: 'Error',
          warningIconAriaLabel: 'Warning',
        }}
      />
    </FormField>
  );
}

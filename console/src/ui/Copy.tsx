// A text with a button that copies it.
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

/** Copy shows a text that can be copied; name is what the text is ("ARN"). */
export function Copy({ text, name, shown }: { text: string | undefined; name: string; shown?: string }) {
  if (!text) return <>–</>;
  return (
    <span style={{ overflowWrap: 'anywhere' }}>
      <CopyToClipboard
        variant="inline"
        textToCopy={text}
        textToDisplay={shown ?? text}
        copyButtonAriaLabel={`Copy ${name}`}
        copySuccessText={`${name} copied`}
        copyErrorText={`The browser did not copy the ${name}`}
      />
    </span>
  );
}

/** CopyButton copies a text that is shown elsewhere. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  return (
    <CopyToClipboard
      textToCopy={text}
      copyButtonText="Copy"
      copyButtonAriaLabel={`Copy ${name}`}
      copySuccessText={`${name} copied`}
      copyErrorText={`The browser did not copy the ${name}`}
    />
  );
}

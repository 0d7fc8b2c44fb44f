// A document of JSON that belongs to a resource: shown, and edited in place.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAction } from '../app/load';
import { Empty } from './Empty';
import { ErrorNote } from './ErrorNote';
import { jsonError, JsonEditor, JsonView, pretty } from './JsonEditor';

interface Props {
  title: string;
  description?: string;
  text: string;
  limit?: number;
  /** an empty document may be saved, which removes it */
  removable?: boolean;
  save?: (text: string) => Promise<unknown>;
}

export function DocumentPanel({ title, description, text, limit, removable, save }: Props) {
  const [edited, setEdited] = useState<string>();
  const { busy, error, run, clear } = useAction();
  const editing = edited !== undefined;
  const wrong = editing && !(removable && edited.trim() === '') && jsonError(edited);
  const close = () => {
    setEdited(undefined);
    clear();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={description}
          actions={
            save && (
              <div className="buttons">
                {editing ? (
                  <>
                    <Button onClick={close}>Cancel</Button>
                    <Button variant="primary" loading={busy} disabled={!!wrong} onClick={async () => (await run(() => save(edited))) && close()}>
                      Save changes
                    </Button>
                  </>
                ) : (
                  <Button onClick={() => setEdited(pretty(text))}>Edit</Button>
                )}
              </div>
            )
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorNote error={error} />
        {editing ? (
          <JsonEditor label={title} value={edited} onChange={setEdited} limit={limit} />
        ) : text ? (
          <JsonView text={text} />
        ) : (
          <Empty title="None" />
        )}
      </SpaceBetween>
    </Container>
  );
}

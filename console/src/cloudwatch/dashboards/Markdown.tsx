// Markdown as React elements: text is never anything else than text.
import Link from '@cloudscape-design/components/link';
import TextContent from '@cloudscape-design/components/text-content';
import { createElement, useMemo, type ReactNode } from 'react';
import { blocks, type Block, type Inline } from './markdown';

const inlines = (list: readonly Inline[]): ReactNode[] => list.map((p, i) => <Span key={i} part={p} />);

function Span({ part }: { part: Inline }) {
  switch (part.kind) {
    case 'text':
      return <>{part.text}</>;
    case 'code':
      return <code>{part.text}</code>;
    case 'bold':
      return <strong>{inlines(part.children)}</strong>;
    case 'italic':
      return <em>{inlines(part.children)}</em>;
    case 'link':
      return (
        <Link href={part.href} external={!part.href.startsWith('/')} target={part.href.startsWith('/') ? undefined : '_blank'} externalIconAriaLabel="Opens in a new tab">
          {inlines(part.children)}
        </Link>
      );
  }
}

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      // The screen has the first two levels of headings to itself.
      return createElement(`h${Math.min(block.level + 2, 6)}`, {}, inlines(block.children));
    case 'paragraph':
      return <p>{inlines(block.children)}</p>;
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case 'list': {
      const items = block.items.map((item, i) => <li key={i}>{inlines(item)}</li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'quote':
      return <blockquote>{inlines(block.children)}</blockquote>;
    case 'rule':
      return <hr />;
    case 'table':
      return (
        <table className="widget-table">
          <thead>
            <tr>
              {block.head.map((c, i) => (
                <th key={i}>{inlines(c)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((r, i) => (
              <tr key={i}>
                {r.map((c, j) => (
                  <td key={j}>{inlines(c)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}

export function Markdown({ text }: { text: string }) {
  const parts = useMemo(() => blocks(text), [text]);
  return (
    <TextContent>
      {parts.map((b, i) => (
        <One key={i} block={b} />
      ))}
    </TextContent>
  );
}

/** Plain words of a message's tree, for announcements and names. Pure. */
import type { Block, Inline } from '../generated/protocol.ts';

export function plain(blocks: Block[]): string {
  return blocks.map(block).join(' ').replace(/\s+/g, ' ').trim();
}

function block(node: Block): string {
  switch (node.type) {
    case 'paragraph':
      return node.children.map(inline).join('');
    case 'code':
      return node.text;
    case 'quote':
      return plain(node.children);
    case 'list':
      return node.items.map((item) => plain(item.children)).join(' ');
  }
}

function inline(node: Inline): string {
  switch (node.type) {
    case 'text':
    case 'code':
      return node.text;
    case 'break':
      return ' ';
    default:
      return node.children.map(inline).join('');
  }
}

/**
 * The address of a link, or null where it must not be followed. The server
 * lets only such addresses through; this is the second lock on the same door.
 */
export function safeHref(href: string): string | null {
  return /^(https?:\/\/|mailto:)/i.test(href) ? href : null;
}

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
    case 'mention':
      return `@${node.name}`;
    case 'here':
      return '@here';
    case 'break':
      return ' ';
    default:
      return node.children.map(inline).join('');
  }
}

/** Whether the message calls everybody who is here. */
export function callsAll(blocks: Block[]): boolean {
  const calls = (word: Inline): boolean =>
    word.type === 'here' || ('children' in word && word.children.some(calls));
  return blocks.some((block) => {
    switch (block.type) {
      case 'paragraph':
        return block.children.some(calls);
      case 'quote':
        return callsAll(block.children);
      case 'list':
        return block.items.some((item) => callsAll(item.children));
      case 'code':
        return false;
    }
  });
}

/**
 * The address of a link, or null where it must not be followed. The server
 * lets only such addresses through; this is the second lock on the same door.
 */
export function safeHref(href: string): string | null {
  return /^(https?:\/\/|mailto:)/i.test(href) ? href : null;
}

/** Pictures in messages, as the page's own template shows them. Pure. */
import type { Image, Message } from '../../generated/protocol.ts';
import { plain } from '../../lib/rich_text.ts';
import type { Texts } from '../../lib/texts.ts';

/** Pixels of the box in which a picture is shown. */
const WIDE = 480;
const HIGH = 320;

/** Width and height in the box: room is kept before the picture is there. */
export function boxed({ width, height }: { width: number; height: number }): {
  width: number;
  height: number;
} {
  if (width <= WIDE && height <= HIGH) return { width, height };
  return width * HIGH > height * WIDE
    ? { width: WIDE, height: Math.max(1, Math.floor((height * WIDE) / width)) }
    : { width: Math.max(1, Math.floor((width * HIGH) / height)), height: HIGH };
}

/** What a picture shows; of one that nobody described, whose it is. */
export function altOf(image: Image, name: string, t: Texts): string {
  if (image.alt !== '' && image.alt !== undefined) return image.alt;
  return name === '' ? t('channels-image-without') : t('channels-image-undescribed', { name });
}

/** What a message says, or that it is a picture. */
export function inShort(message: Message, t: Texts): string {
  const words = plain(message.body);
  return words === '' && message.images.length > 0 ? t('channels-image') : words;
}

/** What a screen reader is told of a message: its words, and what its pictures show. */
export function spoken(message: Message, t: Texts): string {
  const alts = message.images.map((image) => image.alt || t('channels-image'));
  return [plain(message.body), ...alts].filter((words) => words !== '').join('. ');
}

/** Reporting a message without leaving the channel; the page of reports stays the other way. */
import { mount, unmount } from 'svelte';
import type { Message, Problem } from '../../generated/protocol.ts';
import { textsContext } from '../../lib/context.ts';
import { loadTexts } from '../../lib/texts.ts';
import { inShort } from './pictures.ts';
import { excerpt } from './reducer.ts';

/** Where reports go, and what they may be about. */
export interface ReportForm {
  /** The form is posted here; with `?message=` it is the page of the same form. */
  url: string;
  /** Where one reads what became of it. */
  page: string;
  /** Words of the categories, in their order. */
  categories: string[];
}

export interface Entered {
  key: string;
  message: string;
  category: string;
  words: string;
}

/** Sends what the page's own form would send; gives why it was refused, or null. */
export async function sendReport(url: string, entered: Entered): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      // Where it leads is the answer; the page there is for those without scripts.
      redirect: 'manual',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ ...entered }),
    });
    if (response.type === 'opaqueredirect') return null;
    const told = response.headers.get('content-type')?.startsWith('application/problem+json');
    if (!told) return response.statusText || String(response.status);
    const problem = (await response.json()) as Problem;
    return problem.detail ?? problem.title;
  } catch (reason) {
    return reason instanceof Error ? reason.message : String(reason);
  }
}

/** What stands next to a message, where that was loaded. */
export function around(messages: Message[], id: string): { before?: Message; after?: Message } {
  const spoken = messages.filter((one) => one.removed === null);
  const at = spoken.findIndex((one) => one.id === id);
  const [before, after] = [spoken[at - 1], spoken[at + 1]];
  return at < 0 ? {} : { ...(before && { before }), ...(after && { after }) };
}

/** Opens the dialog; resolves once it is closed and gone. */
export async function openReport(
  lang: string,
  form: ReportForm,
  message: Message,
  messages: Message[],
): Promise<void> {
  const [{ default: ReportDialog }, texts] = await Promise.all([
    import('./ReportDialog.svelte'),
    loadTexts(lang, ['conduct', 'channels', 'chat']),
  ]);
  const name = (one: Message) => one.author?.name ?? texts('channels-gone');
  const said = (one: Message | undefined) => one && `${name(one)}: ${excerpt(inShort(one, texts))}`;
  const near = around(messages, message.id);
  // Of this report: sending it again after a lost answer makes no second one.
  const key = crypto.randomUUID();
  await new Promise<void>((resolve) => {
    const dialog = mount(ReportDialog, {
      target: document.body,
      props: {
        page: form.page,
        categories: form.categories,
        author: name(message),
        source: message.source || inShort(message, texts),
        before: said(near.before),
        after: said(near.after),
        send: (category, words) =>
          sendReport(form.url, { key, message: message.id, category, words }),
        onclose: () => {
          void unmount(dialog);
          resolve();
        },
      },
      context: textsContext(texts),
    });
  });
}

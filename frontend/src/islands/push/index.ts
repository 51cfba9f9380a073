/**
 * The push island: a button by which a person has this browser told of what
 * concerns them. Nothing is asked of the browser before that click.
 */
export interface PushProps {
  /** The server's public key, base64url. */
  key: string;
  /** Whether the server tells this browser: who signed out took it along. */
  here: boolean;
  lang: string;
  /** What it says; so few words come with the page. */
  texts: Record<'on' | 'off' | 'refused' | 'unable' | 'failed', string>;
}

const API = '/api/v1/account/push';
const WORKER = '/push.js';

export async function start(element: HTMLElement, { key, here, texts }: PushProps): Promise<void> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) {
    element.textContent = texts.unable;
    return;
  }
  const button = document.createElement('button');
  button.type = 'button';
  const note = document.createElement('p');
  note.setAttribute('role', 'status');
  let told = here && (await subscription()) !== null;
  let busy = false;
  const show = () => {
    button.textContent = told ? texts.off : texts.on;
  };
  button.addEventListener('click', () => {
    if (busy) return;
    // Not switched off: that would take the focus from whoever pressed it.
    busy = true;
    button.ariaDisabled = 'true';
    note.textContent = '';
    void (told ? off() : on(key))
      .then(
        (done) => {
          if (done) told = !told;
          else note.textContent = texts.refused;
        },
        (reason: unknown) => {
          reportError(reason);
          note.textContent = texts.failed;
        },
      )
      .finally(() => {
        busy = false;
        button.ariaDisabled = null;
        show();
      });
  });
  show();
  element.replaceChildren(button, note);
}

async function subscription(): Promise<PushSubscription | null> {
  const worker = await navigator.serviceWorker.getRegistration('/');
  return (await worker?.pushManager.getSubscription()) ?? null;
}

/** Whether the browser lets us. */
async function on(key: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  await navigator.serviceWorker.register(address(WORKER), { scope: '/' });
  const worker = await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint = '', keys } = made.toJSON();
  await call('PUT', { endpoint, p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' });
  return true;
}

async function off(): Promise<boolean> {
  const made = await subscription();
  if (!made) return true;
  await call('DELETE', { endpoint: made.endpoint });
  await made.unsubscribe();
  return true;
}

async function call(method: string, body: Record<string, string>): Promise<void> {
  const response = await fetch(API, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, key: crypto.randomUUID() }),
  });
  if (!response.ok) throw new Error(`${API} answered ${response.status}`);
}

interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

let policy: ReturnType<Policies['createPolicy']> | undefined;

/** The one script address that the page's policy lets through (Trusted Types). */
function address(url: string): string {
  const { trustedTypes } = window as { trustedTypes?: Policies };
  // A name is given once: whoever changes their mind comes here again.
  policy ??= trustedTypes?.createPolicy('hallway-push', {
    createScriptURL: (asked) => (asked === WORKER ? asked : ''),
  });
  return policy?.createScriptURL(url) ?? url;
}

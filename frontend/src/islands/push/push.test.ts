import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { start } from './index.ts';

const made = {
  endpoint: 'https://push.example/1',
  toJSON: () => ({ endpoint: made.endpoint, keys: { p256dh: 'P', auth: 'A' } }),
  unsubscribe: vi.fn(() => Promise.resolve(true)),
};
let subscribed: typeof made | null;
let asked: { method: string; body: Record<string, string> }[];
const subscribe = vi.fn(() => Promise.resolve((subscribed = made)));

beforeEach(() => {
  subscribed = null;
  asked = [];
  const worker = { pushManager: { getSubscription: () => Promise.resolve(subscribed), subscribe } };
  vi.stubGlobal('PushManager', {});
  vi.stubGlobal('Notification', { requestPermission: () => Promise.resolve('granted') });
  Object.defineProperty(navigator, 'serviceWorker', {
    configurable: true,
    value: {
      getRegistration: () => Promise.resolve(subscribed ? worker : undefined),
      register: () => Promise.resolve(worker),
      ready: Promise.resolve(worker),
    },
  });
  vi.stubGlobal('fetch', (_: string, { method, body }: { method: string; body: string }) => {
    asked.push({ method, body: JSON.parse(body) as Record<string, string> });
    return Promise.resolve({ ok: true });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'serviceWorker');
});

async function island(here = false): Promise<HTMLElement> {
  const element = document.createElement('div');
  const texts = { on: 'On', off: 'Off', refused: 'Refused', unable: 'Unable', failed: 'Failed' };
  await start(element, { key: 'KEY', here, lang: 'en', texts });
  return element;
}
const click = (element: HTMLElement) => element.querySelector('button')?.click();
const label = (element: HTMLElement) => element.querySelector('button')?.textContent;

test('a click has the browser told, another ends it', async () => {
  const element = await island();
  expect(subscribe).not.toHaveBeenCalled();
  click(element);
  await vi.waitFor(() => expect(label(element)).toBe('Off'));
  expect(subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: 'KEY' });
  expect(asked[0]).toMatchObject({
    method: 'PUT',
    body: { endpoint: made.endpoint, p256dh: 'P', auth: 'A' },
  });
  click(element);
  await vi.waitFor(() => expect(label(element)).toBe('On'));
  expect(asked[1]).toMatchObject({ method: 'DELETE', body: { endpoint: made.endpoint } });
  expect(made.unsubscribe).toHaveBeenCalled();
});

test('a browser that says no is told how to change it', async () => {
  vi.stubGlobal('Notification', { requestPermission: () => Promise.resolve('denied') });
  const element = await island();
  click(element);
  await vi.waitFor(() => expect(element.querySelector('p')?.textContent).toBe('Refused'));
  expect(asked).toEqual([]);
});

test('a browser without push says so', async () => {
  Reflect.deleteProperty(navigator, 'serviceWorker');
  expect((await island()).textContent).toBe('Unable');
});

test('a browser that was told before somebody signed out is not told now', async () => {
  subscribed = made;
  expect(label(await island(true))).toBe('Off');
  expect(label(await island(false))).toBe('On');
});

// Shows what the server tells this browser while no page is open.
self.addEventListener('push', (event) => {
  event.waitUntil(tell(event.data ? event.data.json() : {}));
});

async function tell({ title = '', body = '', url = '/', tag }) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const place = new URL(url, self.location.origin);
  // Whoever looks at the channel sees the message already.
  if (pages.some((page) => page.focused && new URL(page.url).pathname === place.pathname)) return;
  await self.registration.showNotification(title, { body, tag, renotify: true, data: { url } });
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

async function open(url) {
  const place = new URL(url, self.location.origin);
  if (place.origin !== self.location.origin) return;
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = pages.find((page) => new URL(page.url).pathname === place.pathname);
  if (there) {
    try {
      await there.navigate(place.href);
      await there.focus();
      return;
    } catch {
      // A page that was open before this script was: another one shows it.
    }
  }
  await self.clients.openWindow(place.href);
}

/**
 * The journey by keys alone: register, find a session in the schedule, read it,
 * write in its chat, enter its stage. At every stop the focus can be seen.
 */
import type { Locator, Page } from '@playwright/test';
import { island } from './people.ts';
import { publish } from './publisher.ts';
import { SESSIONS, STAGE } from './schedule.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'keyboard' });
test.describe.configure({ timeout: 120_000 });

/** Nobody presses Tab more often than this to find something. */
const MOST_STOPS = 60;

/** What is wrong with the place where the focus is; null where it can be seen. */
function hiddenFocus(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    if (!element || element === document.body) return null;
    const name = `${element.tagName} ${element.textContent.trim().slice(0, 40)}`;
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const inside = right > 0 && bottom > 0 && left < window.innerWidth && top < window.innerHeight;
    if (!inside || right - left < 1 || bottom - top < 1) return `${name} is out of sight`;
    // WCAG 2.4.11: nothing may lie over all of it, such as a bar that stays in place.
    const points = [...element.getClientRects()].flatMap((box) =>
      [0.1, 0.5, 0.9].map((part) => ({
        x: box.left + box.width * part,
        y: box.top + box.height / 2,
      })),
    );
    const seen = points.some(({ x, y }) => {
      const on = document.elementFromPoint(x, y);
      return on !== null && (element.contains(on) || on.contains(element));
    });
    if (!seen) return `${name} is covered`;
    // A ring of 2 px or more (WCAG 2.4.7), on it or on what stands for it.
    const ringed = [element, element.closest('li, label, article, .card, .cell')].some((place) => {
      if (!place) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(place);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
    });
    return ringed ? null : `${name} has no ring`;
  });
}

/** Whether the focus is on it or in it. */
function holdsFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element.contains(document.activeElement));
}

/** Presses Tab until the focus is on `target` or in it; at each stop the focus must be seen. */
async function tabTo(page: Page, target: Locator): Promise<number> {
  await expect(target).toBeVisible();
  for (let stops = 1; stops <= MOST_STOPS; stops += 1) {
    await page.keyboard.press('Tab');
    expect(await hiddenFocus(page)).toBeNull();
    if (await holdsFocus(target)) return stops;
  }
  throw new Error(`not reached within ${MOST_STOPS} stops: ${String(target)}`);
}

/** Follows a link or presses a button by Enter and waits for the next page's heading. */
async function enter(page: Page, target: Locator, heading: string | RegExp): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
}

test('from registering to the stage without a mouse', async ({ page, hallway }) => {
  await test.step('register', async () => {
    await page.goto(`/${EVENT}/`);
    await enter(page, page.getByRole('link', { name: 'Register' }).first(), 'Register');
    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.type('Kim Keys');
    await tabTo(page, page.getByRole('textbox', { name: 'E-mail' }));
    await page.keyboard.type('kim@example.org');
    await tabTo(page, page.getByRole('checkbox', { name: /code of conduct/ }));
    await page.keyboard.press('Space');
    await enter(page, page.getByRole('button', { name: 'Register' }), 'Look into your mail');
    await page.goto(await hallway.mailedPath('kim@example.org'));
    await enter(page, page.getByRole('button', { name: 'Confirm and come in' }), 'Journey Summit');
  });

  await test.step('the schedule, past its head by the skip link, to a session', async () => {
    const event = page.getByRole('navigation', { name: 'This event' });
    await enter(page, event.getByRole('link', { name: 'Schedule' }), /Schedule/);
    expect(await tabTo(page, page.getByRole('link', { name: 'Skip to content' }))).toBe(1);
    await page.keyboard.press('Enter');
    await expect(page.locator('#main')).toBeFocused();
    const talk = page.getByRole('main').getByRole('link', { name: SESSIONS.now.title });
    await enter(page, talk.last(), SESSIONS.now.title);
  });

  await test.step('write in the chat of the session, and leave it again', async () => {
    // The chat is loaded when it is turned to, here by the focus, which must not get lost.
    await tabTo(page, page.locator('[data-island=chat]'));
    await island(page, 'chat');
    await expect(page.locator('[data-island=chat] :focus')).toHaveCount(1);
    const field = page.getByRole('textbox', { name: 'Your message' });
    if (!(await holdsFocus(field))) await tabTo(page, field);
    await page.keyboard.type('By keys alone');
    await page.keyboard.press('Enter');
    const row = page.getByRole('listitem').filter({ hasText: 'By keys alone' });
    await expect(row).toContainText('Kim Keys');
    await expect(field).toBeFocused();
    // Back among the messages it is where it was before; End leads to the newest.
    await page.keyboard.press('Shift+Tab');
    await expect(page.getByRole('list', { name: 'Messages' }).locator(':focus')).toHaveCount(1);
    await page.keyboard.press('End');
    await expect(row).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(field).toBeFocused();
    // No trap: the page goes on after it.
    await tabTo(page, page.getByRole('contentinfo').getByRole('link').first());
  });

  await test.step('the stage: watch, mute, pause, and over to the chat', async () => {
    const key = await hallway.command('stage', 'key', '--event', EVENT, '--room', STAGE.slug);
    const publisher = publish(hallway.rtmp, key);
    try {
      await page.goto(page.url());
      await enter(
        page,
        page.getByRole('main').getByRole('link', { name: STAGE.name }).first(),
        SESSIONS.now.title,
      );
      await tabTo(page, page.getByRole('button', { name: 'Watch', exact: true }));
      await page.keyboard.press('Enter');
      const video = page.locator('video');
      const time = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
      await expect.poll(time).toBeGreaterThan(0.5);
      await tabTo(page, page.getByRole('button', { name: 'Mute' }));
      await page.keyboard.press('Space');
      await expect(page.getByRole('button', { name: 'Mute' })).toHaveAttribute(
        'aria-pressed',
        'true',
      );
      await page.keyboard.press('k');
      await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
      await page.keyboard.press('k');
      await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
      await tabTo(page, page.getByRole('textbox', { name: 'Your message' }));
    } finally {
      await publisher.stop();
    }
  });
});

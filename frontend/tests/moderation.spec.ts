/** A message is reported, a moderator decides, and both learn of it. */
import { expectAccessible } from './axe.ts';
import { island, register, signIn } from './people.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'moderation' });

test('a report is decided while the queue is open, and appealed against', async ({
  browser,
  hallway,
}) => {
  const [nora, mallory, mina] = await Promise.all(
    [1, 2, 3].map(async () => (await browser.newContext()).newPage()),
  );
  if (!nora || !mallory || !mina) throw new Error('three pages');
  await register(nora, hallway, 'Nora Report', 'nora.report@example.org');
  await register(mallory, hallway, 'Mallory Loud', 'mallory.loud@example.org');
  const email = 'mina@example.org';
  await hallway.command('user', 'create', '--email', email, '--name', 'Mina');
  const role = ['--event', EVENT, '--role', 'moderator'];
  await hallway.command('user', 'grant', '--email', email, ...role);
  await signIn(mina, hallway, email);
  await mina.goto(`/${EVENT}/moderate/`);
  await expect(mina.getByText('Nothing waits')).toBeVisible();
  await expectAccessible(mina, 'an empty queue');
  await expect(mina.locator('[data-island=fresh][data-ready]')).toBeAttached();

  await mallory.goto(`/${EVENT}/chat/lobby`);
  await island(mallory, 'chat');
  await mallory.getByRole('textbox', { name: 'Your message' }).fill('You are all fools');
  await mallory.keyboard.press('Enter');
  await expect(mallory.getByText('You are all fools')).toBeVisible();

  // The form needs no script, and says what it keeps.
  const plain = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await nora.context().storageState(),
  });
  const form = await plain.newPage();
  await form.goto(`/${EVENT}/chat/lobby`);
  const row = form.getByRole('listitem').filter({ hasText: 'You are all fools' }).last();
  await row.locator('details.more > summary').click();
  await row.getByRole('link', { name: 'Report' }).click();
  await expect(form.getByRole('heading', { level: 1 })).toHaveText('Report something');
  await expect(form.getByText('You are all fools')).toBeVisible();
  await form.getByRole('button', { name: 'Send the report' }).click();
  await expect(form.getByText('One thing does not fit yet')).toBeVisible();
  await form.getByRole('radio', { name: 'Harassment or insults' }).check();
  await form.getByRole('textbox', { name: /In your own words/ }).fill('All day');
  await form.getByRole('button', { name: 'Send the report' }).click();
  await expect(form.getByText('Waits for somebody to look into it')).toBeVisible();

  // It comes up on the open page.
  await expect(mina.getByText('One thing waits')).toBeVisible();
  await mina.getByRole('link', { name: /Harassment or insults: Mallory Loud/ }).click();
  await mina.getByRole('button', { name: 'I look into it' }).click();
  await mina.getByRole('radio', { name: /^Mute/ }).check();
  await mina.getByRole('textbox', { name: 'Reason' }).fill('Nobody is to be insulted here');
  await expectAccessible(mina, 'a report');
  await mina.getByRole('button', { name: 'Decide and end the report' }).click();
  await expect(mina.getByText('Nothing waits')).toBeVisible();

  await form.reload();
  await expect(form.getByText('The person was muted')).toBeVisible();
  await expectAccessible(nora, 'a chat with reports');
  await mallory.goto(`/${EVENT}/conduct/`);
  await expect(mallory.getByText('Nobody is to be insulted here')).toBeVisible();
  await mallory.getByRole('textbox', { name: 'Appeal' }).fill('It was a joke');
  await expectAccessible(mallory, 'a decision about oneself');
  await mallory.getByRole('button', { name: 'Send the appeal' }).click();
  await expect(mallory.getByText('Your appeal is sent')).toBeVisible();
});

/** Reporting without a name, and talking by a receipt with those who look after the event. */
import { expectAccessible } from './axe.ts';
import { signIn } from './people.ts';
import { watch } from './policy.ts';
import { EVENT, expect, test } from './server.ts';

test.use({ house: 'journey' });

test('somebody reports without a name, is answered, and goes on', async ({ browser, hallway }) => {
  const context = { baseURL: hallway.origin };
  const somebody = await (await browser.newContext(context)).newPage();
  const mina = await (await browser.newContext(context)).newPage();
  const faults = [somebody, mina].map(watch);
  await hallway.command('user', 'create', '--email', 'ano-mina@example.org', '--name', 'Mina');
  await hallway.command(
    ...['user', 'grant', '--email', 'ano-mina@example.org', '--event', EVENT],
    ...['--role', 'moderator'],
  );

  await somebody.goto(`/${EVENT}/conduct/`);
  await somebody.getByRole('link', { name: 'Report without your name' }).click();
  await expectAccessible(somebody, 'the form to report without a name');
  await somebody.getByRole('textbox', { name: 'What happened?' }).fill('Somebody follows me');
  await somebody.getByRole('button', { name: 'Send' }).click();
  const receipt = await somebody.locator('code.receipt').innerText();
  expect(receipt).toMatch(/^([0-9a-z]{4} ){7}[0-9a-z]{4}$/);
  await expectAccessible(somebody, 'a sent report without a name');

  await signIn(mina, hallway, 'ano-mina@example.org');
  await mina.goto(`/${EVENT}/moderate/`);
  await mina.getByRole('link', { name: 'A report without a name' }).click();
  await expect(mina.getByText('Somebody follows me')).toBeVisible();
  await expectAccessible(mina, 'a report without a name');
  await mina.getByRole('textbox', { name: 'Answer' }).fill('We come. Where are you?');
  await mina.getByRole('button', { name: 'Answer' }).click();
  await expect(mina.getByText('answered', { exact: false })).toBeVisible();

  await somebody.goto(`/${EVENT}/conduct/anonymous`);
  await somebody.getByRole('textbox', { name: 'Your receipt' }).fill('not mine');
  await somebody.getByRole('button', { name: 'Read' }).click();
  await expect(somebody.getByRole('textbox', { name: 'Your receipt' })).toHaveAccessibleDescription(
    /32 letters and digits/,
  );
  await somebody.getByRole('textbox', { name: 'Your receipt' }).fill(receipt);
  await somebody.getByRole('button', { name: 'Read' }).click();
  await expect(somebody.getByText('We come. Where are you?')).toBeVisible();
  await somebody.getByRole('textbox', { name: 'Write on' }).fill('At the first door');
  await somebody.getByRole('button', { name: 'Send' }).click();
  await expect(somebody.getByText('At the first door')).toBeVisible();
  for (const fault of faults) fault.expectNone();
});

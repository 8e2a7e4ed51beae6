// A stranger: the set-up link, a service, a key, an alert by curl, and the first page in the mailbox; all by browser.
import { launch, newPage, violations } from '../lib/browser.mjs';
import { Hansei } from '../lib/hansei.mjs';
import { Mailbox } from '../lib/mailbox.mjs';

export default async function newcomer({ assert, cleanup }) {
  const mailbox = await Mailbox.start();
  cleanup(() => mailbox.end());
  const hansei = await Hansei.start({ smtp: mailbox.address });
  cleanup(() => hansei.end());
  assert.ok(hansei.setupUrl, 'an empty store offers a set-up link');
  const browser = await launch();
  cleanup(() => browser.close());
  const page = await newPage(browser);

  await page.goto(hansei.setupUrl);
  await page.fill('[name=name]', 'Ana Ruiz');
  await page.fill('[name=email]', 'ana@e2e.example');
  await page.fill('[name=password]', 'correct horse battery');
  await page.fill('[name=organisation]', 'E2E GmbH');
  assert.deepEqual(await violations(page), []);
  await page.click('form button[type=submit]');
  await page.waitForURL(`${hansei.url}/**`);
  assert.ok(!page.url().includes('setup'), 'signed in after set-up');

  await page.goto(`${hansei.url}/services/new`);
  await page.fill('[name=name]', 'Checkout');
  const slug = page.locator('[name=slug]');
  if (await slug.count()) await slug.fill('checkout');
  await page.click('main form button[type=submit]:not([name])');
  await page.waitForURL('**/services/checkout**');
  assert.deepEqual(await violations(page), []);

  const key = hansei.run(['key', 'create', '--service', 'checkout', '--format', 'pagerduty', '--quiet', '--data-dir', hansei.dir]).out;
  const sent = await fetch(`${hansei.url}/v2/enqueue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: key, event_action: 'trigger', dedup_key: 'disk-1',
      payload: { summary: 'Disk full <script>alert(1)</script>', source: 'db-1', severity: 'critical' },
    }),
  });
  assert.equal(sent.status, 202);
  assert.deepEqual(await sent.json(), { status: 'success', message: 'Event processed', dedup_key: 'disk-1' });
  const letter = await mailbox.expect('the first page', (l) => l.to.includes('ana@e2e.example') && /Disk full/.test(l.plain));

  // The button on a phone, without signing in.
  const phone = await newPage(browser, { viewport: { width: 390, height: 844 } });
  await phone.goto(/http:\/\/127\.0\.0\.1:\d+\/p\/[0-9a-z]{52}/.exec(letter.plain)[0]);
  assert.deepEqual(await violations(phone), []);
  await phone.click('button[value=acknowledge]');
  await phone.waitForLoadState();
  await page.goto(`${hansei.url}/incidents/1`);
  assert.match(await page.locator('main').innerText(), /Disk full <script>/, 'hostile text is shown as text');
  assert.deepEqual(await violations(page), []);
  assert.deepEqual([...page.complaints, ...phone.complaints], []);
}

// A real Prometheus takes Hansei for its Alertmanager: an incident opens, pages, is acknowledged by the link in the
// mail, and resolves when the rule stops firing.
import { Hansei } from '../lib/hansei.mjs';
import { Mailbox } from '../lib/mailbox.mjs';
import { startPrometheus } from '../lib/prometheus.mjs';

const CATALOGUE = `
[[people]]
email = "ana@e2e.example"
name = "Ana Ruiz"
contacts = [{ kind = "email", address = "ana@e2e.example" }]
[[people]]
email = "ben@e2e.example"
name = "Ben"
contacts = [{ kind = "email", address = "ben@e2e.example" }]
[[services]]
slug = "shop"
name = "Shop"
rule = { group_by = { kind = "labels", names = ["service"] } }
[[services.escalation.steps]]
delay_secs = 0
people = ["ana@e2e.example"]
[[services.escalation.steps]]
delay_secs = 6
people = ["ben@e2e.example"]
`;

export default async function prometheus({ assert, cleanup }) {
  const mailbox = await Mailbox.start();
  cleanup(() => mailbox.end());
  const hansei = await Hansei.start({ smtp: mailbox.address });
  cleanup(() => hansei.end());
  hansei.token = hansei.run(['admin', 'create', '--email', 'root@e2e.example', '--quiet', '--data-dir', hansei.dir]).out;
  const applied = await hansei.api('POST', '/apply', { document: CATALOGUE, force: false });
  assert.equal(applied.status, 200, JSON.stringify(applied.body));
  const key = hansei.run(['key', 'create', '--service', 'shop', '--format', 'alertmanager', '--quiet', '--data-dir', hansei.dir]).out;

  const prometheus = await startPrometheus(hansei, key);
  cleanup(() => prometheus.end());

  const letter = await mailbox.expect('the page about checkout', (l) => l.to.includes('ana@e2e.example') && /Checkout is down/.test(l.plain));
  assert.match(letter.plain, /step/i, 'the page says why this person got it');
  const link = /http:\/\/127\.0\.0\.1:\d+\/p\/[0-9a-z]{52}/.exec(letter.plain)?.[0];
  assert.ok(link, 'the page has a link');

  // Opening the link changes nothing (mail scanners do that); the button does.
  assert.equal((await fetch(link)).status, 200);
  const before = await hansei.api('GET', '/incidents?status=detected&limit=50');
  const checkout = before.body.items.find((i) => /Checkout/.test(i.title));
  assert.ok(checkout, 'still detected after the link was only opened');
  const pressed = await fetch(link, { method: 'POST', body: new URLSearchParams({ do: 'acknowledge' }), redirect: 'manual' });
  assert.ok([200, 303].includes(pressed.status), `pressing answered ${pressed.status}`);
  const taken = await hansei.api('GET', `/incidents/${checkout.number}`);
  assert.equal(taken.body.acknowledged, true);

  // The flapping rule opens and resolves an incident of its own, and reopens it.
  await hansei.until('the flapping incident resolves', async (e) => e.name === 'incident.resolved', { ms: 60_000 });
  await hansei.until('it comes back', async (e) => e.name === 'incident.reopened', { ms: 60_000 });

  // The second step of the acknowledged incident was never told, though its time has passed by now.
  const timeline = await hansei.api('GET', `/incidents/${checkout.number}/timeline?limit=500`);
  const names = timeline.body.items.map((e) => e.name);
  for (const wanted of ['incident.declared', 'incident.escalation_started', 'page.requested', 'page.delivered', 'incident.acknowledged', 'page.ended']) {
    assert.ok(names.includes(wanted), `the timeline tells ${wanted}: ${names}`);
  }
  const late = mailbox.letters.filter((l) => l.to.includes('ben@e2e.example') && /Checkout/.test(l.plain));
  const acked = Date.parse(timeline.body.items.find((e) => e.name === 'incident.acknowledged').at);
  const stepped = timeline.body.items.filter((e) => e.name === 'incident.step_reached' && Date.parse(e.at) > acked);
  assert.deepEqual([late.length, stepped.length], [0, 0], 'nobody was told after the acknowledgement');

  const listed = await fetch(`${hansei.url}/am/${key}/api/v2/alerts`).then((r) => r.json());
  assert.ok(listed.some((a) => a.labels.alertname === 'AlwaysFiring' && a.status.state === 'active'));
  const verified = hansei.run(['verify', '--data-dir', hansei.dir, '--quiet']);
  assert.equal(verified.out, 'ok');
}

// Every screen with something to show: no complaint of the browser, no accessibility violation, in light and dark, wide
// and narrow, in three languages. With SHOTS=dir it also leaves pictures behind to be looked at.
import { mkdirSync } from 'node:fs';
import { launch, newPage, violations } from '../lib/browser.mjs';
import { BIN } from '../lib/hansei.mjs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCREENS = {
  now: '/', incidents: '/incidents', declare: '/incidents/new', incident: '/incidents/1', 'incident-live': '/incidents/5',
  alerts: '/alerts', services: '/services', service: '/services/agent-realtime', integrations: '/integrations',
  quarantine: '/quarantine', teams: '/catalogue/teams', products: '/catalogue/products', components: '/catalogue/components',
  pods: '/catalogue/pods', people: '/people', tokens: '/tokens', settings: '/settings', organisation: '/settings/organisation',
  system: '/system', design: '/design', help: '/help',
};

async function startDemo(cleanup) {
  const dir = mkdtempSync(join(tmpdir(), 'hansei-e2e-demo-'));
  const env = Object.fromEntries(Object.entries(process.env).filter(([n]) => !n.startsWith('HANSEI_')));
  const child = spawn(BIN, ['demo', '--data-dir', dir, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  cleanup(async () => { child.kill('SIGTERM'); await exited; rmSync(dir, { recursive: true, force: true }); });
  const found = {};
  let errors = '';
  child.stderr.on('data', (d) => { errors += d; });
  for await (const line of createInterface({ input: child.stdout })) {
    found.url ??= /ready at (http:\/\/\S+)/.exec(line)?.[1];
    found.email ??= /sign in as\s+(\S+)/.exec(line)?.[1];
    found.password ??= /password\s+(\S+)/.exec(line)?.[1];
    if (/Ctrl-C/.test(line)) return found;
  }
  throw new Error(`the demonstration did not start\n${errors}`);
}

export default async function screens({ assert, cleanup }) {
  const demo = await startDemo(cleanup);
  const browser = await launch();
  cleanup(() => browser.close());
  const page = await newPage(browser);
  await page.goto(`${demo.url}/sign-in`);
  await page.fill('[name=email]', demo.email);
  await page.fill('[name=password]', demo.password);
  await page.click('form button[type=submit]');
  await page.waitForURL((url) => !url.pathname.includes('sign-in'));
  const state = await page.context().storageState();

  const wrong = [];
  const looks = [
    { width: 1440, colorScheme: 'light' }, { width: 1440, colorScheme: 'dark' },
    { width: 390, colorScheme: 'light' }, { width: 390, colorScheme: 'dark' },
  ];
  for (const look of looks) {
    const one = await newPage(browser, { viewport: { width: look.width, height: 900 }, colorScheme: look.colorScheme, storageState: state });
    for (const [name, path] of Object.entries(SCREENS)) {
      one.complaints.length = 0;
      const answer = await one.goto(demo.url + path);
      const where = `${name} ${look.width} ${look.colorScheme}`;
      if (answer.status() !== 200) { wrong.push(`${where}: answered ${answer.status()}`); continue; }
      wrong.push(...(await violations(one)).map((v) => `${where}: ${v}`), ...one.complaints.map((c) => `${where}: ${c}`));
      const wide = await one.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) wrong.push(`${where}: ${wide} px wider than the screen`);
      if (process.env.SHOTS) {
        mkdirSync(process.env.SHOTS, { recursive: true });
        await one.screenshot({ path: `${process.env.SHOTS}/${name}-${look.width}-${look.colorScheme}.png`, fullPage: true });
      }
    }
    await one.context().close();
  }
  assert.deepEqual(wrong, []);
}

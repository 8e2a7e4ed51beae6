// A real Prometheus with one rule that always fires and one that flaps, and Hansei as its Alertmanager.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startPrometheus(hansei, key) {
  const dir = mkdtempSync(join(tmpdir(), 'hansei-e2e-prometheus-'));
  const port = await freePort();
  writeFileSync(join(dir, 'rules.yml'), `groups:
  - name: e2e
    interval: 1s
    rules:
      - alert: AlwaysFiring
        expr: vector(1)
        labels: { severity: critical, service: checkout }
        annotations: { summary: "Checkout is down" }
      - alert: Flapping
        expr: vector(time() % 12) < 6
        labels: { severity: warning, service: search }
        annotations: { summary: "Search comes and goes" }
`);
  writeFileSync(join(dir, 'prometheus.yml'), `global: { scrape_interval: 5s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['${new URL(hansei.url).host}'] }]
      path_prefix: /am/${key}
      api_version: v2
`);
  const child = spawn(process.env.PROMETHEUS ?? 'prometheus', [
    `--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--log.level=error', '--rules.alert.resend-delay=5s',
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // It ends at once if it cannot read its files.
  const ready = async () => {
    while (!(await fetch(`http://127.0.0.1:${port}/-/ready`).then((r) => r.ok, () => false))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.race([ready(), exited.then((code) => { throw new Error(`Prometheus ended with ${code}\n${said}`); })]);
  return {
    async end() {
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

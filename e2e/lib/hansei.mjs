// A running Hansei with an empty store, started and ended by this program alone.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const BIN = process.env.HANSEI_BIN ?? new URL('../../target/debug/hansei', import.meta.url).pathname;

function cleanEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HANSEI_')));
}

export class Hansei {
  static async start({ smtp, flags = [], dir, databaseUrl } = {}) {
    const self = new Hansei();
    self.dir = dir ?? mkdtempSync(join(tmpdir(), 'hansei-e2e-'));
    const args = ['serve', '--data-dir', self.dir, '--listen', self.listen ?? '127.0.0.1:0', '--log', 'warn',
      '--canary-secs', '0', '--egress-allow', '127.0.0.0/8', ...flags];
    if (smtp) args.push('--smtp-url', `smtp+plain://${smtp}`, '--mail-from', 'Hansei <hansei@e2e.example>');
    if (databaseUrl) args.push('--database-url', databaseUrl);
    self.child = spawn(BIN, args, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnv() });
    self.log = [];
    self.exited = new Promise((resolve) => self.child.once('exit', (code, signal) => resolve(code ?? signal)));
    createInterface({ input: self.child.stderr }).on('line', (line) => self.log.push(line));
    const ready = new Promise((resolve) => createInterface({ input: self.child.stdout }).once('line', resolve));
    const line = await Promise.race([ready, self.exited.then((code) => `ended with ${code}`)]);
    self.url = /http:\/\/[^\s/]+/.exec(line)?.[0];
    if (!self.url) throw new Error(`hansei did not become ready: ${line}\n${self.log.join('\n')}`);
    self.setupUrl = /set-up: (\S+)/.exec(line)?.[1];
    return self;
  }

  // A verb of the command line; returns what it printed.
  run(args, { input, ok = true, token } = {}) {
    // Without a token it is a verb of this machine's console, which asks for no address.
    const env = { ...cleanEnv(), ...(token ? { HANSEI_URL: this.url, HANSEI_TOKEN: token } : {}) };
    const done = spawnSync(BIN, args, { encoding: 'utf8', input, env });
    if (ok && done.status !== 0) throw new Error(`hansei ${args.join(' ')}: exit ${done.status}\n${done.stderr}`);
    return { out: done.stdout.trim(), err: done.stderr.trim(), code: done.status };
  }

  async api(method, path, body, token = this.token) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null, headers: answer.headers };
  }

  // Follows the API's stream until an entry fits; bounded by the caller's time-out.
  async until(what, fits, { token = this.token, ms = 30_000, path = '/events?after=0' } = {}) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), ms);
    try {
      const answer = await fetch(`${this.url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal: controller.signal,
      });
      let rest = '';
      for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        const parts = rest.split('\n\n');
        rest = parts.pop();
        for (const part of parts) {
          const data = part.split('\n').filter((l) => l.startsWith('data:')).map((l) => l.slice(5).trim()).join('\n');
          if (!data) continue;
          let entry;
          try { entry = JSON.parse(data); } catch { continue; }
          if (await fits(entry)) { controller.abort(); return entry; }
        }
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
    throw new Error(`waited ${ms} ms for: ${what}`);
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.exited;
  }

  async end() {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

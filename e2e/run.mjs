// End to end: the real binary, a real browser, a real Prometheus, a real mail server.
//
//   node run.mjs            all stories
//   node run.mjs prometheus one of them
//   SHOTS=dir node run.mjs screens   also writes a screenshot of every screen
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

const stories = {};
for (const file of readdirSync(new URL('./stories/', import.meta.url)).sort()) {
  if (!file.endsWith('.mjs')) continue;
  stories[file.slice(0, -4)] = (await import(`./stories/${file}`)).default;
}

const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const [name, story] of Object.entries(stories)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const begin = performance.now();
  const cleanups = [];
  try {
    await story({ assert, cleanup: (f) => cleanups.push(f) });
    passed += 1;
    console.log(`ok    ${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.stack ?? error}`);
  }
  for (const cleanup of cleanups.reverse()) {
    try { await cleanup(); } catch (error) { console.log(`      cleaning up: ${error.message}`); }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);

// Starts two Musters on port 443 of loopback addresses of their own (one that answers registrations at once, one that
// lets devices poll), runs the test files against them and stops them again. Ends with 0 only if every test passed and
// both servers went down cleanly.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Muster } from './lib/muster.mjs';
import { promisedTables, resultTables } from './lib/record.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const page = fileURLToPath(new URL('../../docs/reference/conformance.md', import.meta.url));
const tablesBegin = '<!-- printed by the conformance tests; MUSTER_WRITE_REFERENCE=1 writes it -->\n';

async function testFiles(wanted) {
  if (wanted.length > 0) return wanted;
  const names = await readdir(here);
  return names.filter((name) => name.endsWith('_test.mjs')).sort();
}

async function runTests(directory, musters) {
  // Clients trust what NODE_EXTRA_CA_CERTS names; Node reads it once, when a process starts.
  const certificates = await Promise.all(musters.map((muster) => readFile(muster.facts.caCertificateFile)));
  const trusted = join(directory, 'trusted.pem');
  await writeFile(trusted, Buffer.concat(certificates));
  const factsFile = join(directory, 'musters.json');
  await writeFile(factsFile, JSON.stringify(Object.fromEntries(musters.map(({ name, facts }) => [name, facts]))));

  const tables = join(directory, 'tables');
  await mkdir(tables);
  const files = await testFiles(process.argv.slice(2));
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=tap', ...files], {
    cwd: here,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: trusted,
      MUSTER_CONFORMANCE: factsFile,
      MUSTER_CONFORMANCE_TABLES: tables,
      NODE_NO_WARNINGS: '1',
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  console.log(await resultTables(tables));
  // A run of single files has single tables.
  const isWhole = process.argv.length === 2;
  return code === 0 && (!isWhole || (await pageHolds(await promisedTables(tables))));
}

/** Whether the documentation promises what was tried, no more and no less. */
async function pageHolds(tables) {
  const text = await readFile(page, 'utf8');
  const begin = text.indexOf(tablesBegin) + tablesBegin.length;
  if (process.env.MUSTER_WRITE_REFERENCE) {
    await writeFile(page, text.slice(0, begin) + tables);
    return true;
  }
  if (text.slice(begin) === tables) return true;
  console.error('docs/reference/conformance.md does not say what was tried; MUSTER_WRITE_REFERENCE=1 writes it');
  return false;
}

const directory = await mkdtemp(join(tmpdir(), 'muster-conformance-'));
const musters = [];
let passed = false;
try {
  // Webhooks get little time, and two calls; the first Muster has a database of places beside its own, Berlin.
  const webhook = 'webhook = { timeout_seconds = 2, wait_seconds = 1, attempts_max = 2 }\n';
  const places = join(here, '..', 'vectors', 'places.mmdb');
  const berlin = `geo = { database = "${places}", latitude = 52.5, longitude = 13.4 }\n`;
  const sydney = 'geo = { latitude = -33.9, longitude = 151.2 }\n';
  musters.push(await Muster.start('atOnce', join(directory, 'at-once'), webhook + berlin));
  musters.push(
    await Muster.start(
      'polled',
      join(directory, 'polled'),
      `azure = { answer_at_once = false, retry_after_seconds = 1 }\n${webhook}${sydney}`,
    ),
  );
  passed = await runTests(directory, musters);
} catch (error) {
  console.error(error);
}
for (const muster of musters) {
  try {
    await muster.stop();
  } catch (error) {
    console.error(error.message);
    passed = false;
  }
}
if (passed || !process.env.MUSTER_CONFORMANCE_KEEP) await rm(directory, { recursive: true, force: true });
else console.error(`The servers' directories and logs: ${directory}`);
process.exitCode = passed ? 0 : 1;

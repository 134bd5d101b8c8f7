// A Muster of the suite's own: its data directory, its server on the usual ports of a loopback address, its command line.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const builtBinary = fileURLToPath(new URL('../../../build/release/bin/muster', import.meta.url));

export const PORT = 443; // the SDKs know no other
export const SERVER_NAME = 'muster.test'; // in the certificate, for clients that send SNI
const HUBS = ['north.hubs.muster.test', 'south.hubs.muster.test'];
const START_TRIES = 500;
const POLL_MS = 20;
const STOP_MS = 20_000; // twice the time that a server gives requests under way

function canBind(address) {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    probe.listen(PORT, address, () => probe.close(() => resolve(true)));
  });
}

// Every address of 127.0.0.0/8 is this machine, so that several suites can each have a port 443.
export async function freeAddress() {
  for (let attempt = 0; attempt < 20; ++attempt) {
    const address = `127.${randomInt(2, 250)}.${randomInt(2, 250)}.${randomInt(2, 250)}`;
    if (await canBind(address)) return address;
  }
  throw new Error(`no loopback address with a free port ${PORT}`);
}

export function answers(address) {
  return new Promise((resolve) => {
    const socket = net.connect(PORT, address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Runs the command line towards a running server; its answer as an object. */
export async function command(facts, ...words) {
  const { stdout } = await run(facts.binary, [...words, '--json'], {
    env: {
      ...process.env,
      MUSTER_URL: `https://${facts.address}`,
      MUSTER_TOKEN: facts.adminToken,
      MUSTER_CA: facts.caCertificateFile,
    },
  });
  return stdout.trim() === '' ? null : JSON.parse(stdout);
}

export class Muster {
  #server;
  #logFile;

  constructor(name, facts) {
    this.name = name;
    this.facts = facts;
    this.#logFile = join(facts.directory, 'serve.log');
  }

  /** Creates the data directory with `settings` in its muster.toml, starts the server and waits for it. */
  static async start(name, directory, settings = '') {
    const binary = process.env.MUSTER_BIN ?? builtBinary;
    const address = await freeAddress();
    // Before init, which tells clients the port that is configured.
    const configuration =
      `hosts = ["${address}", "${SERVER_NAME}"]\n` +
      `https = { bind = "${address}", port = ${PORT} }\n` +
      `mqtt = { bind = "${address}" }\n` +
      `amqp = { bind = "${address}" }\n`;
    await mkdir(directory, { mode: 0o700 });
    await writeFile(join(directory, 'muster.toml'), configuration + settings, { mode: 0o600 });
    const { stdout } = await run(binary, ['init', '--data', directory, '--json']);
    const platform = await run(binary, ['token', '--data', directory, '--name', 'root', '--platform']);
    const made = { ...JSON.parse(stdout), platformToken: platform.stdout.trim() };
    const muster = new Muster(name, { ...made, binary, address, directory, hubs: HUBS });
    await muster.#serve();
    for (const hub of HUBS) await command(muster.facts, 'hub', 'add', hub);
    return muster;
  }

  async #serve() {
    const { binary, directory, address } = this.facts;
    const log = await open(this.#logFile, 'a');
    this.#server = spawn(binary, ['serve', '--data', directory], {
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    for (let attempt = 0; attempt < START_TRIES; ++attempt) {
      if (this.#server.exitCode !== null) break;
      if (await answers(address)) return;
      await delay(POLL_MS);
    }
    this.#server.kill('SIGKILL');
    throw new Error(`muster serve does not answer:\n${await readFile(this.#logFile, 'utf8')}`);
  }

  /** Ends the server as an operator would, and throws where it does not go down cleanly. */
  async stop() {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      const gone = once(this.#server, 'exit');
      this.#server.kill('SIGTERM');
      const killer = setTimeout(() => this.#server.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(killer);
    }
    const { exitCode, signalCode } = this.#server;
    if (exitCode !== 0)
      throw new Error(`muster serve (${this.name}) ended with ${exitCode ?? signalCode} after SIGTERM`);
  }
}

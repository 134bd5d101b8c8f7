// Devices on all five transports at once, for as long as they are told to; some are cut off at a random moment, and in
// between come strangers that send what nobody understands. Prints one JSON object: what each transport had of
// registrations, cuts and failures, what the failures said, and how many strangers there were.
//
//   node soak.mjs --https PORT --mqtt PORT --amqp PORT --ca FILE --id-scope SCOPE --group-key-file FILE
//     --seconds N --devices NAME [--at-once 10] [--cut 0.2]
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { Device, TRANSPORTS } from './devices.mjs';

const COMPLAINTS_MAX = 10;
// Registrations on loopback take some milliseconds: a cut comes anywhere in them, from the first packet on.
const CUT_MS_MAX = 25;
const DONE_MS_MAX = 60_000;
// How protocols begin, and what is none.
const BEGINNINGS = ['', '\x10', 'AMQP\x00\x01\x00\x00', 'AMQP\x03\x01\x00\x00', 'GET / HTTP/1.1\r\n', 'AM'];
const STRANGER_MS = 200;

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    https: text,
    mqtt: text,
    amqp: text,
    ca: text,
    'id-scope': text,
    'group-key-file': text,
    seconds: text,
    devices: text,
    'at-once': { ...text, default: '10' },
    cut: { ...text, default: '0.2' },
  },
});
const server = {
  host: 'localhost',
  https: Number(options.https),
  mqtt: Number(options.mqtt),
  amqp: Number(options.amqp),
  ca: readFileSync(options.ca),
  idScope: options['id-scope'],
};
const groupKey = readFileSync(options['group-key-file'], 'utf8').trim();
const end = Date.now() + 1000 * Number(options.seconds);
const results = Object.fromEntries(TRANSPORTS.map((name) => [name, { good: 0, cut: 0, failed: 0 }]));
const complaints = [];

function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function registerOnce(transport, id) {
  const registration = new Device(server, groupKey, id).start(transport);
  let wasCut = false;
  let timer;
  if (Math.random() < Number(options.cut)) {
    timer = setTimeout(() => {
      wasCut = true;
      registration.cut();
    }, Math.random() * CUT_MS_MAX);
  }
  try {
    await within(registration.done, DONE_MS_MAX);
    ++results[transport].good;
  } catch (error) {
    if (wasCut) {
      ++results[transport].cut;
    } else {
      ++results[transport].failed;
      if (complaints.length < COMPLAINTS_MAX) complaints.push(`${transport}: ${error.message}`);
    }
  } finally {
    clearTimeout(timer);
    registration.cut();
  }
}

/** One of the devices that are at work at the same time: each registration is of a new one, by the next transport. */
async function work(number) {
  for (let count = 0; Date.now() < end; ++count) {
    const transport = TRANSPORTS[(number + count) % TRANSPORTS.length];
    await registerOnce(transport, `${options.devices}-${number}-${count}`);
  }
}

let strangers = 0;

/** Sends nonsense to one of the ports, and waits a moment for what comes of it. */
async function disturb() {
  const port = [server.https, server.mqtt, server.amqp][randomInt(3)];
  const socket = tls.connect({ host: '127.0.0.1', servername: server.host, port, ca: server.ca });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}); // it closes, too
  socket.resume();
  socket.write(BEGINNINGS[randomInt(BEGINNINGS.length)], 'latin1');
  socket.write(randomBytes(randomInt(1, 300)));
  const timer = setTimeout(() => socket.destroy(), STRANGER_MS);
  await closed;
  clearTimeout(timer);
  ++strangers;
}

async function keepDisturbing() {
  while (Date.now() < end) await disturb();
}

process.on('uncaughtException', (error) => {
  // Libraries throw from their event handlers what a cut makes of a half-read message.
  complaints.push(`uncaught: ${error.stack}`);
});
const devices = Array.from({ length: Number(options['at-once']) }, (_, number) => work(number));
await Promise.all([...devices, keepDisturbing()]);
console.log(JSON.stringify({ transports: results, strangers, complaints }));

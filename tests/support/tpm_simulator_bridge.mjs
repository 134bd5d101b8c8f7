// A bridge from Microsoft's TPM simulator protocol (TCP: port P for commands, P+1 for the platform) to swtpm's unix
// socket, so that clients which know only the simulator (tss.js, the Azure device SDKs) can use a swtpm.
//
//   node tpm_simulator_bridge.mjs --swtpm SOCKET [--port P]
//
// P is 0 by default: a free pair is chosen. Prints {"port":P,"platformPort":P+1} as one line when it listens. Binds
// 127.0.0.1 only. Ends on SIGTERM or SIGINT. swtpm must run with --flags not-need-init,startup-clear, since nothing
// that the platform port is told reaches it.
import net from 'node:net';
import { parseArgs } from 'node:util';

// The simulator's opcodes (TPM 2.0 Library, Part 4, TpmTcpProtocol).
const SEND_COMMAND = 8;
const HANDSHAKE = 15;
const SESSION_END = 20;
const STOP = 21;
const SERVER_VERSION = 1;

// Far above the longest command or response of a TPM (4 KiB), far below what would hurt.
const TPM_MESSAGE_MAX = 64 * 1024;
const HEADER_SIZE = 10; // tag (2), size (4), code (4): Part 1, "Command/Response header"
const PAIRS_TRIED_MAX = 50;

// Bytes of a stream, taken by number. Rejects when the stream ends first.
class ByteQueue {
  #chunks = [];
  #size = 0;
  #ended = false;
  #waiting = null;

  constructor(stream) {
    stream.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
      this.#serve();
    });
    const end = () => {
      this.#ended = true;
      this.#serve();
    };
    stream.on('close', end);
    stream.on('end', end);
    stream.on('error', end);
  }

  take(size) {
    return new Promise((resolve, reject) => {
      this.#waiting = { size, resolve, reject };
      this.#serve();
    });
  }

  #serve() {
    if (!this.#waiting) return;
    const { size, resolve, reject } = this.#waiting;
    if (this.#size >= size) {
      this.#waiting = null;
      const all = Buffer.concat(this.#chunks);
      this.#chunks = [all.subarray(size)];
      this.#size -= size;
      resolve(all.subarray(0, size));
    } else if (this.#ended) {
      this.#waiting = null;
      reject(new Error('the connection ended'));
    }
  }
}

// The TPM: one command at a time. swtpm serves one connection and lets every other one hang, so the connection exists
// only while a client of ours does.
class Tpm {
  #path;
  #connection = null;
  #last = Promise.resolve();
  #clients = 0;

  constructor(path) {
    this.#path = path;
  }

  clientCame() {
    ++this.#clients;
  }

  clientWent() {
    if (--this.#clients === 0) this.#drop();
  }

  execute(command) {
    const result = this.#last.then(() => this.#exchange(command));
    this.#last = result.catch(() => {});
    return result;
  }

  async #exchange(command) {
    try {
      const { socket, queue } = await this.#connected();
      socket.write(command);
      const header = await queue.take(HEADER_SIZE);
      const size = header.readUInt32BE(2);
      if (size < HEADER_SIZE || size > TPM_MESSAGE_MAX) throw new Error(`the TPM announced ${size} octets`);
      return Buffer.concat([header, await queue.take(size - HEADER_SIZE)]);
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  #connected() {
    this.#connection ??= new Promise((resolve, reject) => {
      const socket = net.connect({ path: this.#path });
      const queue = new ByteQueue(socket);
      socket.once('connect', () => resolve({ socket, queue }));
      socket.once('error', reject);
    });
    return this.#connection;
  }

  #drop() {
    const connection = this.#connection;
    this.#connection = null;
    connection?.then(({ socket }) => socket.destroy()).catch(() => {});
  }
}

function words(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

async function serveCommands(socket, tpm) {
  const queue = new ByteQueue(socket);
  for (;;) {
    const opcode = (await queue.take(4)).readUInt32BE(0);
    if (opcode === SESSION_END || opcode === STOP) return;
    if (opcode === HANDSHAKE) {
      await queue.take(4); // the client's version; there has only been one
      socket.write(words(SERVER_VERSION, 1, 0));
    } else if (opcode === SEND_COMMAND) {
      const size = (await queue.take(5)).readUInt32BE(1); // after the locality
      if (size > TPM_MESSAGE_MAX) return;
      const response = await tpm.execute(await queue.take(size));
      socket.write(Buffer.concat([words(response.length), response, words(0)]));
    } else {
      socket.write(words(0));
    }
  }
}

async function servePlatform(socket) {
  const queue = new ByteQueue(socket);
  for (;;) {
    const opcode = (await queue.take(4)).readUInt32BE(0);
    if (opcode === SESSION_END || opcode === STOP) return;
    socket.write(words(0));
  }
}

function listen(port, serve) {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ noDelay: true }, serve);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

// The platform's port must be the next one, which may be taken where the first was given by the system.
async function listenOnPair(port, serveFirst, serveSecond) {
  for (let attempt = 1; ; ++attempt) {
    const first = await listen(port, serveFirst);
    const chosen = first.address().port;
    try {
      await listen(chosen + 1, serveSecond);
      return chosen;
    } catch (error) {
      first.close();
      if (port !== 0 || attempt === PAIRS_TRIED_MAX) throw error;
    }
  }
}

const { values: options } = parseArgs({
  options: { swtpm: { type: 'string' }, port: { type: 'string', default: '0' } },
});
if (!options.swtpm) {
  console.error('usage: node tpm_simulator_bridge.mjs --swtpm SOCKET [--port P]');
  process.exit(1);
}

const tpm = new Tpm(options.swtpm);
const port = await listenOnPair(
  Number(options.port),
  (socket) => {
    tpm.clientCame();
    socket.on('close', () => tpm.clientWent());
    serveCommands(socket, tpm)
      .catch(() => {})
      .finally(() => socket.destroy());
  },
  (socket) => {
    servePlatform(socket)
      .catch(() => {})
      .finally(() => socket.destroy());
  },
);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
console.log(JSON.stringify({ port, platformPort: port + 1 }));

// A software TPM that the device SDK reaches as a simulator, and public areas of keys that no TPM made.
import { execFile, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import tpmSecurity from 'azure-iot-security-tpm';
import tss from 'tss.js';

const run = promisify(execFile);
const rig = fileURLToPath(new URL('../../support/swtpm.sh', import.meta.url));
const bridgeProgram = fileURLToPath(new URL('../../support/tpm_simulator_bridge.mjs', import.meta.url));

/** TPM 2.0 Library, Part 2, TPMA_OBJECT. */
export const attribute = {
  fixedTPM: 0x2,
  fixedParent: 0x10,
  sensitiveDataOrigin: 0x20,
  userWithAuth: 0x40,
  adminWithPolicy: 0x80,
  noDA: 0x400,
  restricted: 0x10000,
  decrypt: 0x20000,
  sign: 0x40000,
};
export const endorsementKeyAttributes = 0x000300b2; // TCG EK credential profile, template L-1
export const storageKeyAttributes = 0x00030472; // what Azure's SDKs create

/** The callbacks of a security client as promises. */
function promised(client, method, ...given) {
  return new Promise((resolve, reject) => {
    client[method](...given, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** The SDK's security client with promises beside its callbacks. */
export class TpmClient {
  constructor(security, tpm) {
    this.security = security;
    this.tpm = tpm;
  }

  endorsementKey() {
    return promised(this.security, 'getEndorsementKey');
  }

  storageRootKey() {
    return promised(this.security, 'getStorageRootKey');
  }

  registrationId() {
    return promised(this.security, 'getRegistrationId');
  }

  activate(blob) {
    return promised(this.security, 'activateIdentityKey', blob);
  }

  sign(data) {
    return promised(this.security, 'signWithIdentity', data);
  }

  /** What a device sends to be challenged. */
  async keys() {
    return {
      endorsementKey: (await this.endorsementKey()).toString('base64'),
      storageRootKey: (await this.storageRootKey()).toString('base64'),
    };
  }
}

/** One swtpm with its bridge. `stop` ends both. */
export class SoftwareTpm {
  #directory = mkdtempSync(join(tmpdir(), 'muster-tpm-'));
  #bridge;
  #clients = [];
  #port;

  static async start() {
    const started = new SoftwareTpm();
    try {
      await run(rig, ['manufacture', started.#directory]);
      const owned = { env: { ...process.env, SWTPM_OWNER: String(process.pid) } };
      const { stdout } = await run(rig, ['start', started.#directory], owned);
      await started.#startBridge(stdout.trim().replace(/^swtpm:path=/, ''));
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  async #startBridge(socket) {
    this.#bridge = spawn(process.execPath, [bridgeProgram, '--swtpm', socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: this.#bridge.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => text),
      once(this.#bridge, 'exit').then(([code]) => Promise.reject(new Error(`the bridge ended with ${code}`))),
    ]);
    this.#port = JSON.parse(line).port;
  }

  /** A security client of the SDK on this TPM. Without an id it makes its own from the endorsement key. */
  client(registrationId) {
    const tpm = new tss.Tpm(true, '127.0.0.1', this.#port);
    const client = new TpmClient(new tpmSecurity.TpmSecurityClient(registrationId, tpm), tpm);
    this.#clients.push(client);
    return client;
  }

  async stop() {
    for (const { tpm } of this.#clients) tpm.close();
    if (this.#bridge && this.#bridge.exitCode === null) {
      const gone = once(this.#bridge, 'exit');
      this.#bridge.kill('SIGTERM');
      await gone;
    }
    await run(rig, ['stop', this.#directory]);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function integer(value, size) {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function sized(bytes) {
  return Buffer.concat([integer(bytes.length, 2), bytes]);
}

/**
 * TPM2B_PUBLIC of an RSA-2048 storage key (Part 2, TPMT_PUBLIC) whose private half is in software: a fresh key with
 * the attributes given.
 */
export function softwareKey(attributes, policy = Buffer.alloc(0)) {
  const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const area = Buffer.concat([
    integer(0x0001, 2), // TPM_ALG_RSA
    integer(0x000b, 2), // TPM_ALG_SHA256
    integer(attributes, 4),
    sized(policy),
    integer(0x0006, 2), // TPM_ALG_AES, 128 bits, CFB
    integer(128, 2),
    integer(0x0043, 2),
    integer(0x0010, 2), // no scheme
    integer(2048, 2),
    integer(0, 4), // the usual exponent
    sized(Buffer.from(n, 'base64url')),
  ]);
  return sized(area).toString('base64');
}

/** PolicySecret(TPM_RH_ENDORSEMENT), the policy of the standard endorsement keys. */
export const endorsementPolicy = Buffer.from('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa', 'hex');

/** The registration id that the SDKs make from an endorsement key: base32 of its SHA-256, lower case, unpadded. */
export function defaultRegistrationId(endorsementKey) {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = '';
  for (const octet of createHash('sha256').update(endorsementKey).digest()) bits += octet.toString(2).padStart(8, '0');
  return bits
    .match(/.{1,5}/g)
    .map((digits) => alphabet[parseInt(digits.padEnd(5, '0'), 2)])
    .join('');
}

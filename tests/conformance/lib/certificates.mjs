// Certificates for tests, made by openssl in a directory that the caller removes.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uniqueId } from './environment.mjs';

const run = promisify(execFile);
const authorityExtensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
const deviceExtensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth'];

/** A directory of certificates. `remove` when done. */
export class CertificateMaker {
  #directory = mkdtempSync(join(tmpdir(), 'muster-certificates-'));

  remove() {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * A certificate with a P-256 key of its own: { cert, key } in PEM, and the files they are in. Signed by `issuer`, by
   * itself without one. `days` below 0 makes one that has expired.
   */
  async #make(commonName, extensions, issuer, days) {
    const base = join(this.#directory, uniqueId('certificate'));
    const made = { commonName, certificateFile: `${base}.pem`, keyFile: `${base}.key`, requestFile: `${base}.csr` };
    await run('openssl', [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${commonName}`,
      '-keyout',
      made.keyFile,
      '-out',
      made.requestFile,
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ]);
    const signer = issuer
      ? ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile, '-CAcreateserial']
      : ['-key', made.keyFile];
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      made.requestFile,
      '-copy_extensions',
      'copyall',
      '-days',
      String(days),
      '-sha256',
      '-out',
      made.certificateFile,
      ...signer,
    ]);
    return { ...made, cert: readFileSync(made.certificateFile, 'utf8'), key: readFileSync(made.keyFile, 'utf8') };
  }

  authority(commonName, issuer) {
    return this.#make(commonName, authorityExtensions, issuer, 30);
  }

  device(commonName, { issuer, days = 30 } = {}) {
    return this.#make(commonName, deviceExtensions, issuer, days);
  }
}

/** The octets of the first certificate of a PEM text. */
export function derOf(pem) {
  const body = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/.exec(pem)[1];
  return Buffer.from(body, 'base64');
}

/** What a device with intermediates presents. */
export function withChain(leaf, ...intermediates) {
  return { cert: [leaf, ...intermediates].map(({ cert }) => cert).join(''), key: leaf.key };
}

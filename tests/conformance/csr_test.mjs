// Certificates that devices ask for with their registration (no released SDK does), and what verifies them: openssl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { deviceToken, lookUp, poll, put, registerWithCertificate } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectRefused, expectSdkError } from './lib/expect.mjs';
import { command, PORT } from './lib/muster.mjs';
import { enroll, enrollGroup, newKey, symmetricKeyEnrollment, x509Group } from './lib/service.mjs';

const run = promisify(execFile);
let directory;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'muster-csr-'));
  for (const muster of [atOnce, polled])
    await command(muster, 'credential-policy', 'add', 'daily', '--lifetime-hours', '24', '--key', 'P-256');
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** A key and a request for it: { key, keyFile, csr }, the request as base64 of DER. */
async function requestFor(commonName, curve = 'P-256') {
  const base = join(directory, uniqueId('request'));
  const subject = commonName ? `/O=dropped/CN=${commonName}` : '/O=dropped';
  const options = ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes', '-subj', subject];
  await run('openssl', ['req', '-new', ...options, '-keyout', `${base}.key`, '-outform', 'DER', '-out', `${base}.csr`]);
  return {
    key: readFileSync(`${base}.key`, 'utf8'),
    keyFile: `${base}.key`,
    csr: readFileSync(`${base}.csr`).toString('base64'),
  };
}

async function enrolled(muster, more = { credentialPolicyName: 'daily' }) {
  const id = uniqueId('csr');
  const key = newKey();
  const stored = await enroll(muster, symmetricKeyEnrollment(id, { primaryKey: key, secondaryKey: newKey() }, more));
  return { id, key, stored };
}

function ask(muster, { id, key }, csr) {
  return put(muster, id, key, { body: { registrationId: id, csr } });
}

function pem(base64) {
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** An issued chain as { leaf, chain, chainFile, rootFile, leafFile, issuingFile }. */
function filesOf(state) {
  const [leaf, issuing, root] = state.issuedCertificateChain.map(pem);
  const base = join(directory, uniqueId('chain'));
  const files = { leafFile: `${base}.leaf`, issuingFile: `${base}.issuing`, rootFile: `${base}.root` };
  writeFileSync(files.leafFile, leaf);
  writeFileSync(files.issuingFile, issuing);
  writeFileSync(files.rootFile, root);
  return { leaf, issuing, root, ...files };
}

function fetched(muster, path, { method = 'GET', body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = https.request({ host: muster.address, port: PORT, path, method, headers, agent: false }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, type: answer.headers['content-type'], octets: Buffer.concat(parts) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('a registration with a signing request', () => {
  test('is answered with a certificate and its chain', async () => {
    const device = await enrolled(atOnce);
    assert.equal(device.stored.credentialPolicyName, 'daily');
    const { csr, key } = await requestFor(device.id);
    const state = expectAssignedAnswer(await ask(atOnce, device, csr), 202, device.id);
    assert.equal(state.issuedCertificateChain.length, 3);
    const files = filesOf(state);
    const leaf = new X509Certificate(files.leaf);
    assert.equal(leaf.subject, `CN=${device.id}`);
    assert.ok(leaf.checkPrivateKey((await import('node:crypto')).createPrivateKey(key)));
    const hours = (Date.parse(leaf.validTo) - Date.now()) / 3_600_000;
    assert.ok(hours > 23 && hours <= 24, `${hours} hours`);
    const words = ['verify', '-x509_strict', '-purpose', 'sslclient', '-no-CApath', '-CAfile', files.rootFile];
    await run('openssl', [...words, '-untrusted', files.issuingFile, files.leafFile]);

    const again = await ask(atOnce, device, csr);
    assert.deepEqual(again.json.registrationState.issuedCertificateChain, state.issuedCertificateChain);
    const authorization = deviceToken(atOnce, device.id, device.key);
    const looked = await lookUp(atOnce, device.id, { authorization });
    assert.deepEqual(looked.json.issuedCertificateChain, state.issuedCertificateChain);
  });

  test('gives the chain to a device that polls', async () => {
    const device = await enrolled(polled);
    const { csr } = await requestFor('');
    const first = await ask(polled, device, csr);
    assert.equal(first.status, 202, first.text);
    const authorization = deviceToken(polled, device.id, device.key);
    const answer = await poll(polled, device.id, first.json.operationId, { authorization });
    assert.equal(expectAssignedAnswer(answer, 200, device.id).issuedCertificateChain.length, 3);
  });

  test('is refused where the request or the enrollment does not allow it', async () => {
    const device = await enrolled(atOnce);
    expectRefused(await ask(atOnce, device, 'AQID'), 400, 400013);
    expectRefused(await ask(atOnce, device, (await requestFor('another')).csr), 400, 400014);
    expectRefused(await ask(atOnce, device, (await requestFor(device.id, 'P-384')).csr), 400, 400014);
    const without = await enrolled(atOnce, {});
    expectRefused(await ask(atOnce, without, (await requestFor(without.id)).csr), 400, 400014);
    const { csr } = await requestFor(device.id);
    const authorization = deviceToken(atOnce, device.id, device.key);
    const body = { registrationId: device.id, csr };
    expectRefused(await lookUp(atOnce, device.id, { authorization, body }), 400);
    await expectSdkError(enroll(atOnce, symmetricKeyEnrollment(uniqueId('csr'), {}, { credentialPolicyName: 'none' })), {
      status: 404,
    });
  });
});

describe('an issued certificate', () => {
  let device;
  let state;
  let files;
  let request;
  before(async () => {
    device = await enrolled(atOnce);
    request = await requestFor(device.id);
    state = (await ask(atOnce, device, request.csr)).json.registrationState;
    files = filesOf(state);
  });

  async function verify() {
    const list = await fetched(atOnce, `/pki/${atOnce.idScope}/crl`);
    assert.equal(list.status, 200);
    assert.equal(list.type, 'application/pkix-crl');
    const listFile = join(directory, uniqueId('crl'));
    writeFileSync(`${listFile}.der`, list.octets);
    await run('openssl', ['crl', '-inform', 'DER', '-in', `${listFile}.der`, '-out', listFile]);
    const words = ['verify', '-crl_check', '-CRLfile', listFile, '-no-CApath', '-CAfile', files.rootFile];
    return run('openssl', [...words, '-untrusted', files.issuingFile, files.leafFile]);
  }

  async function ocsp(way) {
    const question = join(directory, uniqueId('question'));
    const names = ['ocsp', '-issuer', files.issuingFile, '-cert', files.leafFile];
    await run('openssl', [...names, '-reqout', question]);
    const body = readFileSync(question);
    const path = `/pki/${atOnce.idScope}/ocsp`;
    const answer =
      way === 'POST'
        ? await fetched(atOnce, path, { method: way, body, headers: { 'Content-Type': 'application/ocsp-request' } })
        : await fetched(atOnce, `${path}/${encodeURIComponent(body.toString('base64'))}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.type, 'application/ocsp-response');
    const file = join(directory, uniqueId('answer'));
    writeFileSync(file, answer.octets);
    const trust = ['-no-CApath', '-CAfile', files.rootFile, '-verify_other', files.issuingFile];
    const { stdout, stderr } = await run('openssl', [
      ...names,
      '-no_nonce',
      '-reqin',
      question,
      '-respin',
      file,
      ...trust,
    ]);
    assert.match(stderr, /Response verify OK/);
    return stdout;
  }

  test('lets the device in by the group of the device CA, until it is revoked', async () => {
    await enrollGroup(atOnce, x509Group(uniqueId('issued'), { primary: { certificate: files.issuing } }));
    const other = await enrolled(atOnce);
    const own = await requestFor(other.id);
    const issued = filesOf((await ask(atOnce, other, own.csr)).json.registrationState);
    await command(atOnce, 'enrollment', 'remove', other.id);
    const identity = { cert: issued.leaf + issued.issuing, key: own.key };
    const again = { substatus: 'reprovisionedToInitialAssignment' };
    expectAssigned(await registerWithCertificate(atOnce, other.id, identity), other.id, again);
    const serial = new X509Certificate(issued.leaf).serialNumber;
    await command(atOnce, 'certificate', 'revoke', serial, '--reason', 'key-compromise');
    await expectSdkError(registerWithCertificate(atOnce, other.id, identity), { status: 401, codes: 401002 });
  });

  test('is good for openssl until it is revoked', async () => {
    await verify();
    for (const way of ['POST', 'GET']) assert.match(await ocsp(way), /: good/);
    const serial = new X509Certificate(files.leaf).serialNumber;
    const listed = await command(atOnce, 'certificate', 'list', '--device', device.id);
    assert.deepEqual(
      listed.map((each) => each.serial),
      [serial],
    );
    const revoked = await command(atOnce, 'certificate', 'revoke', serial, '--reason', 'superseded');
    assert.equal(revoked.revocation_reason, 'superseded');
    await assert.rejects(verify(), /revoked/);
    for (const way of ['POST', 'GET']) assert.match(await ocsp(way), /: revoked/);
    const fresh = await ask(atOnce, device, request.csr);
    assert.notDeepEqual(fresh.json.registrationState.issuedCertificateChain[0], state.issuedCertificateChain[0]);
  });

  test('is served its issuer, and strangers get clear answers', async () => {
    const issuer = await fetched(atOnce, `/pki/${atOnce.idScope}/issuing.crt`);
    assert.equal(issuer.octets.toString('base64'), state.issuedCertificateChain[1]);
    assert.equal((await fetched(atOnce, '/pki/0neffffffff/crl')).status, 404);
    assert.equal((await fetched(atOnce, `/pki/${atOnce.idScope}/else`)).status, 404);
    assert.equal((await fetched(atOnce, `/pki/${atOnce.idScope}/ocsp`)).status, 405);
    const nonsense = await fetched(atOnce, `/pki/${atOnce.idScope}/ocsp`, { method: 'POST', body: 'nonsense' });
    assert.equal(nonsense.octets.toString('hex'), '30030a0101', 'malformedRequest');
  });
});

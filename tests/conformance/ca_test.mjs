// CA certificates that are uploaded and verified, and enrollments that refer to them by name: through Azure's service
// client and device SDK.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CertificateMaker, withChain } from './lib/certificates.mjs';
import { registerWithCertificate } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectSdkError } from './lib/expect.mjs';
import { command } from './lib/muster.mjs';
import { enroll, enrollGroup, serviceClient } from './lib/service.mjs';

const refused = { name: 'UnauthorizedError', status: 401, codes: 401002 };
let maker;
before(() => (maker = new CertificateMaker()));
after(() => maker.remove());

const byReference = (primary, secondary) => ({
  type: 'x509',
  x509: { caReferences: secondary ? { primary, secondary } : { primary } },
});

/** An authority, uploaded under a name of its own. */
async function uploaded({ issuer, verified = true } = {}) {
  const name = uniqueId('ca');
  const authority = await maker.authority(name, issuer);
  const flags = verified ? ['--verified'] : [];
  await command(atOnce, 'ca', 'add', name, '--certificate', authority.certificateFile, ...flags);
  return { name, authority };
}

async function device(id, issuer, ...between) {
  return withChain(await maker.device(id, { issuer }), ...between);
}

describe('a CA certificate', () => {
  test('is verified by a certificate over the code', async () => {
    const { name, authority } = await uploaded({ verified: false });
    const id = uniqueId('ca-device');
    await enroll(atOnce, { registrationId: id, attestation: byReference(name) });
    await expectSdkError(registerWithCertificate(atOnce, id, await device(id, authority)), refused);

    const { verification_code: code } = await command(atOnce, 'ca', 'code', name);
    const wrong = await maker.device(code);
    await assert.rejects(command(atOnce, 'ca', 'verify', name, wrong.certificateFile));
    const proof = await maker.device(code, { issuer: authority });
    const { verified } = await command(atOnce, 'ca', 'verify', name, proof.certificateFile);
    assert.equal(verified, true);
    expectAssigned(await registerWithCertificate(atOnce, id, await device(id, authority)), id);
  });

  test('is listed with the days that it has left', async () => {
    const { name } = await uploaded();
    const listed = (await command(atOnce, 'ca', 'list')).find((ca) => ca.name === name);
    assert.equal(listed.expires_in_days, 29);
    assert.equal(listed.warning, 'expires in 29 days');
  });

  test('stays while an enrollment refers to it', async () => {
    const { name } = await uploaded();
    const group = uniqueId('ca-group');
    await enrollGroup(atOnce, { enrollmentGroupId: group, attestation: byReference(name) });
    await assert.rejects(command(atOnce, 'ca', 'remove', name), /in use/);
    await serviceClient(atOnce).deleteEnrollmentGroup(group);
    await command(atOnce, 'ca', 'remove', name);
  });
});

describe('caReferences', () => {
  test('are read and written by the service client', async () => {
    const [first, second] = [await uploaded(), await uploaded()];
    const id = uniqueId('ca-device');
    const client = serviceClient(atOnce);
    const stored = await enroll(atOnce, { registrationId: id, attestation: byReference(first.name, second.name) });
    assert.deepEqual(stored.attestation, byReference(first.name, second.name));
    const read = (await client.getIndividualEnrollment(id)).responseBody;
    assert.deepEqual(read.attestation, stored.attestation);
    const written = await enroll(atOnce, { ...read, attestation: byReference(second.name) });
    assert.deepEqual(written.attestation, byReference(second.name));

    const group = uniqueId('ca-group');
    await enrollGroup(atOnce, { enrollmentGroupId: group, attestation: byReference(first.name) });
    const mechanism = (await client.getEnrollmentGroupAttestationMechanism(group)).responseBody;
    assert.deepEqual(mechanism, byReference(first.name));
  });

  test('must name what is there', async () => {
    const enrollment = { registrationId: uniqueId('ca-device'), attestation: byReference('nobody') };
    await expectSdkError(enroll(atOnce, enrollment), { status: 404, codes: 404209 });
  });

  test('let a single device in by its authority', async () => {
    const { name, authority } = await uploaded();
    const id = uniqueId('ca-device');
    await enroll(atOnce, { registrationId: id, attestation: byReference(name) });
    expectAssigned(await registerWithCertificate(atOnce, id, await device(id, authority)), id);
    const stranger = await maker.authority(uniqueId('stranger'));
    await expectSdkError(registerWithCertificate(atOnce, id, await device(id, stranger, authority)), refused);
    const misnamed = await device(uniqueId('other'), authority);
    await expectSdkError(registerWithCertificate(atOnce, id, misnamed), refused);
  });

  test('let a group in through the chain that a device sends, or that is stored', async () => {
    const { name, authority: root } = await uploaded();
    const between = await maker.authority(uniqueId('between'), root);
    const issuing = await maker.authority(uniqueId('issuing'), between);
    const group = uniqueId('ca-group');
    await enrollGroup(atOnce, { enrollmentGroupId: group, attestation: byReference(name) });
    const first = uniqueId('ca-device');
    expectAssigned(await registerWithCertificate(atOnce, first, await device(first, issuing, issuing, between)), first);
    const second = uniqueId('ca-device');
    await expectSdkError(registerWithCertificate(atOnce, second, await device(second, issuing, issuing)), refused);
    const stored = uniqueId('ca');
    await command(atOnce, 'ca', 'add', stored, '--certificate', between.certificateFile, '--verified');
    expectAssigned(await registerWithCertificate(atOnce, second, await device(second, issuing, issuing)), second);
  });

  test('roll over from the primary to the secondary without a gap', async () => {
    const [older, newer] = [await uploaded(), await uploaded()];
    const enrollmentGroupId = uniqueId('ca-group');
    const moving = uniqueId('ca-device');
    await enrollGroup(atOnce, { enrollmentGroupId, attestation: byReference(older.name) });
    const before = await registerWithCertificate(atOnce, moving, await device(moving, older.authority));
    await enrollGroup(atOnce, { enrollmentGroupId, attestation: byReference(older.name, newer.name) });
    for (const { authority } of [older, newer]) {
      const id = uniqueId('ca-device');
      expectAssigned(await registerWithCertificate(atOnce, id, await device(id, authority)), id);
    }
    const again = { hub: before.assignedHub, substatus: 'reprovisionedToInitialAssignment' };
    expectAssigned(
      await registerWithCertificate(atOnce, moving, await device(moving, newer.authority)),
      moving,
      again,
    );

    await enrollGroup(atOnce, { enrollmentGroupId, attestation: byReference(newer.name) });
    await command(atOnce, 'ca', 'remove', older.name);
    expectAssigned(
      await registerWithCertificate(atOnce, moving, await device(moving, newer.authority)),
      moving,
      again,
    );
    await expectSdkError(registerWithCertificate(atOnce, moving, await device(moving, older.authority)), refused);
  });
});

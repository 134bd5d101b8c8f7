// Devices with certificates, registered by Azure's device SDK over HTTPS.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CertificateMaker, withChain } from './lib/certificates.mjs';
import { lookUp, put, registerWithCertificate } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectRefused, expectSdkError } from './lib/expect.mjs';
import { SERVER_NAME } from './lib/muster.mjs';
import { enroll, enrollGroup, serviceClient, x509Enrollment, x509Group } from './lib/service.mjs';

const refused = { name: 'UnauthorizedError', status: 401 };
let maker;
before(() => (maker = new CertificateMaker()));
after(() => maker.remove());

describe('individual enrollment with a certificate', () => {
  async function enrolled(more) {
    const id = uniqueId('x509');
    const [primary, secondary] = [await maker.device(id), await maker.device(id)];
    const certificates = { primary: { certificate: primary.cert }, secondary: { certificate: secondary.cert } };
    await enroll(atOnce, x509Enrollment(id, certificates, more));
    return { id, primary, secondary };
  }

  test('registers with the primary certificate', async () => {
    const { id, primary } = await enrolled();
    const state = expectAssigned(await registerWithCertificate(atOnce, id, primary), id);
    assert.equal(typeof state.x509, 'object');
  });

  test('registers with the secondary certificate', async () => {
    const { id, secondary } = await enrolled();
    expectAssigned(await registerWithCertificate(atOnce, id, secondary), id);
  });

  test('registers with a certificate that a private authority signed', async () => {
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: await maker.authority('factory') });
    await enroll(atOnce, x509Enrollment(id, { primary: { certificate: leaf.cert } }));
    expectAssigned(await registerWithCertificate(atOnce, id, leaf), id);
  });

  test('takes a payload along', async () => {
    const { id, primary } = await enrolled();
    expectAssigned(await registerWithCertificate(atOnce, id, primary, { payload: { firmware: '1.2.3' } }), id);
  });

  test('registers again on the same hub', async () => {
    const { id, primary, secondary } = await enrolled();
    const { assignedHub: hub } = await registerWithCertificate(atOnce, id, primary);
    const again = await registerWithCertificate(atOnce, id, secondary);
    expectAssigned(again, id, { hub, substatus: 'reprovisionedToInitialAssignment' });
  });

  test('compares the common name and the id without regard to case', async () => {
    const { id, primary } = await enrolled();
    expectAssigned(await registerWithCertificate(atOnce, id.toUpperCase(), primary), id, { deviceId: id });
  });

  test('serves clients that send a server name, and clients of TLS 1.2', async () => {
    const { id, primary } = await enrolled();
    const { cert, key } = primary;
    const first = await put(atOnce, id, null, { cert, key, servername: SERVER_NAME });
    const { assignedHub: hub } = expectAssignedAnswer(first, 202, id);
    const again = await put(atOnce, id, null, { cert, key, maxVersion: 'TLSv1.2' });
    expectAssignedAnswer(again, 202, id, { hub, substatus: 'reprovisionedToInitialAssignment' });
  });

  test('lets the device look its registration up', async () => {
    const { id, primary } = await enrolled();
    const { cert, key } = primary;
    await registerWithCertificate(atOnce, id, primary);
    const answer = await lookUp(atOnce, id, { cert, key });
    assert.equal(answer.status, 200, answer.text);
    expectAssigned(answer.json, id);
  });

  test('refuses another certificate of the same name', async () => {
    const { id } = await enrolled();
    await expectSdkError(registerWithCertificate(atOnce, id, await maker.device(id)), { ...refused, codes: 401002 });
  });

  test('refuses a certificate whose common name is not the registration id', async () => {
    const { id } = await enrolled();
    const other = await maker.device(uniqueId('other'));
    await expectSdkError(registerWithCertificate(atOnce, id, other), { ...refused, codes: 401002 });
  });

  test('refuses an enrolled certificate under the name of another enrollment', async () => {
    const { primary } = await enrolled();
    const { id } = await enrolled();
    await expectSdkError(registerWithCertificate(atOnce, id, primary), { ...refused, codes: 401002 });
  });

  test('refuses a certificate that has expired', async () => {
    const id = uniqueId('x509');
    const expired = await maker.device(id, { days: -1 });
    await enroll(atOnce, x509Enrollment(id, { primary: { certificate: expired.cert } }));
    await expectSdkError(registerWithCertificate(atOnce, id, expired), refused);
  });

  test('refuses a disabled enrollment', async () => {
    const { id, primary } = await enrolled({ provisioningStatus: 'disabled' });
    await expectSdkError(registerWithCertificate(atOnce, id, primary), refused);
  });

  test('refuses a device without a certificate', async () => {
    const { id } = await enrolled();
    expectRefused(await put(atOnce, id, null), 401);
  });

  test('refuses a poll with another certificate', async () => {
    const { id, primary } = await enrolled();
    const answer = await put(atOnce, id, null, { cert: primary.cert, key: primary.key });
    const { cert, key } = await maker.device(id);
    const path = `/${atOnce.idScope}/registrations/${id}/operations/${answer.json.operationId}`;
    expectRefused(await put(atOnce, id, null, { method: 'GET', path, body: null, cert, key }), 401);
  });
});

describe('enrollment group with certificates', () => {
  async function enrolledGroup(signer, more) {
    const group = uniqueId('x509-group');
    const stored = await enrollGroup(atOnce, x509Group(group, { primary: { certificate: signer.cert } }, more));
    return { group, stored };
  }

  test('of a root registers a device that sends only its leaf', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    const { group } = await enrolledGroup(ownRoot);
    const id = uniqueId('x509');
    const state = await registerWithCertificate(atOnce, id, await maker.device(id, { issuer: ownRoot }));
    expectAssigned(state, id);
    assert.equal(state.x509.enrollmentGroupId ?? group, group);
  });

  test('takes the secondary certificate as well', async () => {
    const [first, second] = [await maker.authority(uniqueId('root')), await maker.authority(uniqueId('root'))];
    const certificates = { primary: { certificate: first.cert }, secondary: { certificate: second.cert } };
    await enrollGroup(atOnce, x509Group(uniqueId('x509-group'), certificates));
    for (const issuer of [first, second]) {
      const id = uniqueId('x509');
      expectAssigned(await registerWithCertificate(atOnce, id, await maker.device(id, { issuer })), id);
    }
  });

  test('of a root registers a device that sends its chain', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    const first = await maker.authority('first', ownRoot);
    const second = await maker.authority('second', first);
    await enrolledGroup(ownRoot);
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: second });
    expectAssigned(await registerWithCertificate(atOnce, id, withChain(leaf, second, first)), id);
    const alone = uniqueId('x509');
    const stray = await maker.device(alone, { issuer: second });
    await expectSdkError(registerWithCertificate(atOnce, alone, stray), { ...refused, codes: 401002 });
  });

  test('of an intermediate registers a device with its chain', async () => {
    const intermediate = await maker.authority('intermediate', await maker.authority(uniqueId('root')));
    const issuing = await maker.authority('issuing', intermediate);
    await enrolledGroup(issuing);
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: issuing });
    expectAssigned(await registerWithCertificate(atOnce, id, withChain(leaf, issuing, intermediate)), id);
  });

  test('nearest to the leaf decides, and being disabled refuses what a group above would take', async () => {
    const top = await maker.authority(uniqueId('root'));
    const below = await maker.authority(uniqueId('below'), top);
    await enrolledGroup(top);
    const { group, stored } = await enrolledGroup(below, { provisioningStatus: 'disabled' });
    const id = uniqueId('x509');
    const identity = withChain(await maker.device(id, { issuer: below }), below);
    await expectSdkError(registerWithCertificate(atOnce, id, identity), refused);
    await serviceClient(atOnce).deleteEnrollmentGroup(group, stored.etag);
    expectAssigned(await registerWithCertificate(atOnce, id, identity), id);
  });

  test('refuses a device of another authority', async () => {
    const stranger = await maker.authority(uniqueId('stranger'));
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: stranger });
    await expectSdkError(registerWithCertificate(atOnce, id, leaf), { ...refused, codes: 401002 });
  });

  test('refuses a device of another authority of the same name', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot);
    const impostor = await maker.authority(ownRoot.commonName);
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: impostor });
    const identity = withChain(leaf, impostor);
    await expectSdkError(registerWithCertificate(atOnce, id, identity), { ...refused, codes: 401002 });
    const borrowed = withChain(leaf, ownRoot);
    await expectSdkError(registerWithCertificate(atOnce, id, borrowed), { ...refused, codes: 401002 });
  });

  test('refuses a chain in which a device certificate signs', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot);
    const device = await maker.device(uniqueId('x509'), { issuer: ownRoot });
    const id = uniqueId('x509');
    const forged = await maker.device(id, { issuer: device });
    await expectSdkError(registerWithCertificate(atOnce, id, withChain(forged, device)), refused);
  });

  test('refuses a common name that is not the registration id', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot);
    const leaf = await maker.device(uniqueId('x509'), { issuer: ownRoot });
    const registration = registerWithCertificate(atOnce, uniqueId('x509'), leaf);
    await expectSdkError(registration, { ...refused, codes: 401002 });
  });

  test('refuses a leaf that has expired', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot);
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: ownRoot, days: -1 });
    await expectSdkError(registerWithCertificate(atOnce, id, leaf), refused);
  });

  test('refuses the devices of a disabled group', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot, { provisioningStatus: 'disabled' });
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: ownRoot });
    await expectSdkError(registerWithCertificate(atOnce, id, leaf), refused);
  });

  test('disabled for one device by a disabled individual enrollment', async () => {
    const ownRoot = await maker.authority(uniqueId('root'));
    await enrolledGroup(ownRoot);
    const id = uniqueId('x509');
    const leaf = await maker.device(id, { issuer: ownRoot });
    await enroll(
      atOnce,
      x509Enrollment(id, { primary: { certificate: leaf.cert } }, { provisioningStatus: 'disabled' }),
    );
    await expectSdkError(registerWithCertificate(atOnce, id, leaf), refused);
  });
});

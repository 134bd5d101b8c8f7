// Devices over AMQP 1.0, registered by Azure's device SDK: every kind of proof, good and bad.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import amqp from 'azure-iot-provisioning-device-amqp';
import { CertificateMaker, withChain } from './lib/certificates.mjs';
import { register, registerWithCertificate, registerWithKey } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectErrorBody } from './lib/expect.mjs';
import { derivedKey } from './lib/sas.mjs';
import {
  enroll,
  enrollGroup,
  newKey,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
  tpmEnrollment,
  x509Enrollment,
  x509Group,
} from './lib/service.mjs';
import { SoftwareTpm } from './lib/tpm.mjs';

let maker;
let tpm;
before(async () => {
  maker = new CertificateMaker();
  tpm = await SoftwareTpm.start();
});
after(() => {
  maker?.remove();
  return tpm?.stop();
});

/** A registration that must end with this condition and Azure's code for the reason. */
async function expectRejected(promise, condition, code) {
  let error;
  try {
    const result = await promise;
    assert.fail(`accepted: ${JSON.stringify(result)}`);
  } catch (caught) {
    if (caught instanceof assert.AssertionError) throw caught;
    error = caught;
  }
  const rejection = error.amqpError ?? error;
  assert.equal(rejection.condition, condition, error.stack);
  expectErrorBody(JSON.parse(rejection.description), Math.floor(code / 1000), code);
}

/** What nobody enrolled individually may have been a group's: then the credentials are bad, otherwise it is unknown. */
async function expectUnknown(promise) {
  await assert.rejects(promise, (error) => {
    if (error.name === 'NotConnectedError') return true;
    const rejection = error.amqpError ?? error;
    assert.match(rejection.condition, /^amqp:(not-found|unauthorized-access)$/, error.stack);
    return true;
  });
}

/** Bad credentials end in SASL's outcome, which the SDK reports without detail. */
function expectNotConnected(promise) {
  return assert.rejects(promise, { name: 'NotConnectedError' });
}

for (const [name, Transport] of [
  ['AMQP', amqp.Amqp],
  ['AMQP in a WebSocket', amqp.AmqpWs],
]) {
  describe(`a device with a symmetric key over ${name}`, () => {
    async function enrolled(muster = atOnce, more = {}) {
      const id = uniqueId('amqp');
      const enrollment = await enroll(muster, symmetricKeyEnrollment(id, {}, more));
      return { id, ...enrollment.attestation.symmetricKey };
    }
    const http = () => new Transport();

    test('registers with either key', async () => {
      const { id, primaryKey, secondaryKey } = await enrolled();
      const first = expectAssigned(await registerWithKey(atOnce, id, primaryKey, { http: http() }), id);
      const again = await registerWithKey(atOnce, id, secondaryKey, { http: http() });
      expectAssigned(again, id, { hub: first.assignedHub, substatus: 'reprovisionedToInitialAssignment' });
    });

    test('registers with a payload, and again on the same transport', async () => {
      const { id, primaryKey } = await enrolled();
      const transport = http();
      const payload = { model: 'thermometer', nested: { list: [1, 2.5, null, true, 'ä/"\\'] } };
      expectAssigned(await registerWithKey(atOnce, id, primaryKey, { http: transport, payload }), id);
      const again = await registerWithKey(atOnce, id, primaryKey, { http: transport });
      assert.equal(again.status, 'assigned');
    });

    test('asks for the outcome where the service lets it wait', async () => {
      const { id, primaryKey } = await enrolled(polled);
      expectAssigned(await registerWithKey(polled, id, primaryKey, { http: http() }), id);
    });

    test('registers under a group', async () => {
      const group = await enrollGroup(atOnce, symmetricKeyGroup(uniqueId('amqp-group')));
      const id = uniqueId('amqp');
      const key = derivedKey(group.attestation.symmetricKey.primaryKey, id);
      expectAssigned(await registerWithKey(atOnce, id, key, { http: http() }), id);
    });

    test('is not let in with a key that is not its own', async () => {
      const { id } = await enrolled();
      const other = await enrolled();
      await expectNotConnected(registerWithKey(atOnce, id, newKey(), { http: http() }));
      await expectNotConnected(registerWithKey(atOnce, id, other.primaryKey, { http: http() }));
    });

    test('is told that nobody enrolled it', async () => {
      const id = uniqueId('nobody');
      await expectUnknown(registerWithKey(atOnce, id, newKey(), { http: http() }));
    });

    test('is told that its enrollment is disabled', async () => {
      const { id, primaryKey } = await enrolled(atOnce, { provisioningStatus: 'disabled' });
      await expectRejected(
        registerWithKey(atOnce, id, primaryKey, { http: http() }),
        'amqp:unauthorized-access',
        401003,
      );
    });

    test('is told that its ID scope is unknown', async () => {
      const { id, primaryKey } = await enrolled();
      const elsewhere = { ...atOnce, idScope: '0ne0FFFFFFF' };
      await expectRejected(registerWithKey(elsewhere, id, primaryKey, { http: http() }), 'amqp:not-found', 404200);
    });

    test('is told that it is enrolled with another kind of proof', async () => {
      const id = uniqueId('amqp');
      const { cert } = await maker.device(id);
      await enroll(atOnce, x509Enrollment(id, { primary: { certificate: cert } }));
      await expectNotConnected(registerWithKey(atOnce, id, newKey(), { http: http() }));
    });
  });

  describe(`a device with a certificate over ${name}`, () => {
    const http = () => new Transport();

    test('registers with its own, and lets the service take its time', async () => {
      for (const muster of [atOnce, polled]) {
        const id = uniqueId('amqp-x509');
        const identity = await maker.device(id);
        await enroll(muster, x509Enrollment(id, { primary: { certificate: identity.cert } }));
        const payload = { firmware: '1.2.3' };
        expectAssigned(await registerWithCertificate(muster, id, identity, { http: http(), payload }), id);
      }
    });

    test('registers under a group with the chain behind its certificate', async () => {
      const root = await maker.authority('root');
      const intermediate = await maker.authority('intermediate', root);
      await enrollGroup(atOnce, x509Group(uniqueId('amqp-group'), { primary: { certificate: root.cert } }));
      const id = uniqueId('amqp-x509');
      const leaf = await maker.device(id, { issuer: intermediate });
      expectAssigned(await registerWithCertificate(atOnce, id, withChain(leaf, intermediate), { http: http() }), id);
    });

    test('is told that its certificate is not the enrolled one', async () => {
      const id = uniqueId('amqp-x509');
      const [enrolled, another] = [await maker.device(id), await maker.device(id)];
      await enroll(atOnce, x509Enrollment(id, { primary: { certificate: enrolled.cert } }));
      await expectRejected(
        registerWithCertificate(atOnce, id, another, { http: http() }),
        'amqp:unauthorized-access',
        401002,
      );
    });

    test('is told that nobody enrolled it', async () => {
      const id = uniqueId('nobody');
      await expectUnknown(registerWithCertificate(atOnce, id, await maker.device(id), { http: http() }));
    });
  });

  describe(`a device with a TPM over ${name}`, () => {
    const http = () => new Transport();
    async function enrolled(muster = atOnce, more = {}) {
      const id = uniqueId('amqp-tpm');
      const device = tpm.client(id);
      const endorsementKey = (await device.endorsementKey()).toString('base64');
      await enroll(muster, tpmEnrollment(id, endorsementKey, more));
      return { id, device };
    }

    test("registers, and the TPM holds the hub's key", async () => {
      const { id, device } = await enrolled();
      const operation = await register(atOnce, device.security, { http: http(), payload: { serial: 17 } });
      expectAssigned(operation.registrationState, id);
      assert.ok(Buffer.from(operation.registrationState.tpm.authenticationKey, 'base64').length > 700);
      assert.equal((await device.sign(Buffer.from('first message'))).length, 32);
    });

    test('asks for the outcome where the service lets it wait', async () => {
      const { id, device } = await enrolled(polled);
      expectAssigned((await register(polled, device.security, { http: http() })).registrationState, id);
    });

    test("is not let in where another TPM's endorsement key is enrolled", async () => {
      const id = uniqueId('amqp-tpm');
      const other = await SoftwareTpm.start();
      try {
        const endorsementKey = (await other.client(id).endorsementKey()).toString('base64');
        await enroll(atOnce, tpmEnrollment(id, endorsementKey));
        await expectNotConnected(register(atOnce, tpm.client(id).security, { http: http() }));
      } finally {
        await other.stop();
      }
    });

    /** Without a refused device's connection, which the SDK leaves open. */
    async function expectRefused(device, ...why) {
      const transport = http();
      await expectRejected(register(atOnce, device.security, { http: transport }), ...why);
      await new Promise((resolve) => transport.disconnect(resolve));
    }

    test('is told that nobody enrolled it', () =>
      expectRefused(tpm.client(uniqueId('nobody')), 'amqp:not-found', 404201));

    test('is told that its enrollment is disabled', async () => {
      const { device } = await enrolled(atOnce, { provisioningStatus: 'disabled' });
      await expectRefused(device, 'amqp:unauthorized-access', 401003);
    });
  });
}

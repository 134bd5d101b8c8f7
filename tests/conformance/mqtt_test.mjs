// Devices registered by Azure's device SDK over MQTT and over MQTT in a WebSocket.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import mqtt from 'azure-iot-provisioning-device-mqtt';
import { CertificateMaker, withChain } from './lib/certificates.mjs';
import { registerWithCertificate, registerWithKey } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectErrorBody } from './lib/expect.mjs';
import { derivedKey } from './lib/sas.mjs';
import {
  enroll,
  enrollGroup,
  newKey,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
  x509Enrollment,
  x509Group,
} from './lib/service.mjs';

const transports = { Mqtt: mqtt.Mqtt, MqttWs: mqtt.MqttWs };
let maker;
before(() => (maker = new CertificateMaker()));
after(() => maker.remove());

async function enrolled(muster = atOnce, more) {
  const id = uniqueId('mqtt');
  const enrollment = await enroll(muster, symmetricKeyEnrollment(id, {}, more));
  return { id, ...enrollment.attestation.symmetricKey };
}

/** A registration that the service must refuse: with this class of error for each status, and with its JSON. */
async function expectRefusal(registration, nameOf, codes) {
  const error = await registration.then(
    (result) => assert.fail(`accepted: ${JSON.stringify(result)}`),
    (caught) => caught,
  );
  const body = error.responseBody ?? error.result;
  assert.ok(body, error.stack);
  const status = Math.floor(body.errorCode / 1000);
  assert.equal(error.name, nameOf[status], error.stack);
  return expectErrorBody(body, status, codes);
}

for (const [name, Transport] of Object.entries(transports)) {
  const withKey = (muster, id, key, options) =>
    registerWithKey(muster, id, key, { http: new Transport(), ...options });
  const withCertificate = (muster, id, identity, options) =>
    registerWithCertificate(muster, id, identity, { http: new Transport(), ...options });

  describe(`symmetric keys over ${name}`, () => {
    test('register with the primary and with the secondary key', async () => {
      const { id, primaryKey, secondaryKey } = await enrolled();
      const first = expectAssigned(await withKey(atOnce, id, primaryKey), id);
      const again = await withKey(atOnce, id, secondaryKey);
      expectAssigned(again, id, { hub: first.assignedHub, substatus: 'reprovisionedToInitialAssignment' });
    });

    test('register where the answer must be polled for', async () => {
      const { id, primaryKey } = await enrolled(polled);
      expectAssigned(await withKey(polled, id, primaryKey), id);
    });

    test('take a payload along', async () => {
      const { id, primaryKey } = await enrolled();
      const payload = { model: 'thermometer', text: 'ä/"\\', large: 'x'.repeat(20_000) };
      expectAssigned(await withKey(atOnce, id, primaryKey, { payload }), id);
    });

    test('register devices of a group with derived keys', async () => {
      const group = uniqueId('mqtt-group');
      const { attestation } = await enrollGroup(atOnce, symmetricKeyGroup(group));
      const id = uniqueId('derived');
      const state = await withKey(atOnce, id, derivedKey(attestation.symmetricKey.primaryKey, id));
      expectAssigned(state, id);
      assert.equal(state.symmetricKey.enrollmentGroupId, group);
    });

    test('compare registration ids without regard to case', async () => {
      const { id, primaryKey } = await enrolled();
      expectAssigned(await withKey(atOnce, id.toUpperCase(), primaryKey), id, { deviceId: id });
    });

    test('are refused with another key, in words', async () => {
      const { id } = await enrolled();
      await expectRefusal(withKey(atOnce, id, newKey()), { 401: 'UnauthorizedError' }, 401002);
    });

    test('are refused under a name that nobody knows', async () => {
      const id = uniqueId('nobody');
      // With groups around it may be a device of one of them whose key is wrong.
      await expectRefusal(withKey(atOnce, id, newKey()), { 401: 'UnauthorizedError', 404: 'DeviceNotFoundError' });
    });

    test('are refused where the enrollment is disabled', async () => {
      const { id, primaryKey } = await enrolled(atOnce, { provisioningStatus: 'disabled' });
      await expectRefusal(withKey(atOnce, id, primaryKey), { 401: 'UnauthorizedError' }, 401003);
    });

    test('are refused under an ID scope that nobody has', async () => {
      const { id, primaryKey } = await enrolled();
      const refusal = withKey({ ...atOnce, idScope: '0neFFFFFFFF' }, id, primaryKey);
      await expectRefusal(refusal, { 404: 'DeviceNotFoundError' });
    });
  });

  describe(`certificates over ${name}`, () => {
    test('register with the primary and with the secondary certificate', async () => {
      const id = uniqueId('x509');
      const [primary, secondary] = [await maker.device(id), await maker.device(id)];
      const certificates = { primary: { certificate: primary.cert }, secondary: { certificate: secondary.cert } };
      await enroll(atOnce, x509Enrollment(id, certificates));
      const { assignedHub: hub } = expectAssigned(await withCertificate(atOnce, id, primary), id);
      const again = await withCertificate(atOnce, id, secondary);
      expectAssigned(again, id, { hub, substatus: 'reprovisionedToInitialAssignment' });
    });

    test('register devices of a group, with the chain that the device sends', async () => {
      const root = await maker.authority(uniqueId('mqtt-root'));
      const intermediate = await maker.authority('mqtt-intermediate', root);
      const group = uniqueId('mqtt-x509-group');
      await enrollGroup(atOnce, x509Group(group, { primary: { certificate: root.cert } }));
      const id = uniqueId('x509');
      const leaf = await maker.device(id, { issuer: intermediate });
      const state = expectAssigned(await withCertificate(atOnce, id, withChain(leaf, intermediate)), id);
      assert.equal(state.x509.enrollmentGroupId, group);
    });

    test('are refused where another certificate is enrolled', async () => {
      const id = uniqueId('x509');
      const enrolledOne = await maker.device(id);
      await enroll(atOnce, x509Enrollment(id, { primary: { certificate: enrolledOne.cert } }));
      await expectRefusal(withCertificate(atOnce, id, await maker.device(id)), { 401: 'UnauthorizedError' }, 401002);
    });
  });
}

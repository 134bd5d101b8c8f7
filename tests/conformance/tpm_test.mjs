// Devices with a TPM, registered by Azure's device SDK over HTTPS. The TPM is swtpm, which the SDK takes for the
// simulator that it knows.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { lookUp, poll, put, register, resource } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectErrorBody, expectRefused } from './lib/expect.mjs';
import { HOUR_S, secondsFromNow } from './lib/sas.mjs';
import { enroll, newKey, serviceClient, symmetricKeyEnrollment, tpmEnrollment } from './lib/service.mjs';
import {
  SoftwareTpm,
  attribute,
  defaultRegistrationId,
  endorsementKeyAttributes,
  endorsementPolicy,
  softwareKey,
  storageKeyAttributes,
} from './lib/tpm.mjs';

let tpm;
before(async () => (tpm = await SoftwareTpm.start()));
after(() => tpm?.stop());

/** A device of this TPM that is enrolled under a name of its own. */
async function enrolled(more) {
  const id = uniqueId('tpm');
  const device = tpm.client(id);
  const keys = await device.keys();
  await enroll(atOnce, tpmEnrollment(id, keys.endorsementKey, more));
  return { id, device, keys };
}

/** The first call of a registration: answered with a challenge. */
async function challenge(id, keys) {
  const answer = await put(atOnce, id, null, { body: { registrationId: id, tpm: keys } });
  assert.equal(answer.status, 401, answer.text);
  assert.equal(answer.json.keyName, 'registration');
  assert.equal(typeof answer.json.message, 'string');
  return Buffer.from(answer.json.authenticationKey, 'base64');
}

/** A token that the TPM signs with the key that it was given last. */
async function tpmToken(device, text, expiry = secondsFromNow(HOUR_S)) {
  const audience = encodeURIComponent(text);
  const signature = await device.sign(Buffer.from(`${audience}\n${expiry}`));
  return `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature.toString('base64'))}&se=${expiry}`;
}

function expectNoChallenge(answer) {
  assert.ok([400, 401, 403, 404].includes(answer.status), answer.text);
  assert.equal(answer.json.authenticationKey, undefined, 'a refused TPM gets no key');
  return expectErrorBody(answer.json, answer.status);
}

describe('individual enrollment with a TPM', () => {
  test("registers under the id of its endorsement key, and the TPM holds the hub's key", async () => {
    const device = tpm.client();
    const endorsementKey = await device.endorsementKey();
    const id = defaultRegistrationId(endorsementKey);
    await enroll(atOnce, tpmEnrollment(id, endorsementKey.toString('base64')));

    const operation = await register(atOnce, device.security);
    assert.equal(operation.status, 'assigned');
    expectAssigned(operation.registrationState, id);
    assert.ok(Buffer.from(operation.registrationState.tpm.authenticationKey, 'base64').length > 700);
    const signature = await device.sign(Buffer.from(`${operation.registrationState.assignedHub}%2Fdevices%2F${id}\n1`));
    assert.equal(signature.length, 32);
    await serviceClient(atOnce).deleteIndividualEnrollment(id);
  });

  test('registers under a name that the operator chose, with a payload', async () => {
    const { id, device } = await enrolled({ deviceId: 'named-in-the-hub' });
    const operation = await register(atOnce, device.security, { payload: { serial: 17 } });
    expectAssigned(operation.registrationState, id, { deviceId: 'named-in-the-hub' });
  });

  test('keeps the hub when the device registers again', async () => {
    const { id, device } = await enrolled();
    const first = (await register(atOnce, device.security)).registrationState;
    const again = (await register(atOnce, tpm.client(id).security)).registrationState;
    expectAssigned(again, id, { hub: first.assignedHub, substatus: 'reprovisionedToInitialAssignment' });
  });

  test('accepts an endorsement key that was enrolled with line breaks', async () => {
    const id = uniqueId('tpm');
    const device = tpm.client(id);
    const { endorsementKey } = await device.keys();
    await enroll(atOnce, tpmEnrollment(id, `${endorsementKey.match(/.{1,64}/g).join('\r\n')}\n`));
    expectAssigned((await register(atOnce, device.security)).registrationState, id);
  });

  test('takes the second call without TPM keys, as iot-identity-service makes it', async () => {
    const { id, device, keys } = await enrolled();
    await device.activate(await challenge(id, keys));
    const authorization = await tpmToken(device, resource(atOnce, id).toLowerCase());
    const answer = await put(atOnce, id, null, { authorization, body: { registrationId: id } });
    const state = expectAssignedAnswer(answer, 202, id);
    expectAssignedAnswer(await poll(atOnce, id, answer.json.operationId, { authorization }), 200, id);
    await device.activate(Buffer.from(state.tpm.authenticationKey, 'base64'));
    assert.equal((await device.sign(Buffer.from('first message'))).length, 32);
  });

  test('accepts the answer to an earlier challenge when a later one was lost', async () => {
    const { id, device, keys } = await enrolled();
    await device.activate(await challenge(id, keys));
    await challenge(id, keys);
    const authorization = await tpmToken(device, resource(atOnce, id));
    expectAssignedAnswer(
      await put(atOnce, id, null, { authorization, body: { registrationId: id, tpm: keys } }),
      202,
      id,
    );
  });

  test('gives every challenge and every hub key a blob of its own', async () => {
    const { id, keys } = await enrolled();
    const blobs = [await challenge(id, keys), await challenge(id, keys)];
    assert.notDeepEqual(blobs[0], blobs[1]);
  });
});

describe('what a device with a TPM is refused for', () => {
  test('a registration that nobody enrolled', async () => {
    const device = tpm.client(uniqueId('unknown'));
    // The SDK expected a challenge and reports that none came; the answer itself is checked by hand.
    await assert.rejects(register(atOnce, device.security), { name: 'InvalidOperationError' });
    const body = { tpm: await device.keys() };
    expectRefused(await put(atOnce, uniqueId('unknown'), null, { body }), 404, 404201);
  });

  test('a disabled enrollment', async () => {
    const { id, device, keys } = await enrolled({ provisioningStatus: 'disabled' });
    await assert.rejects(register(atOnce, device.security));
    expectNoChallenge(await put(atOnce, id, null, { body: { registrationId: id, tpm: keys } }));
  });

  test('an enrollment that was disabled between challenge and answer', async () => {
    const { id, device, keys } = await enrolled();
    await device.activate(await challenge(id, keys));
    await enroll(atOnce, tpmEnrollment(id, keys.endorsementKey, { provisioningStatus: 'disabled' }));
    const authorization = await tpmToken(device, resource(atOnce, id));
    expectNoChallenge(await put(atOnce, id, null, { authorization }));
  });

  test("another TPM's endorsement key", async () => {
    const { id, keys } = await enrolled();
    const endorsementKey = softwareKey(endorsementKeyAttributes, endorsementPolicy);
    expectNoChallenge(await put(atOnce, id, null, { body: { tpm: { ...keys, endorsementKey } } }));
  });

  test('an enrollment that is of another kind', async () => {
    const id = uniqueId('sym');
    await enroll(atOnce, symmetricKeyEnrollment(id));
    expectNoChallenge(await put(atOnce, id, null, { body: { tpm: await tpm.client().keys() } }));
  });

  // A TPM would deliver the device's keys to whoever holds the private half of such a storage root key.
  for (const missing of ['fixedTPM', 'fixedParent', 'restricted', 'decrypt'])
    test(`a storage root key that is a software key: without ${missing}`, async () => {
      const { id, keys } = await enrolled();
      const storageRootKey = softwareKey(storageKeyAttributes & ~attribute[missing]);
      expectNoChallenge(await put(atOnce, id, null, { body: { tpm: { ...keys, storageRootKey } } }));
    });

  test('a storage root key that also signs', async () => {
    const { id, keys } = await enrolled();
    const storageRootKey = softwareKey(storageKeyAttributes | attribute.sign);
    expectNoChallenge(await put(atOnce, id, null, { body: { tpm: { ...keys, storageRootKey } } }));
  });

  for (const [what, damage] of [
    ['no base64', () => '!!!!'],
    ['empty', () => ''],
    ['cut short', (key) => Buffer.from(key, 'base64').subarray(0, 100).toString('base64')],
    ['followed by more', (key) => Buffer.concat([Buffer.from(key, 'base64'), Buffer.alloc(3)]).toString('base64')],
    ['not a text', () => 17],
  ])
    for (const member of ['endorsementKey', 'storageRootKey'])
      test(`a ${member} that is ${what}`, async () => {
        const { id, keys } = await enrolled();
        const tpmMember = { ...keys, [member]: damage(keys[member]) };
        expectNoChallenge(await put(atOnce, id, null, { body: { tpm: tpmMember } }));
      });

  test('a token that an unrelated key signed', async () => {
    const { id, keys } = await enrolled();
    await challenge(id, keys);
    expectNoChallenge(await put(atOnce, id, newKey(), { body: { registrationId: id } }));
  });

  test('a token without a challenge before', async () => {
    const { id } = await enrolled();
    expectNoChallenge(await put(atOnce, id, newKey(), { body: { registrationId: id } }));
  });

  test('a token that has expired', async () => {
    const { id, device, keys } = await enrolled();
    await device.activate(await challenge(id, keys));
    const authorization = await tpmToken(device, resource(atOnce, id), secondsFromNow(-1));
    expectNoChallenge(await put(atOnce, id, null, { authorization }));
  });

  test('a token for another registration', async () => {
    const { id, device, keys } = await enrolled();
    await device.activate(await challenge(id, keys));
    const authorization = await tpmToken(device, resource(atOnce, uniqueId('other')));
    expectNoChallenge(await put(atOnce, id, null, { authorization }));
  });

  test('looking a registration up without a token', async () => {
    const { id, device } = await enrolled();
    await register(atOnce, device.security);
    expectRefused(await lookUp(atOnce, id), 401);
  });
});

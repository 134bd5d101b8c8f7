// Devices with symmetric keys, registered by Azure's device SDK over HTTPS.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CountingHttp, deviceToken, lookUp, put, registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectRefused, expectSdkError } from './lib/expect.mjs';
import { derivedKey, secondsFromNow } from './lib/sas.mjs';
import {
  enroll,
  enrollGroup,
  newKey,
  serviceClient,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
} from './lib/service.mjs';

async function enrolled(more) {
  const id = uniqueId('sym');
  const enrollment = await enroll(atOnce, symmetricKeyEnrollment(id, {}, more));
  return { id, ...enrollment.attestation.symmetricKey };
}

async function enrolledGroup(more) {
  const group = uniqueId('symmetric-group');
  const enrollment = await enrollGroup(atOnce, symmetricKeyGroup(group, {}, more));
  return { group, ...enrollment.attestation.symmetricKey };
}

describe('individual enrollment with a symmetric key', () => {
  test('registers with the primary key, at once and without a poll', async () => {
    const { id, primaryKey } = await enrolled();
    const http = new CountingHttp();
    const state = await registerWithKey(atOnce, id, primaryKey, { http });
    expectAssigned(state, id);
    assert.deepEqual(state.symmetricKey ?? {}, {});
    assert.equal(http.polls, 0);
  });

  test('registers with the secondary key', async () => {
    const { id, secondaryKey } = await enrolled();
    expectAssigned(await registerWithKey(atOnce, id, secondaryKey), id);
  });

  test('takes keys that the operator chose', async () => {
    const id = uniqueId('sym');
    const keys = { primaryKey: newKey(), secondaryKey: newKey() };
    const enrollment = await enroll(atOnce, symmetricKeyEnrollment(id, keys));
    assert.deepEqual(enrollment.attestation.symmetricKey, keys);
    expectAssigned(await registerWithKey(atOnce, id, keys.primaryKey), id);
  });

  test('takes a payload along', async () => {
    const { id, primaryKey } = await enrolled();
    const payload = { model: 'thermometer', nested: { list: [1, 2.5, null, true, 'ä/"\\'] } };
    expectAssigned(await registerWithKey(atOnce, id, primaryKey, { payload }), id);
  });

  test('takes a payload that is a text, as the Java SDK sends it', async () => {
    const { id, primaryKey } = await enrolled();
    expectAssigned(await registerWithKey(atOnce, id, primaryKey, { payload: '{"a":1}' }), id);
  });

  test('assigns the device id that the enrollment names', async () => {
    const deviceId = uniqueId('in-the-hub');
    const { id, primaryKey } = await enrolled({ deviceId });
    expectAssigned(await registerWithKey(atOnce, id, primaryKey), id, { deviceId });
  });

  test('assigns to the hub that a static enrollment names', async () => {
    const hub = atOnce.hubs.at(-1);
    const { id, primaryKey } = await enrolled({ allocationPolicy: 'static', iotHubs: [hub] });
    expectAssigned(await registerWithKey(atOnce, id, primaryKey), id, { hub });
  });

  test('keeps the hub and says so when the device registers again', async () => {
    const { id, primaryKey } = await enrolled();
    const first = expectAssigned(await registerWithKey(atOnce, id, primaryKey), id);
    const again = await registerWithKey(atOnce, id, primaryKey);
    expectAssigned(again, id, { hub: first.assignedHub, substatus: 'reprovisionedToInitialAssignment' });
    assert.equal(again.createdDateTimeUtc, first.createdDateTimeUtc);
  });

  test('accepts forceRegistration', async () => {
    const { id, primaryKey } = await enrolled();
    const first = expectAssignedAnswer(await put(atOnce, id, primaryKey), 202, id);
    const forced = await put(atOnce, id, primaryKey, { query: '&forceRegistration=true' });
    assert.equal(forced.status, 202, forced.text);
    assert.equal(forced.json.registrationState.assignedHub, first.assignedHub);
  });

  test('is a first assignment again after the operator deleted the registration', async () => {
    const { id, primaryKey } = await enrolled();
    expectAssigned(await registerWithKey(atOnce, id, primaryKey), id);
    await serviceClient(atOnce).deleteDeviceRegistrationState(id);
    expectAssigned(await registerWithKey(atOnce, id, primaryKey), id);
  });

  test('compares registration ids without regard to case', async () => {
    const { id, primaryKey } = await enrolled();
    expectAssigned(await registerWithKey(atOnce, id.toUpperCase(), primaryKey), id, { deviceId: id });
  });

  test('lets one of two keys be replaced while the other is in use', async () => {
    const { id, primaryKey, secondaryKey } = await enrolled();
    const replaced = newKey();
    await enroll(atOnce, symmetricKeyEnrollment(id, { primaryKey: replaced, secondaryKey }));
    await registerWithKey(atOnce, id, replaced);
    await registerWithKey(atOnce, id, secondaryKey);
    await expectSdkError(registerWithKey(atOnce, id, primaryKey), { name: 'UnauthorizedError', status: 401 });
  });
});

describe('enrollment group with a symmetric key', () => {
  test('registers devices with keys derived from the primary and the secondary key', async () => {
    const { group, primaryKey, secondaryKey } = await enrolledGroup();
    for (const key of [primaryKey, secondaryKey]) {
      const id = uniqueId('derived');
      const state = await registerWithKey(atOnce, id, derivedKey(key, id));
      expectAssigned(state, id);
      assert.equal(state.symmetricKey.enrollmentGroupId, group);
    }
  });

  test("registers the device of Azure's documentation with the key derived there", async () => {
    const primaryKey = '8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==';
    const id = 'sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6';
    await enrollGroup(atOnce, symmetricKeyGroup(uniqueId('documented'), { primaryKey, secondaryKey: newKey() }));
    expectAssigned(await registerWithKey(atOnce, id, 'Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc='), id);
  });

  test('accepts a key derived from the lower-case form of the id', async () => {
    const { primaryKey } = await enrolledGroup();
    const id = uniqueId('Derived-Mixed').toUpperCase();
    expectAssigned(await registerWithKey(atOnce, id, derivedKey(primaryKey, id.toLowerCase())), id);
  });

  test('finds the right one of many groups', async () => {
    await enrolledGroup();
    const { group, primaryKey } = await enrolledGroup();
    await enrolledGroup();
    const id = uniqueId('derived');
    const state = await registerWithKey(atOnce, id, derivedKey(primaryKey, id));
    assert.equal(state.symmetricKey.enrollmentGroupId, group);
  });

  test("refuses the group's own key", async () => {
    const { primaryKey } = await enrolledGroup();
    await expectSdkError(registerWithKey(atOnce, uniqueId('derived'), primaryKey), {
      name: 'UnauthorizedError',
      status: 401,
      codes: 401002,
    });
  });

  test("refuses another device's derived key", async () => {
    const { primaryKey } = await enrolledGroup();
    const registration = registerWithKey(atOnce, uniqueId('derived'), derivedKey(primaryKey, uniqueId('other')));
    await expectSdkError(registration, { name: 'UnauthorizedError', status: 401, codes: 401002 });
  });

  test('refuses the devices of a disabled group, also those it let in before', async () => {
    const { group, primaryKey, secondaryKey } = await enrolledGroup();
    const known = uniqueId('derived');
    await registerWithKey(atOnce, known, derivedKey(primaryKey, known));
    const keys = { primaryKey, secondaryKey };
    await enrollGroup(atOnce, symmetricKeyGroup(group, keys, { provisioningStatus: 'disabled' }));
    for (const id of [known, uniqueId('derived')])
      await expectSdkError(registerWithKey(atOnce, id, derivedKey(primaryKey, id)), {
        name: 'UnauthorizedError',
        status: 401,
      });
  });

  test('prefers the individual enrollment of the same id', async () => {
    const { primaryKey } = await enrolledGroup();
    const { id, primaryKey: own } = await enrolled();
    await expectSdkError(registerWithKey(atOnce, id, derivedKey(primaryKey, id)), {
      name: 'UnauthorizedError',
      status: 401,
    });
    expectAssigned(await registerWithKey(atOnce, id, own), id);
  });
});

describe('what a device with a symmetric key is refused for', () => {
  test('a wrong key', async () => {
    const { id } = await enrolled();
    const error = { name: 'UnauthorizedError', status: 401, codes: 401002 };
    await expectSdkError(registerWithKey(atOnce, id, newKey()), error);
  });

  test('a registration that nobody enrolled', async () => {
    const answer = await put(atOnce, uniqueId('unknown'), newKey());
    assert.ok([401, 404].includes(answer.status), answer.text);
    expectRefused(answer, answer.status, [401002, 404201]);
  });

  test('a disabled enrollment', async () => {
    const { id, primaryKey } = await enrolled({ provisioningStatus: 'disabled' });
    await expectSdkError(registerWithKey(atOnce, id, primaryKey), { name: 'UnauthorizedError', status: 401 });
  });

  test('an enrollment that is of another kind', async () => {
    const { id } = await enrolled();
    expectRefused(await put(atOnce, id, null), 401);
  });

  test('a token that has expired', async () => {
    const { id, primaryKey } = await enrolled();
    const authorization = deviceToken(atOnce, id, primaryKey, { expiry: secondsFromNow(-1) });
    expectRefused(await put(atOnce, id, primaryKey, { authorization }), 401);
  });

  test("another device's token", async () => {
    const { id, primaryKey } = await enrolled();
    const authorization = deviceToken(atOnce, uniqueId('other'), primaryKey);
    expectRefused(await put(atOnce, id, primaryKey, { authorization }), 401);
  });

  test('an ID scope that does not exist', async () => {
    const { id, primaryKey } = await enrolled();
    const elsewhere = { ...atOnce, idScope: '0neFFFFFFFF' };
    const answer = await put(elsewhere, id, primaryKey);
    assert.ok([401, 404].includes(answer.status), answer.text);
    expectRefused(answer, answer.status);
  });

  for (const [what, authorization] of [
    ['no fields', 'SharedAccessSignature'],
    ['no signature', 'SharedAccessSignature sr=a&se=4102444800'],
    ['an expiry that is no number', 'SharedAccessSignature sr=a&sig=b&se=soon'],
    ['an expiry beyond every calendar', 'SharedAccessSignature sr=a&sig=b&se=99999999999999999999999999'],
    ['another scheme', 'Basic YTpi'],
    ['a broken percent sign', 'SharedAccessSignature sr=a%&sig=b%2&se=4102444800'],
  ])
    test(`a token with ${what}`, async () => {
      const { id, primaryKey } = await enrolled();
      expectRefused(await put(atOnce, id, primaryKey, { authorization }), 401);
    });

  test('leaves no registration behind', async () => {
    const { id, primaryKey } = await enrolled();
    expectRefused(await put(atOnce, id, newKey()), 401);
    const authorization = deviceToken(atOnce, id, primaryKey);
    expectRefused(await lookUp(atOnce, id, { authorization }), 404);
  });
});

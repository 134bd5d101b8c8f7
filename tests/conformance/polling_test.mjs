// A Muster that answers as Azure does: "assigning" first, the assignment when the device asks for it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CertificateMaker } from './lib/certificates.mjs';
import {
  CountingHttp,
  deviceToken,
  poll,
  put,
  register,
  registerWithCertificate,
  registerWithKey,
} from './lib/device.mjs';
import { polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectRefused, expectSdkError } from './lib/expect.mjs';
import {
  enroll,
  newKey,
  serviceClient,
  symmetricKeyEnrollment,
  tpmEnrollment,
  x509Enrollment,
} from './lib/service.mjs';
import { SoftwareTpm } from './lib/tpm.mjs';

async function enrolled() {
  const id = uniqueId('sym');
  const enrollment = await enroll(polled, symmetricKeyEnrollment(id));
  return { id, key: enrollment.attestation.symmetricKey.primaryKey };
}

// Together, since each SDK waits the seconds that the service asks it to.
describe('with the SDK', { concurrency: true }, () => {
  let maker, tpm;
  before(async () => {
    maker = new CertificateMaker();
    tpm = await SoftwareTpm.start();
  });
  after(async () => {
    maker.remove();
    await tpm?.stop();
  });

  test('a symmetric key registers by polling', async () => {
    const { id, key } = await enrolled();
    const http = new CountingHttp();
    expectAssigned(await registerWithKey(polled, id, key, { http }), id);
    assert.ok(http.polls >= 1);
  });

  test('a certificate registers by polling', async () => {
    const id = uniqueId('x509');
    const identity = await maker.device(id);
    await enroll(polled, x509Enrollment(id, { primary: { certificate: identity.cert } }));
    const http = new CountingHttp();
    expectAssigned(await registerWithCertificate(polled, id, identity, { http }), id);
    assert.ok(http.polls >= 1);
  });

  test('a TPM registers by polling', async () => {
    const id = uniqueId('tpm');
    const device = tpm.client(id);
    await enroll(polled, tpmEnrollment(id, (await device.keys()).endorsementKey));
    const http = new CountingHttp();
    const operation = await register(polled, device.security, { http });
    expectAssigned(operation.registrationState, id);
    assert.ok(http.polls >= 1);
    assert.equal((await device.sign(Buffer.from('first message'))).length, 32);
  });

  test('a wrong key is refused without a poll', async () => {
    const { id } = await enrolled();
    const http = new CountingHttp();
    await expectSdkError(registerWithKey(polled, id, newKey(), { http }), { name: 'UnauthorizedError', status: 401 });
    assert.equal(http.polls, 0);
  });
});

describe('by hand', () => {
  test('the first answer says when and where to ask', async () => {
    const { id, key } = await enrolled();
    const answer = await put(polled, id, key);
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(Object.keys(answer.json).sort(), ['operationId', 'status']);
    assert.equal(answer.json.status, 'assigning');
    assert.match(answer.json.operationId, /^[0-9A-Za-z.-]{1,80}$/);
    assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
    assert.match(answer.headers['content-type'], /^application\/json; ?charset=utf-8$/);
    assert.match(answer.headers.location, /^https:\/\//);
    assert.ok(answer.headers['x-ms-request-id']);
  });

  test('the outcome can be asked for as often as wanted', async () => {
    const { id, key } = await enrolled();
    const { operationId } = (await put(polled, id, key)).json;
    const authorization = deviceToken(polled, id, key);
    for (let time = 0; time < 3; ++time) {
      const answer = await poll(polled, id, operationId, { authorization });
      expectAssignedAnswer(answer, 200, id);
      assert.equal(answer.json.operationId, operationId);
      assert.equal(answer.headers['retry-after'], undefined);
    }
  });

  test('a poll with a body, as the Node SDK sends it, is answered', async () => {
    const { id, key } = await enrolled();
    const { operationId } = (await put(polled, id, key)).json;
    const authorization = deviceToken(polled, id, key);
    expectAssignedAnswer(await poll(polled, id, operationId, { authorization, body: '{}' }), 200, id);
  });

  test('a poll is refused without a token, with a wrong one and with that of another device', async () => {
    const { id, key } = await enrolled();
    const other = await enrolled();
    const { operationId } = (await put(polled, id, key)).json;
    const tokens = [undefined, deviceToken(polled, id, newKey()), deviceToken(polled, other.id, other.key)];
    for (const authorization of tokens) expectRefused(await poll(polled, id, operationId, { authorization }), 401);
    const theirs = await poll(polled, other.id, operationId, { authorization: tokens[2] });
    expectRefused(theirs, 404);
  });

  test('disabling the enrollment ends the polling', async () => {
    const { id, key } = await enrolled();
    const { operationId } = (await put(polled, id, key)).json;
    const client = serviceClient(polled);
    const enrollment = (await client.getIndividualEnrollment(id)).responseBody;
    await client.createOrUpdateIndividualEnrollment({ ...enrollment, provisioningStatus: 'disabled' });
    const answer = await poll(polled, id, operationId, { authorization: deviceToken(polled, id, key) });
    if (answer.status === 200) assert.equal(answer.json.status, 'disabled', answer.text);
    else expectRefused(answer, 401);
  });
});

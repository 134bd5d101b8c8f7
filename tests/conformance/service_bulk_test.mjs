// Bulk operations of the service API: up to ten enrollments in a request, each answered by itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectRefused, expectSdkError } from './lib/expect.mjs';
import { group, individual } from './lib/kinds.mjs';
import { enroll, runBulk, serviceClient, serviceRequest, symmetricKeyEnrollment } from './lib/service.mjs';

const client = serviceClient(atOnce);
const read = (id) => individual.get(client, id);
const several = (count) => Array.from({ length: count }, () => symmetricKeyEnrollment(uniqueId('bulk')));

/** A partial failure: exactly the ids given are refused, each with a code of that status. */
function expectPartly(result, status, ...ids) {
  assert.equal(result.isSuccessful, false);
  assert.deepEqual(result.errors.map(({ registrationId }) => registrationId).sort(), ids.sort());
  for (const { errorCode, errorStatus } of result.errors) {
    assert.equal(Math.floor(errorCode / 1000), status);
    assert.notEqual(errorStatus, '');
  }
}

describe('bulk operation', () => {
  test('creates, changes and deletes', async () => {
    const enrollments = several(3);
    assert.equal((await runBulk(client, 'create', enrollments)).isSuccessful, true);
    for (const { registrationId } of enrollments)
      assert.equal((await read(registrationId)).provisioningStatus, 'enabled');

    const changed = enrollments.map((enrollment) => ({ ...enrollment, provisioningStatus: 'disabled' }));
    assert.equal((await runBulk(client, 'update', changed)).isSuccessful, true);
    for (const { registrationId } of enrollments)
      assert.equal((await read(registrationId)).provisioningStatus, 'disabled');

    assert.equal((await runBulk(client, 'delete', enrollments)).isSuccessful, true);
    for (const { registrationId } of enrollments) await expectSdkError(read(registrationId), { status: 404 });
  });

  test('creates the rest where one exists already', async () => {
    const enrollments = several(3);
    const existing = enrollments[1].registrationId;
    const before = await enroll(atOnce, enrollments[1]);
    expectPartly(await runBulk(client, 'create', enrollments), 409, existing);
    assert.equal((await read(existing)).etag, before.etag);
    await read(enrollments[0].registrationId);
    await read(enrollments[2].registrationId);
  });

  test('changes and deletes the rest where one is not there', async () => {
    const [present, missing] = several(2);
    await enroll(atOnce, present);
    const update = await runBulk(client, 'update', [{ ...present, provisioningStatus: 'disabled' }, missing]);
    expectPartly(update, 404, missing.registrationId);
    assert.equal((await read(present.registrationId)).provisioningStatus, 'disabled');
    expectPartly(await runBulk(client, 'delete', [missing, present]), 404, missing.registrationId);
    await expectSdkError(read(present.registrationId), { status: 404 });
  });

  for (const mode of ['updateIfMatchETag', 'updateIfMatchEtag'])
    test(`changes with ${mode} only what nobody changed meanwhile`, async () => {
      const stored = [];
      for (const enrollment of several(2)) stored.push(await enroll(atOnce, enrollment));
      await enroll(atOnce, { ...stored[1], deviceId: 'changed-meanwhile' });
      const wanted = stored.map((enrollment) => ({ ...enrollment, provisioningStatus: 'disabled' }));
      expectPartly(await runBulk(client, mode, wanted), 412, stored[1].registrationId);
      assert.equal((await read(stored[0].registrationId)).provisioningStatus, 'disabled');
      assert.equal((await read(stored[1].registrationId)).provisioningStatus, 'enabled');
    });

  test('creates the rest where one is not valid', async () => {
    const [valid, invalid] = several(2);
    const result = await runBulk(client, 'create', [valid, { ...invalid, provisioningStatus: 'perhaps' }]);
    expectPartly(result, 400, invalid.registrationId);
    await read(valid.registrationId);
  });

  test('takes ten enrollments and refuses eleven', async () => {
    assert.equal((await runBulk(client, 'create', several(10))).isSuccessful, true);
    const eleven = several(11);
    await expectSdkError(runBulk(client, 'create', eleven), { name: 'ArgumentError', status: 400 });
    await expectSdkError(read(eleven[0].registrationId), { status: 404 });
  });

  test('is refused with a mode that does not exist and without enrollments', async () => {
    await expectSdkError(runBulk(client, 'merge', several(1)), { name: 'ArgumentError', status: 400 });
    const answer = await serviceRequest(atOnce, { method: 'POST', path: '/enrollments', body: { mode: 'create' } });
    expectRefused(answer, 400);
  });

  test('of groups works as well, though the Node SDK has no call for it', async () => {
    const ids = [uniqueId('bulk-group'), uniqueId('bulk-group')];
    const enrollmentGroups = ids.map((id) => group.withKeys(id));
    await group.put(client, enrollmentGroups[0]);
    const body = { mode: 'create', enrollmentGroups };
    const { status, json } = await serviceRequest(atOnce, { method: 'POST', path: '/enrollmentGroups', body });
    assert.equal(status, 200);
    assert.equal(json.isSuccessful, false);
    assert.deepEqual(
      json.errors.map(({ enrollmentGroupId }) => enrollmentGroupId),
      [ids[0]],
    );
    await group.get(client, ids[1]);
  });
});

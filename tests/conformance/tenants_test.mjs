// Two tenants of one Muster, each with Azure's service and device SDK.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { deviceToken, lookUp, put, registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectRefused, expectSdkError } from './lib/expect.mjs';
import { individual, kinds } from './lib/kinds.mjs';
import { command } from './lib/muster.mjs';
import {
  enroll,
  newKey,
  resultsOf,
  serviceClient,
  symmetricKeyEnrollment,
} from './lib/service.mjs';
import { newTenant, platformCommand } from './lib/tenants.mjs';

const notFound = { status: 404 };
const unauthorized = { name: 'UnauthorizedError', status: 401 };

describe('two tenants', () => {
  let a;
  let b;
  before(async () => {
    a = await newTenant(atOnce);
    b = await newTenant(atOnce);
  });

  test('have policies of one name, each with its own key and its own enrollments', async () => {
    const id = uniqueId('shared');
    const inA = await enroll(a, symmetricKeyEnrollment(id, { primaryKey: newKey(), secondaryKey: newKey() }));
    const inB = await enroll(b, symmetricKeyEnrollment(id, { primaryKey: newKey(), secondaryKey: newKey() }));
    assert.notEqual(inA.attestation.symmetricKey.primaryKey, inB.attestation.symmetricKey.primaryKey);
    await serviceClient(a).deleteIndividualEnrollment(id);
    await expectSdkError(individual.get(serviceClient(a), id), notFound);
    assert.equal((await serviceClient(b).getIndividualEnrollment(id)).responseBody.registrationId, id);
  });

  for (const kind of kinds)
    test(`see, change and remove no ${kind.name} of each other`, async () => {
      const id = uniqueId('only-b');
      await kind.put(serviceClient(b), kind.withKeys(id));
      const client = serviceClient(a);
      await expectSdkError(kind.get(client, id), notFound);
      await expectSdkError(kind.remove(client, id), notFound);
      await expectSdkError(kind.mechanism(client, id), notFound);
      const listed = await resultsOf(kind.query(client, '*'));
      assert.ok(!JSON.stringify(listed).includes(id));
      await kind.get(serviceClient(b), id);
    });

  test('cannot use each other’s keys', async () => {
    const mixed = b.serviceConnectionString.replace(/SharedAccessKey=.*/, `SharedAccessKey=${newKey()}`);
    await expectSdkError(individual.get(serviceClient(atOnce, mixed), 'any'), unauthorized);
    const naming = (tenant) => a.serviceConnectionString.replace(/(KeyName=[^;]*)/, `$1@${tenant.idScope}`);
    await expectSdkError(individual.get(serviceClient(atOnce, naming(a)), 'any'), notFound);
    await expectSdkError(individual.get(serviceClient(atOnce, naming(b)), 'any'), unauthorized);
  });

  test('let no device of the other one in', async () => {
    const id = uniqueId('device');
    const { attestation } = await enroll(a, symmetricKeyEnrollment(id));
    await enroll(b, symmetricKeyEnrollment(id));
    const { primaryKey } = attestation.symmetricKey;
    expectAssigned(await registerWithKey(a, id, primaryKey), id);
    await expectSdkError(registerWithKey(b, id, primaryKey), unauthorized);
    expectRefused(await put(b, id, null, { authorization: deviceToken(a, id, primaryKey) }), 401);
    expectRefused(await lookUp(b, id, { authorization: deviceToken(b, id, primaryKey) }), 401);
  });

  test('show their administrators nothing of each other', async () => {
    const listed = await command(a, 'tenant', 'list');
    assert.deepEqual(
      listed.map(({ id }) => id),
      [a.tenant],
    );
    await assert.rejects(command(a, 'tenant', 'show', b.tenant), /permission_denied/);
    await assert.rejects(command(a, 'enrollment', 'list', '--tenant', b.tenant), /permission_denied/);
  });
});

describe('a tenant', () => {
  test('that is disabled refuses devices and service clients until it is enabled', async () => {
    const tenant = await newTenant(atOnce);
    const id = uniqueId('device');
    const { attestation } = await enroll(tenant, symmetricKeyEnrollment(id));
    const { primaryKey } = attestation.symmetricKey;
    await platformCommand(tenant, 'tenant', 'disable', tenant.tenant);
    await expectSdkError(registerWithKey(tenant, id, primaryKey), unauthorized);
    await expectSdkError(individual.get(serviceClient(tenant), id), unauthorized);
    assert.equal((await command(tenant, 'enrollment', 'list')).length, 1);
    await platformCommand(tenant, 'tenant', 'enable', tenant.tenant);
    expectAssigned(await registerWithKey(tenant, id, primaryKey), id);
  });

  test('that is removed is gone with all it had', async () => {
    const tenant = await newTenant(atOnce);
    await platformCommand(tenant, 'tenant', 'disable', tenant.tenant);
    await platformCommand(tenant, 'tenant', 'remove', tenant.tenant, '--confirm', tenant.tenant);
    await expectSdkError(individual.get(serviceClient(tenant), 'any'), unauthorized);
    await assert.rejects(command(tenant, 'status'), /signature_mismatch/);
  });

  test('has no more enrollments and devices than its limits say', async () => {
    const tenant = await newTenant(atOnce, '--enrollments-max', '2', '--devices-max', '1');
    const ids = [uniqueId('device'), uniqueId('device')];
    const keys = [];
    for (const id of ids) keys.push((await enroll(tenant, symmetricKeyEnrollment(id))).attestation.symmetricKey);
    await expectSdkError(enroll(tenant, symmetricKeyEnrollment(uniqueId('device'))), {
      name: 'TooManyDevicesError',
      status: 403,
    });
    expectAssigned(await registerWithKey(tenant, ids[0], keys[0].primaryKey), ids[0]);
    expectRefused(await put(tenant, ids[1], keys[1].primaryKey), 403);
    const { usage } = await command(tenant, 'tenant', 'show', tenant.tenant);
    assert.deepEqual([usage.enrollments, usage.devices], [2, 1]);
  });

  test('lets in only from where its filter says', async () => {
    const tenant = await newTenant(atOnce);
    const id = uniqueId('device');
    const { attestation } = await enroll(tenant, symmetricKeyEnrollment(id));
    const { primaryKey } = attestation.symmetricKey;
    const set = (...rules) =>
      command(tenant, 'tenant', 'set', tenant.tenant, ...rules.flatMap((rule) => ['--ip-rule', rule]));
    await set('loopback=reject:127.0.0.0/8:service-api');
    await expectSdkError(individual.get(serviceClient(tenant), id), unauthorized);
    expectAssigned(await registerWithKey(tenant, id, primaryKey), id);
    await set('first=accept:127.0.0.0/8:service-api', 'rest=reject:0.0.0.0/0');
    await individual.get(serviceClient(tenant), id);
    await expectSdkError(registerWithKey(tenant, id, primaryKey), unauthorized);
  });
});

// A tenant's rates, as Azure's unmodified SDKs feel them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CountingHttp, put, registerWithKey } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectRefused } from './lib/expect.mjs';
import { derivedKey } from './lib/sas.mjs';
import { enrollGroup, serviceRequest, serviceToken, symmetricKeyGroup } from './lib/service.mjs';
import { newTenant } from './lib/tenants.mjs';

async function tenantWithGroup(muster, ...options) {
  const tenant = await newTenant(muster, ...options);
  const { attestation } = await enrollGroup(tenant, symmetricKeyGroup('line-1'));
  return { tenant, keyOf: (id) => derivedKey(attestation.symmetricKey.primaryKey, id) };
}

describe('more registrations at once than a tenant may have', () => {
  for (const muster of [atOnce, polled])
    test(`all succeed with the Node SDK, ${muster === atOnce ? 'answered at once' : 'polled'}`, async () => {
      const DEVICES = 200;
      // Sixty at once; the rest waits up to fourteen seconds.
      const { tenant, keyOf } = await tenantWithGroup(muster, '--registrations-per-minute', '600');
      const http = Array.from({ length: DEVICES }, () => new CountingHttp());
      const states = await Promise.all(
        http.map(async (counting, index) => {
          const id = `device-${index}`;
          const payload = { index };
          return expectAssigned(await registerWithKey(tenant, id, keyOf(id), { http: counting, payload }), id);
        }),
      );
      assert.equal(states.length, DEVICES);
      assert.ok(http.some(({ polls }) => polls > 0), 'some had to wait');
    });

  test('are told when their turn is', async () => {
    const { tenant, keyOf } = await tenantWithGroup(atOnce, '--registrations-per-minute', '1');
    assert.equal((await put(tenant, 'device-0', keyOf('device-0'))).json.status, 'assigned');
    const putOff = await put(tenant, 'device-1', keyOf('device-1'));
    assert.equal(putOff.status, 202);
    assert.equal(putOff.json.status, 'assigning');
    const seconds = Number(putOff.headers['retry-after']);
    assert.ok(seconds > 30 && seconds <= 54, `Retry-After: ${seconds}`);
  });
});

describe('a device that asks too often', () => {
  test('is refused with 429 and told when to come again', async () => {
    const { tenant, keyOf } = await tenantWithGroup(atOnce, '--requests-per-minute-and-device', '2');
    const id = uniqueId('device');
    for (let i = 0; i < 2; ++i) assert.equal((await put(tenant, id, keyOf(id))).status, 202);
    const refused = await put(tenant, id, keyOf(id));
    expectRefused(refused, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await put(tenant, 'another', keyOf('another'))).status, 202);
  });
});

describe('a service client that calls too often', () => {
  test('is refused with 429 and told when to come again', async () => {
    const tenant = await newTenant(atOnce, '--service-calls-per-minute', '6');
    const call = (muster) =>
      serviceRequest(muster, {
        method: 'POST',
        path: '/enrollments/query',
        headers: { Authorization: serviceToken(muster) },
        body: { query: '*' },
      });
    const answers = [];
    for (let i = 0; i < 4; ++i) answers.push(await call(tenant));
    expectRefused(answers[3], 429);
    assert.ok(Number(answers[3].headers['retry-after']) > 0);
    assert.equal((await call(atOnce)).status, 200, 'another tenant is not held up');
  });
});

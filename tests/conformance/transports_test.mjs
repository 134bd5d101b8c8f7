// What takes longer than one answer, on every transport of Azure's unmodified device SDK: turns that are put off, and
// hubs that a webhook chooses.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned } from './lib/expect.mjs';
import { derivedKey } from './lib/sas.mjs';
import { enroll, enrollGroup, symmetricKeyEnrollment, symmetricKeyGroup } from './lib/service.mjs';
import { newTenant } from './lib/tenants.mjs';
import { transports } from './lib/transports.mjs';
import { Webhook } from './lib/webhook.mjs';

describe('more registrations at once than a tenant may have', () => {
  for (const { name, make } of transports)
    test(`all succeed over ${name}, in their turns`, async () => {
      const DEVICES = 80;
      // Sixty at once, then ten a second.
      const tenant = await newTenant(atOnce, '--registrations-per-minute', '600');
      const { attestation } = await enrollGroup(tenant, symmetricKeyGroup('line-1'));
      const began = performance.now();
      await Promise.all(
        Array.from({ length: DEVICES }, async (_, index) => {
          const id = `device-${index}`;
          const key = derivedKey(attestation.symmetricKey.primaryKey, id);
          expectAssigned(await registerWithKey(tenant, id, key, { http: make() }), id);
        }),
      );
      assert.ok(performance.now() - began > 1000, 'the last ones had to wait for their turn');
    });
});

describe('custom allocation', { concurrency: true }, () => {
  const webhook = new Webhook();
  before(() => webhook.start());
  after(() => webhook.stop());

  for (const { name, make } of transports)
    for (const path of ['/good', '/slow', '/once-busy'])
      test(`over ${name} by ${path}`, async () => {
        const id = uniqueId('custom');
        const terms = { allocationPolicy: 'custom', customAllocationDefinition: webhook.url(path), iotHubs: atOnce.hubs };
        const { attestation } = await enroll(atOnce, symmetricKeyEnrollment(id, {}, terms));
        const state = await registerWithKey(atOnce, id, attestation.symmetricKey.primaryKey, { http: make() });
        expectAssigned(state, id, { hub: atOnce.hubs.at(-1) });
        assert.deepEqual(state.payload, path === '/good' ? { told: [1, 'ä'] } : undefined);
        assert.equal(webhook.callsFor(id).length, path === '/once-busy' ? 2 : 1);
      });

  for (const { name, make } of transports)
    test(`over ${name} by a webhook that fails`, async () => {
      const id = uniqueId('custom');
      const customAllocationDefinition = webhook.url('/bad-request');
      const terms = { allocationPolicy: 'custom', customAllocationDefinition, iotHubs: atOnce.hubs };
      const { attestation } = await enroll(atOnce, symmetricKeyEnrollment(id, {}, terms));
      const registration = registerWithKey(atOnce, id, attestation.symmetricKey.primaryKey, { http: make() });
      await assert.rejects(registration, { name: 'ProvisioningRegistrationFailedError' });
    });
});

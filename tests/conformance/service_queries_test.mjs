// Queries of the service API: pages, filters, and the registrations of a group.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectRefused, expectSdkError } from './lib/expect.mjs';
import { kinds } from './lib/kinds.mjs';
import { derivedKey } from './lib/sas.mjs';
import {
  enroll,
  enrollGroup,
  pagesOf,
  resultsOf,
  serviceClient,
  serviceRequest,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
} from './lib/service.mjs';

const client = serviceClient(atOnce);

for (const kind of kinds)
  describe(`query of the ${kind.name}s`, () => {
    const ids = [];
    let disabled;
    before(async () => {
      for (let count = 0; count < 5; ++count) {
        const provisioningStatus = count === 0 ? 'disabled' : 'enabled';
        const stored = await kind.put(client, kind.withKeys(uniqueId('query'), {}, { provisioningStatus }));
        ids.push(stored[kind.idMember]);
      }
      disabled = ids[0];
    });
    const idsOf = (enrollments) => enrollments.map((enrollment) => enrollment[kind.idMember]);

    for (const text of [`SELECT * FROM ${kind.collection}`, `select * from ${kind.collection.toLowerCase()}`, '*'])
      test(`finds all with ${text}`, async () => {
        const found = idsOf(await resultsOf(kind.query(client, text)));
        for (const id of ids) assert.ok(found.includes(id), id);
        assert.equal(new Set(found).size, found.length);
      });

    test('shows no keys', async () => {
      for (const { attestation } of await resultsOf(kind.query(client, '*')))
        assert.ok(!attestation.symmetricKey?.primaryKey && !attestation.symmetricKey?.secondaryKey);
    });

    test('comes in pages of the size that was asked for, each enrollment once', async () => {
      const pages = await pagesOf(kind.query(client, '*', 2), 1000);
      for (const page of pages.slice(0, -1)) assert.equal(page.length, 2);
      assert.ok(pages.at(-1).length <= 2);
      const found = idsOf(pages.flat());
      assert.equal(new Set(found).size, found.length);
      for (const id of ids) assert.ok(found.includes(id), id);
    });

    test('can go on from a continuation token with another query object', async () => {
      const first = kind.query(client, '*', 2);
      const page = (await first.next()).responseBody;
      const rest = kind.query(client, '*', 2);
      const next = (await rest.next(first.continuationToken)).responseBody;
      assert.equal(idsOf(next).filter((id) => idsOf(page).includes(id)).length, 0);
    });

    test('names the kind of its items', async () => {
      const body = { query: `SELECT * FROM ${kind.collection}` };
      const answer = await serviceRequest(atOnce, { method: 'POST', path: `${kind.path}/query`, body });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers['x-ms-item-type'], kind.itemType);
    });

    test('filters by status', async () => {
      const from = `SELECT * FROM ${kind.collection} WHERE provisioningStatus`;
      const found = await resultsOf(kind.query(client, `${from} = 'disabled'`));
      assert.ok(idsOf(found).includes(disabled));
      for (const { provisioningStatus } of found) assert.equal(provisioningStatus, 'disabled');
      const others = idsOf(await resultsOf(kind.query(client, `${from} = 'enabled'`)));
      assert.ok(!others.includes(disabled));
      for (const id of ids.slice(1)) assert.ok(others.includes(id));
    });

    test('filters by id, and by several members together', async () => {
      const where = `SELECT * FROM ${kind.collection} WHERE ${kind.idMember} = '${ids[1]}'`;
      assert.deepEqual(idsOf(await resultsOf(kind.query(client, where))), [ids[1]]);
      const both = `${where} AND provisioningStatus = 'disabled'`;
      assert.deepEqual(await resultsOf(kind.query(client, both)), []);
    });

    test('filters over pages', async () => {
      const text = `SELECT * FROM ${kind.collection} WHERE ${kind.idMember} = '${ids[3]}'`;
      assert.deepEqual(idsOf(await resultsOf(kind.query(client, text, 1))), [ids[3]]);
    });

    test('is refused where it is not understood', async () => {
      for (const text of [
        'DELETE FROM everything',
        'SELECT * FROM x WHERE',
        `SELECT * FROM ${kind.collection} WHERE a LIKE 'b'`,
      ])
        await expectSdkError(kind.query(client, text).next(), { name: 'ArgumentError', status: 400 });
    });

    test('is refused with a continuation token or a page size that is none', async () => {
      for (const headers of [
        { 'x-ms-continuation': 'made up' },
        { 'x-ms-max-item-count': '-1' },
        { 'x-ms-max-item-count': 'many' },
      ]) {
        const answer = await serviceRequest(atOnce, {
          method: 'POST',
          path: `${kind.path}/query`,
          headers,
          body: { query: '*' },
        });
        expectRefused(answer, 400);
      }
    });
  });

describe('registrations', () => {
  let group, keys, ids;
  before(async () => {
    group = uniqueId('registrations');
    const stored = await enrollGroup(atOnce, symmetricKeyGroup(group));
    keys = stored.attestation.symmetricKey;
    ids = [uniqueId('registered'), uniqueId('registered'), uniqueId('registered')];
    for (const id of ids) await registerWithKey(atOnce, id, derivedKey(keys.primaryKey, id));
  });

  const stateOf = async (id) => (await client.getDeviceRegistrationState(id)).responseBody;

  test('are read one by one', async () => {
    expectAssigned(await stateOf(ids[0]), ids[0]);
    await expectSdkError(client.getDeviceRegistrationState(uniqueId('unknown')), { status: 404 });
  });

  test('stand in the individual enrollment', async () => {
    const id = uniqueId('registered');
    const stored = await enroll(atOnce, symmetricKeyEnrollment(id));
    await registerWithKey(atOnce, id, stored.attestation.symmetricKey.primaryKey);
    const read = (await client.getIndividualEnrollment(id)).responseBody;
    expectAssigned(read.registrationState, id);
  });

  test('of a group are found in pages', async () => {
    const query = client.createEnrollmentGroupDeviceRegistrationStateQuery(
      { query: 'SELECT * FROM enrollments' },
      group,
      2,
    );
    const pages = await pagesOf(query);
    assert.equal(pages[0].length, 2);
    assert.deepEqual(
      pages
        .flat()
        .map(({ registrationId }) => registrationId)
        .sort(),
      [...ids].sort(),
    );
    const headers = await serviceRequest(atOnce, {
      method: 'POST',
      path: `/registrations/${group}/query`,
      body: { query: '*' },
    });
    assert.equal(headers.headers['x-ms-item-type'], 'DeviceRegistration');
  });

  test('of an empty group are none', async () => {
    const empty = uniqueId('registrations');
    await enrollGroup(atOnce, symmetricKeyGroup(empty));
    const query = client.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, empty);
    assert.deepEqual(await resultsOf(query), []);
  });

  test('are deleted, with the ETag and without', async () => {
    const [first, second] = ids;
    await expectSdkError(client.deleteDeviceRegistrationState(first, 'IndyaW9uZyI='), {
      name: 'InvalidEtagError',
      status: 412,
    });
    await client.deleteDeviceRegistrationState(await stateOf(first));
    await expectSdkError(client.getDeviceRegistrationState(first), { status: 404 });
    await client.deleteDeviceRegistrationState(second);
    await expectSdkError(client.deleteDeviceRegistrationState(second), { status: 404 });
  });
});

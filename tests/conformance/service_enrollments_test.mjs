// Enrollments and groups through Azure's service SDK: each is created, read, changed and deleted as in Azure.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { TIME, expectRefused, expectSdkError } from './lib/expect.mjs';
import { kinds } from './lib/kinds.mjs';
import { newKey, serviceClient, serviceRequest } from './lib/service.mjs';
import { endorsementKeyAttributes, endorsementPolicy, softwareKey } from './lib/tpm.mjs';

const client = serviceClient(atOnce);

for (const kind of kinds)
  describe(kind.name, () => {
    const created = async (more) => kind.put(client, kind.withKeys(uniqueId('service'), {}, more));

    test('is created with the defaults of Azure', async () => {
      const id = uniqueId('service');
      const stored = await kind.put(client, kind.withKeys(id));
      assert.equal(stored[kind.idMember], id);
      assert.equal(stored.provisioningStatus, 'enabled');
      assert.deepEqual(stored.reprovisionPolicy, { updateHubAssignment: true, migrateDeviceData: true });
      assert.match(stored.createdDateTimeUtc, TIME);
      assert.match(stored.lastUpdatedDateTimeUtc, TIME);
      assert.notEqual(stored.etag, '');
      assert.equal(typeof stored.etag, 'string');
    });

    test('gets keys of its own where none are given', async () => {
      const [first, second] = [await created(), await created()];
      const keys = [first, second].flatMap(({ attestation }) => Object.values(attestation.symmetricKey));
      assert.equal(new Set(keys).size, 4);
      for (const key of keys) assert.ok(Buffer.from(key, 'base64').length >= 32);
      const blank = await kind.put(client, kind.withKeys(uniqueId('service'), { primaryKey: '', secondaryKey: '' }));
      assert.ok(blank.attestation.symmetricKey.primaryKey);
    });

    test('does not show its keys when it is read, only when they are asked for', async () => {
      const stored = await created();
      const id = stored[kind.idMember];
      const read = await kind.get(client, id);
      assert.equal(read.attestation.type, 'symmetricKey');
      for (const member of ['primaryKey', 'secondaryKey']) assert.ok(!read.attestation.symmetricKey?.[member]);
      assert.deepEqual(await kind.mechanism(client, id), stored.attestation);
      assert.equal(read.etag, stored.etag);
    });

    test('keeps its keys when it is changed without them', async () => {
      const stored = await created();
      const id = stored[kind.idMember];
      const read = await kind.get(client, id);
      await kind.put(client, { ...read, provisioningStatus: 'disabled' });
      assert.deepEqual(await kind.mechanism(client, id), stored.attestation);
      assert.equal((await kind.get(client, id)).provisioningStatus, 'disabled');
    });

    test('keeps everything that was set', async () => {
      const more = {
        provisioningStatus: 'disabled',
        reprovisionPolicy: { updateHubAssignment: false, migrateDeviceData: false },
        allocationPolicy: 'static',
        iotHubs: [atOnce.hubs[0]],
        capabilities: { iotEdge: true },
        initialTwin: { tags: { site: 'north', deep: { n: 1 } }, properties: { desired: { interval: 60 } } },
      };
      const stored = await created(more);
      const read = await kind.get(client, stored[kind.idMember]);
      for (const [member, value] of Object.entries(more))
        if (member !== 'initialTwin') assert.deepEqual(read[member], value, member);
      assert.deepEqual(read.initialTwin.tags, more.initialTwin.tags);
      assert.equal(read.initialTwin.properties.desired.interval, 60);
    });

    test('takes enumerations in any case, null for absent, and ignores members it does not know', async () => {
      const id = uniqueId('service');
      const stored = await kind.put(client, {
        ...kind.withKeys(id),
        attestation: { type: 'SymmetricKey', symmetricKey: null },
        provisioningStatus: 'Disabled',
        allocationPolicy: 'Hashed',
        initialTwin: null,
        somethingNew: { a: 1 },
      });
      assert.equal(stored.provisioningStatus, 'disabled');
      assert.equal(stored.allocationPolicy, 'hashed');
      assert.equal(stored.somethingNew, undefined);
    });

    test('gets a new ETag with each change, and keeps the time of its creation', async () => {
      const first = await created();
      const second = await kind.put(client, { ...first, provisioningStatus: 'disabled' });
      assert.notEqual(second.etag, first.etag);
      assert.equal(second.createdDateTimeUtc, first.createdDateTimeUtc);
    });

    test('refuses a change and a deletion with an old ETag', async () => {
      const first = await created();
      const second = await kind.put(client, { ...first, provisioningStatus: 'disabled' });
      const stale = { name: 'InvalidEtagError', status: 412 };
      await expectSdkError(kind.put(client, { ...first, provisioningStatus: 'enabled' }), stale);
      await expectSdkError(kind.remove(client, first), stale);
      await expectSdkError(kind.remove(client, first[kind.idMember], first.etag), stale);
      assert.equal((await kind.get(client, first[kind.idMember])).provisioningStatus, 'disabled');
      await kind.remove(client, second);
    });

    test('refuses a change with an ETag where nothing is', async () => {
      const stored = await created();
      await kind.remove(client, stored);
      const { status } = await serviceRequest(atOnce, {
        method: 'PUT',
        path: `${kind.path}/${stored[kind.idMember]}`,
        headers: { 'If-Match': stored.etag },
        body: kind.withKeys(stored[kind.idMember]),
      });
      assert.ok([404, 412].includes(status), `status ${status}`);
    });

    test('takes an ETag in every spelling that clients use, and *', async () => {
      let stored = await created();
      const bare = () => stored.etag.replaceAll('"', '');
      for (const spelled of [() => stored.etag, bare, () => `"${bare()}"`, () => `""${bare()}""`, () => '*']) {
        const answer = await serviceRequest(atOnce, {
          method: 'PUT',
          path: `${kind.path}/${stored[kind.idMember]}`,
          headers: { 'If-Match': spelled() },
          body: kind.withKeys(stored[kind.idMember]),
        });
        assert.equal(answer.status, 200, `${spelled}: ${answer.text}`);
        stored = answer.json;
      }
    });

    test('is deleted', async () => {
      const stored = await created();
      const id = stored[kind.idMember];
      const answer = await serviceRequest(atOnce, { method: 'DELETE', path: `${kind.path}/${id}` });
      assert.equal(answer.status, 204);
      await expectSdkError(kind.get(client, id), { status: 404 });
      await expectSdkError(kind.remove(client, id), { status: 404 });
      await expectSdkError(kind.mechanism(client, id), { status: 404 });
    });

    test('takes its id from the path, whatever the body says', async () => {
      const id = uniqueId('service');
      const body = kind.withKeys(uniqueId('other'));
      const answer = await serviceRequest(atOnce, { method: 'PUT', path: `${kind.path}/${id}`, body });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json[kind.idMember], id);
    });

    test('is found at paths in any case and with a trailing slash', async () => {
      const stored = await created();
      for (const path of [kind.path.toLowerCase(), kind.path.toUpperCase()]) {
        const answer = await serviceRequest(atOnce, { path: `${path}/${stored[kind.idMember]}/` });
        assert.equal(answer.status, 200, answer.text);
      }
    });

    for (const version of ['2018-04-01', '2019-03-31', '2021-10-01', '2025-07-01-preview'])
      test(`takes api-version ${version}`, async () => {
        const stored = await created();
        const answer = await serviceRequest(atOnce, { path: `${kind.path}/${stored[kind.idMember]}`, version });
        assert.equal(answer.status, 200, answer.text);
      });

    for (const [what, changes] of [
      ['no attestation', { attestation: undefined }],
      ['an attestation of no known kind', { attestation: { type: 'telepathy' } }],
      ['an attestation without its facts', { attestation: { type: 'x509' } }],
      [
        'a key that is no base64',
        { attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: '!', secondaryKey: '!' } } },
      ],
      [
        'a certificate that is none',
        { attestation: { type: 'x509', x509: { [kind.certificatesMember]: { primary: { certificate: newKey() } } } } },
      ],
      ['an endorsement key that is none', { attestation: { type: 'tpm', tpm: { endorsementKey: newKey() } } }],
      ['a status of no known kind', { provisioningStatus: 'perhaps' }],
      ['an allocation policy of no known kind', { allocationPolicy: 'astrology' }],
      ['a list where an object belongs', { reprovisionPolicy: [] }],
      ['a text where a list belongs', { iotHubs: 'one' }],
    ])
      test(`refuses ${what}`, async () => {
        const enrollment = { ...kind.withKeys(uniqueId('service')), ...changes };
        await expectSdkError(kind.put(client, enrollment), { name: 'ArgumentError', status: 400 });
        await expectSdkError(kind.get(client, enrollment[kind.idMember]), { status: 404 });
      });

    test('refuses an id that is none', async () => {
      for (const bad of ['a%20b', 'a%2Fb', '%C3%A4', 'x'.repeat(129)]) {
        const body = { attestation: { type: 'symmetricKey' } };
        expectRefused(await serviceRequest(atOnce, { method: 'PUT', path: `${kind.path}/${bad}`, body }), 400);
      }
    });

    test('refuses a body that is no JSON object', async () => {
      for (const body of ['', '[]', '{', 'null'])
        expectRefused(
          await serviceRequest(atOnce, { method: 'PUT', path: `${kind.path}/${uniqueId('s')}`, body }),
          400,
        );
    });
  });

describe('individual enrollment only', () => {
  const [kind, groups] = kinds;

  test('has a device id and information about the device', async () => {
    const more = { deviceId: 'In.the_Hub!', optionalDeviceInformation: { serial: '17', parts: { board: 3 } } };
    const stored = await kind.put(client, kind.withKeys(uniqueId('service'), {}, more));
    const read = await kind.get(client, stored.registrationId);
    assert.equal(read.deviceId, more.deviceId);
    assert.deepEqual(read.optionalDeviceInformation, more.optionalDeviceInformation);
  });

  test('is found under its id in any case', async () => {
    const stored = await kind.put(client, kind.withKeys(uniqueId('Service')));
    const read = await kind.get(client, stored.registrationId.toUpperCase());
    assert.equal(read.registrationId, stored.registrationId);
  });

  test('has a TPM, which a group has not', async () => {
    const endorsementKey = softwareKey(endorsementKeyAttributes, endorsementPolicy);
    const attestation = { type: 'tpm', tpm: { endorsementKey } };
    const stored = await kind.put(client, { registrationId: uniqueId('service'), attestation });
    assert.equal(stored.attestation.tpm.endorsementKey, endorsementKey);
    assert.equal((await kind.mechanism(client, stored.registrationId)).tpm.endorsementKey, endorsementKey);
    const group = { enrollmentGroupId: uniqueId('service'), attestation };
    await expectSdkError(groups.put(client, group), { name: 'ArgumentError', status: 400 });
  });
});

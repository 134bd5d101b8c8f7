// Azure's management client for Node, in both of its forms: every call, good and bad, by role.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CertificateMaker, derOf } from './lib/certificates.mjs';
import { registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectSdkError } from './lib/expect.mjs';
import { GROUP, SUBSCRIPTION, tokenOf, versions } from './lib/management.mjs';
import { command } from './lib/muster.mjs';
import { Table } from './lib/record.mjs';
import { enroll, newKey, serviceClient, symmetricKeyEnrollment } from './lib/service.mjs';
import { connectionString } from './lib/tenants.mjs';

const FIRST = 'default'; // the tenant that init makes

/** A call that must be refused with this status and a message in which these words stand. */
async function expectRefused(promise, status, words = '') {
  const names = { 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict' };
  let error;
  try {
    const result = await promise;
    assert.fail(`accepted: ${JSON.stringify(result)}`);
  } catch (caught) {
    if (caught instanceof assert.AssertionError) throw caught;
    error = caught;
  }
  assert.equal(error.name, 'RestError', error.stack);
  assert.equal(error.statusCode, status, error.message);
  assert.equal(error.code, { ...names, 412: 'PreconditionFailed' }[status]);
  // Version 6 has words of its own for lists that are refused.
  if (!error.message.startsWith('Pagination failed')) assert.ok(error.message.includes(words), error.message);
  // The form that the version reads the body in; version 6 does not where it waits for the end or reads lists.
  const read = error.response?.parsedBody ?? error.details;
  if (!read) return error;
  assert.equal(Math.floor(Number(read.code) / 1000), status);
  assert.equal(read.httpStatusCode, error.code);
  assert.equal(read.message, error.message);
  return error;
}

function connectionStringOf(service, { keyName, primaryKey }) {
  return connectionString(atOnce, `${keyName}@${service.properties.idScope}`, primaryKey);
}

const table = new Table('management-client', "Microsoft's management client for Node", 'Call');

for (const { version, called, connect } of versions)
  describe(`management client ${version}`, () => {
    let clients;
    let maker;
    const made = [];
    before(async () => {
      maker = new CertificateMaker();
      const roles = ['platform', 'operator', 'auditor', 'factory', 'installer'];
      const tokens = await Promise.all(roles.map((role) => tokenOf(atOnce, role)));
      clients = Object.fromEntries(roles.map((role, index) => [role, connect(atOnce, tokens[index])]));
    });
    after(async () => {
      for (const name of made) await clients.platform.remove(name);
      maker.remove();
    });

    /** A new service, which goes with the tests. */
    async function makeService(properties = {}, more = {}) {
      const name = uniqueId('dps');
      made.push(name);
      const description = { location: 'here', sku: { name: 'S1', capacity: 1 }, properties, ...more };
      return { name, service: await clients.platform.put(name, description) };
    }
    const hub = (host, more = {}) => ({
      connectionString: `HostName=${host};SharedAccessKeyName=iothubowner;SharedAccessKey=${newKey()}`,
      location: 'north',
      ...more,
    });

    describe('services', () => {
      test('are shown with every property', async () => {
        const service = await clients.operator.get(FIRST);
        assert.equal(
          service.id,
          `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Devices/provisioningServices/${FIRST}`,
        );
        assert.equal(service.name, FIRST);
        assert.equal(service.type, 'Microsoft.Devices/provisioningServices');
        assert.deepEqual(service.sku, { name: 'S1', tier: 'Standard', capacity: 1 });
        const { properties } = service;
        assert.equal(properties.idScope, atOnce.idScope);
        assert.equal(properties.state, 'Active');
        assert.equal(properties.provisioningState, 'Succeeded');
        assert.equal(properties.serviceOperationsHostName, atOnce.address);
        assert.equal(properties.deviceProvisioningHostName, atOnce.address);
        assert.ok(properties.iotHubs.some(({ name }) => name === atOnce.hubs[0]));
        const policy = properties.authorizationPolicies.find(({ keyName }) => keyName === 'provisioningserviceowner');
        assert.match(policy.rights, /ServiceConfig.*EnrollmentWrite/);
        assert.match(policy.primaryKey, /^\*+$/);
      });

      test('that are not there are not found', async () => {
        await expectRefused(clients.platform.get(uniqueId('none')), 404);
        await expectRefused(clients.platform.setTags(uniqueId('none'), {}), 404);
      });

      test('are made, and let devices in', async () => {
        const host = `${uniqueId('hub')}.hubs.muster.test`;
        const { name, service } = await makeService({ iotHubs: [hub(host)], allocationPolicy: 'Hashed' });
        assert.equal(service.name, name);
        assert.match(service.properties.idScope, /^0ne[0-9a-f]{8}$/i);

        const owner = await clients.platform.key(name, 'provisioningserviceowner');
        const id = uniqueId('device');
        const text = connectionStringOf(service, owner);
        const tenant = { ...atOnce, serviceConnectionString: text, idScope: service.properties.idScope };
        const stored = await enroll(tenant, symmetricKeyEnrollment(id));
        const state = await registerWithKey(tenant, id, stored.attestation.symmetricKey.primaryKey);
        expectAssigned(state, id, { hub: host });
      });

      test('are made by the platform alone', async () => {
        const description = { location: 'here', sku: { name: 'S1' }, properties: {} };
        for (const role of ['operator', 'auditor', 'factory', 'installer'])
          await expectRefused(clients[role].put(uniqueId('dps'), description), 403);
      });

      test('with names that cannot be are refused', async () => {
        const description = { location: 'here', sku: { name: 'S1' }, properties: {} };
        await expectRefused(clients.platform.put('under_score', description), 400, 'letters, digits and dashes');
      });

      test('are changed by what was read and combined', async () => {
        const host = `${uniqueId('hub')}.hubs.muster.test`;
        const { name } = await makeService({ iotHubs: [hub(host)] });
        const service = await clients.platform.get(name);
        service.location = 'elsewhere';
        service.properties.allocationPolicy = 'GeoLatency';
        service.properties.iotHubs[0].allocationWeight = 5;
        service.properties.iotHubs[0].applyAllocationPolicy = false;
        service.properties.iotHubs.push(hub(`second.${host}`));
        service.properties.ipFilterRules = [
          { filterName: 'office', action: 'Accept', ipMask: '127.0.0.0/8', target: 'serviceApi' },
        ];
        service.properties.authorizationPolicies.push({ keyName: 'reader', rights: 'EnrollmentRead, DeviceConnect' });
        const changed = await clients.platform.putAndPoll(name, service);
        assert.equal(changed.location, 'elsewhere');
        assert.equal(changed.properties.allocationPolicy, 'GeoLatency');
        const [first, second] = changed.properties.iotHubs;
        assert.deepEqual([first.allocationWeight, first.applyAllocationPolicy], [5, false]);
        assert.match(first.connectionString, /SharedAccessKey=\*+$/);
        assert.equal(second.name, `second.${host}`);
        assert.deepEqual(changed.properties.ipFilterRules, service.properties.ipFilterRules);
        assert.notEqual(changed.etag, service.etag);
        // What was read before is out of date now.
        await expectRefused(clients.platform.put(name, service), 412);
        assert.equal((await clients.platform.key(name, 'reader')).rights, 'EnrollmentRead, DeviceConnect');
      });

      test('let in whom their IP filter lets in', async () => {
        const { name, service } = await makeService({ iotHubs: [hub(`${uniqueId('hub')}.hubs.muster.test`)] });
        const owner = await clients.platform.key(name, 'provisioningserviceowner');
        const text = connectionStringOf(service, owner);
        const tenant = { ...atOnce, serviceConnectionString: text, idScope: service.properties.idScope };
        const id = uniqueId('device');
        const { attestation } = await enroll(tenant, symmetricKeyEnrollment(id));
        const register = () => registerWithKey(tenant, id, attestation.symmetricKey.primaryKey);
        const lookUp = () => serviceClient(tenant).getIndividualEnrollment(id);
        const reject = (target) =>
          clients.platform.put(name, {
            location: 'here',
            sku: { name: 'S1' },
            properties: { ipFilterRules: [{ filterName: 'all', action: 'Reject', ipMask: '0.0.0.0/0', target }] },
          });

        await reject('deviceApi');
        await expectSdkError(register(), { status: 401 });
        await lookUp();
        await reject('serviceApi');
        await expectSdkError(lookUp(), { status: 401 });
        expectAssigned(await register(), id);
      });

      test('say what they cannot be', async () => {
        const { name } = await makeService();
        const before = await clients.platform.get(name);
        const put = (properties) =>
          clients.platform.put(name, { location: 'here', sku: { name: 'S1' }, properties });
        await expectRefused(put({ publicNetworkAccess: 'Disabled' }), 400, 'ipFilterRules');
        await expectRefused(put({ allocationPolicy: 'Random' }), 400, 'GeoLatency');
        await expectRefused(put({ iotHubs: [{ connectionString: 'HostName=', location: 'x' }] }), 400, 'HostName');
        await expectRefused(put({ iotHubs: [hub('h.example', { allocationWeight: 5000 })] }), 400, 'weight');
        await expectRefused(
          put({ ipFilterRules: [{ filterName: 'a', action: 'Accept', ipMask: 'everywhere' }] }),
          400,
        );
        await expectRefused(put({ authorizationPolicies: [{ keyName: 'p', rights: 'Everything' }] }), 400, 'rights');
        assert.deepEqual(await clients.platform.get(name), before);
      });

      test('have tags', async () => {
        const { name } = await makeService();
        assert.deepEqual((await clients.platform.setTags(name, { plant: '7' })).tags, { plant: '7' });
        assert.deepEqual((await clients.platform.setTagsAndPoll(name, {})).tags, {});
        await expectRefused(clients.auditor.setTags(FIRST, { a: 'b' }), 403);
      });

      test('are listed: all of them to the platform, to others their own', async () => {
        const { name } = await makeService();
        for (const list of ['listBySubscription', 'listByResourceGroup']) {
          const names = (await clients.platform[list]()).map((service) => service.name);
          assert.ok(names.includes(name) && names.includes(FIRST));
          const own = await clients.auditor[list]();
          assert.deepEqual(
            own.map((service) => service.name),
            [FIRST],
          );
          await expectRefused(clients.installer[list](), 403);
        }
      });

      test('are removed, twice without harm', async () => {
        const { name } = await makeService();
        await expectRefused(clients.operator.remove(name), 403);
        await clients.platform.remove(name);
        await expectRefused(clients.platform.get(name), 404);
        await clients.platform.removeAndPoll(name);
      });

      test('of others are closed', async () => {
        const { name } = await makeService();
        await expectRefused(clients.operator.get(name), 403);
        await expectRefused(clients.operator.keys(name), 403);
        await expectRefused(clients.operator.certificateList(name), 403);
      });

      test('have names that can be asked for', async () => {
        const { name } = await makeService();
        assert.equal((await clients.platform.checkName(uniqueId('free'))).nameAvailable, true);
        const taken = await clients.platform.checkName(name);
        assert.deepEqual([taken.nameAvailable, taken.reason], [false, 'AlreadyExists']);
        assert.equal((await clients.platform.checkName('under_score')).reason, 'Invalid');
        await expectRefused(clients.operator.checkName('anything'), 403);
      });
    });

    describe('callers', () => {
      test('that are unknown are refused', async () => {
        for (const token of ['nothing', `mst_${'0'.repeat(64)}`])
          await expectRefused(connect(atOnce, token).get(FIRST), 401);
      });

      test('may do what their role allows', async () => {
        await clients.auditor.get(FIRST);
        await clients.auditor.certificateList(FIRST);
        await expectRefused(clients.auditor.keys(FIRST), 403, 'read_policy_keys');
        await expectRefused(clients.auditor.key(FIRST, 'provisioningserviceowner'), 403);
        const description = { location: 'x', sku: { name: 'S1' }, properties: {} };
        await expectRefused(clients.auditor.put(FIRST, description), 403);
        for (const role of ['factory', 'installer']) await expectRefused(clients[role].get(FIRST), 403);
      });
    });

    describe('keys', () => {
      test('are listed in the clear, and work', async () => {
        const keys = await clients.operator.keys(FIRST);
        const owner = keys.find(({ keyName }) => keyName === 'provisioningserviceowner');
        assert.ok(atOnce.serviceConnectionString.endsWith(owner.primaryKey));
        assert.notEqual(owner.primaryKey, owner.secondaryKey);
        await expectRefused(clients.operator.key(FIRST, 'nobody'), 404);
      });

      test('are regenerated by a PUT that carries new ones', async () => {
        const { name } = await makeService();
        const old = await clients.platform.key(name, 'provisioningserviceowner');
        const service = await clients.platform.get(name);
        const primaryKey = newKey();
        service.properties.authorizationPolicies[0].primaryKey = primaryKey;
        await clients.platform.put(name, service);
        const now = await clients.platform.key(name, 'provisioningserviceowner');
        assert.equal(now.primaryKey, primaryKey);
        assert.equal(now.secondaryKey, old.secondaryKey, 'what was masked stays');

        const lookUp = (keys) =>
          serviceClient(atOnce, connectionStringOf(service, keys)).getIndividualEnrollment(uniqueId('none'));
        await expectSdkError(lookUp(old), { status: 401 });
        await expectSdkError(lookUp(now), { status: 404 });
      });
    });

    describe('certificates', () => {
      async function uploaded(bytesOf = ({ cert }) => derOf(cert), more = {}) {
        const { name: service } = await makeService();
        const authority = await maker.authority(uniqueId('authority'));
        const properties = { certificate: Uint8Array.from(bytesOf(authority)), ...more };
        const certificate = await clients.platform.putCertificate(service, 'plant', { properties });
        return { service, authority, certificate };
      }

      for (const [form, bytesOf] of [
        ['DER', ({ cert }) => derOf(cert)],
        ['PEM', ({ cert }) => Buffer.from(cert)],
      ])
        test(`are taken as ${form} and shown`, async () => {
          const { service, authority, certificate } = await uploaded(bytesOf);
          assert.equal(certificate.name, 'plant');
          assert.equal(certificate.type, 'Microsoft.Devices/provisioningServices/certificates');
          const { properties } = certificate;
          assert.match(properties.subject, new RegExp(authority.commonName));
          assert.match(properties.thumbprint, /^[0-9A-F]{40}$/i);
          assert.equal(properties.isVerified, false);
          assert.deepEqual(Buffer.from(properties.certificate), derOf(authority.cert));
          for (const date of [properties.expiry, properties.created, properties.updated])
            assert.ok(date instanceof Date && !Number.isNaN(date.getTime()), String(date));
          assert.ok(properties.expiry > new Date());
          assert.deepEqual(await clients.platform.certificate(service, 'plant'), certificate);
          const { value } = await clients.platform.certificateList(service);
          assert.deepEqual(value, [certificate]);
        });

      test('are verified on upload where the operator vouches for them', async () => {
        const { certificate } = await uploaded(undefined, { isVerified: true });
        assert.equal(certificate.properties.isVerified, true);
      });

      test('are verified by a proof of possession', async () => {
        const { service, authority, certificate } = await uploaded();
        const coded = await clients.platform.drawCode(service, 'plant', certificate.etag);
        const { verificationCode } = coded.properties;
        assert.match(verificationCode, /^[0-9A-Fa-f]{32,}$/);

        const stranger = await maker.authority('stranger');
        const wrongIssuer = await maker.device(verificationCode, { issuer: stranger });
        const wrongName = await maker.device('another-code', { issuer: authority });
        for (const { cert } of [wrongIssuer, wrongName])
          await expectRefused(clients.platform.verify(service, 'plant', coded.etag, cert), 400);
        const { cert: proof } = await maker.device(verificationCode, { issuer: authority });
        await expectRefused(clients.platform.verify(service, 'plant', 'stale', proof), 412);
        const verified = await clients.platform.verify(service, 'plant', coded.etag, proof);
        assert.equal(verified.properties.isVerified, true);
      });

      test('that are none are refused', async () => {
        const { name } = await makeService();
        const put = (certificate) =>
          clients.platform.putCertificate(name, 'plant', { properties: { certificate: Uint8Array.from(certificate) } });
        await expectRefused(put(Buffer.from('not a certificate')), 400);
        await expectRefused(put(derOf((await maker.device('leaf')).cert)), 400);
        await expectRefused(clients.platform.certificate(name, 'plant'), 404);
        await expectRefused(clients.platform.drawCode(name, 'plant', '*'), 404);
      });

      test('are replaced and removed with their entity tag', async () => {
        const { service, certificate } = await uploaded();
        const replacement = await maker.authority(uniqueId('authority'));
        const description = { properties: { certificate: Uint8Array.from(derOf(replacement.cert)) } };
        await expectRefused(
          clients.platform.putCertificate(service, 'plant', description, { ifMatch: 'stale' }),
          412,
        );
        const replaced = await clients.platform.putCertificate(service, 'plant', description, {
          ifMatch: certificate.etag,
        });
        await expectRefused(clients.platform.removeCertificate(service, 'plant', certificate.etag), 412);
        await clients.platform.removeCertificate(service, 'plant', replaced.etag);
        await expectRefused(clients.platform.certificate(service, 'plant'), 404);
      });

      test('are changed by administrators alone', async () => {
        const description = { properties: { certificate: Uint8Array.from([48, 0]) } };
        await expectRefused(clients.auditor.putCertificate(FIRST, 'plant', description), 403);
        await expectRefused(clients.auditor.removeCertificate(FIRST, 'plant', '*'), 403);
        await expectRefused(clients.auditor.drawCode(FIRST, 'plant', '*'), 403);
        await expectRefused(clients.auditor.verify(FIRST, 'plant', '*', 'x'), 403);
      });
    });

    describe('what Azure has and Muster does not', () => {
      test('is empty, or not found', async () => {
        assert.deepEqual(await clients.operator.skus(FIRST), [{ name: 'S1' }]);
        assert.deepEqual(Array.from(await clients.operator.privateEndpoints(FIRST)), []);
        assert.deepEqual((await clients.operator.privateLinks(FIRST)).value, []);
        await expectRefused(clients.operator.privateLink(FIRST, 'iotDps'), 404, 'private');
        await expectRefused(clients.operator.privateEndpoint(FIRST, 'e'), 404, 'private');
        const connection = {
          properties: { privateLinkServiceConnectionState: { status: 'Approved', description: 'x' } },
        };
        for (const call of ['putPrivateEndpoint', 'putPrivateEndpointAndPoll'])
          await expectRefused(clients.operator[call](FIRST, 'e', connection), 404, 'private');
        for (const call of ['removePrivateEndpoint', 'removePrivateEndpointAndPoll'])
          await expectRefused(clients.operator[call](FIRST, 'e'), 404, 'private');
        await expectRefused(clients.operator.operationResult(FIRST, 'any'), 404, 'finished');
        const operations = await clients.operator.operations();
        assert.ok(operations.some(({ name }) => name === 'Microsoft.Devices/provisioningServices/write'));
      });
    });

    test('has no method that was not called here', () => {
      const missing = clients.platform.methods().filter((name) => !called.has(name));
      assert.deepEqual(missing, []);
      for (const name of [...called].sort()) table.note(name, `version ${version}`);
    });
  });

describe('hubs that were linked by the management API', () => {
  test('are those of the admin API', async () => {
    const { connect } = versions[0];
    const client = connect(atOnce, await tokenOf(atOnce, 'operator'));
    const service = await client.get(FIRST);
    const listed = await command(atOnce, 'hub', 'list');
    assert.deepEqual(
      service.properties.iotHubs.map(({ name }) => name).sort(),
      (listed.items ?? listed).map(({ name }) => name).sort(),
    );
  });
});

// Who may use the service API.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectRefused, expectSdkError } from './lib/expect.mjs';
import { individual } from './lib/kinds.mjs';
import { command } from './lib/muster.mjs';
import { encodeLowerCase, secondsFromNow, token } from './lib/sas.mjs';
import {
  clientWithToken,
  newKey,
  parseConnectionString,
  resultsOf,
  serviceClient,
  serviceRequest,
  serviceToken,
  symmetricKeyEnrollment,
} from './lib/service.mjs';

const unauthorized = { name: 'UnauthorizedError', status: 401 };
const facts = parseConnectionString(atOnce.serviceConnectionString);
const path = '/enrollments/query';
const query = (headers) => serviceRequest(atOnce, { method: 'POST', path, headers, body: { query: '*' } });

describe('token of the service API', () => {
  test('is that of the built-in policy with all rights', () => {
    assert.equal(facts.SharedAccessKeyName, 'provisioningserviceowner');
    assert.equal(facts.HostName, atOnce.address);
  });

  for (const [client, make] of [
    ['the Node SDK', () => token(facts.HostName, facts.SharedAccessKey, { name: facts.SharedAccessKeyName })],
    [
      'the C SDK',
      () =>
        token(encodeLowerCase(facts.HostName), facts.SharedAccessKey, {
          name: facts.SharedAccessKeyName,
          encode: encodeLowerCase,
        }),
    ],
    ['a script for one path', () => serviceToken(atOnce, { resource: `${facts.HostName}/enrollments` })],
  ])
    test(`as ${client} makes it is taken`, async () => {
      assert.equal((await query({ Authorization: make() })).status, 200);
    });

  test('signed with a wrong key is refused', async () => {
    const text = atOnce.serviceConnectionString.replace(facts.SharedAccessKey, newKey());
    const client = serviceClient(atOnce, text);
    await expectSdkError(individual.get(client, uniqueId('any')), unauthorized);
    await expectSdkError(individual.put(client, symmetricKeyEnrollment(uniqueId('any'))), unauthorized);
    await expectSdkError(resultsOf(individual.query(client, '*')), unauthorized);
  });

  test('that has expired is refused', async () => {
    const client = clientWithToken(atOnce, serviceToken(atOnce, { expiry: secondsFromNow(-1) }));
    await expectSdkError(individual.get(client, uniqueId('any')), unauthorized);
  });

  test('of a policy that does not exist is refused', async () => {
    await expectSdkError(
      individual.get(clientWithToken(atOnce, serviceToken(atOnce, { name: 'nobody' })), uniqueId('any')),
      unauthorized,
    );
  });

  test('for another host or another path is refused', async () => {
    for (const resource of [
      'example.net',
      `${facts.HostName}.example.net`,
      `${facts.HostName}/enrollmentGroups`,
      `${facts.HostName}/enroll`,
    ])
      expectRefused(await query({ Authorization: serviceToken(atOnce, { resource }) }), 401);
  });

  test('is needed', async () => {
    for (const Authorization of [
      '',
      'Bearer nothing',
      'SharedAccessSignature ',
      `SharedAccessSignature sr=${facts.HostName}`,
    ])
      expectRefused(await query({ Authorization }), 401);
  });

  test('of a device is refused', async () => {
    const id = uniqueId('device');
    const stored = await individual.put(serviceClient(atOnce), symmetricKeyEnrollment(id));
    const key = stored.attestation.symmetricKey.primaryKey;
    const Authorization = token(encodeURIComponent(`${atOnce.idScope}/registrations/${id}`), key);
    expectRefused(await query({ Authorization }), 401);
  });
});

describe('policy', () => {
  async function clientOf(...rights) {
    const policy = await command(atOnce, 'policy', 'add', uniqueId('policy'), '--rights', rights.join(','));
    const { HostName } = facts;
    const text = `HostName=${HostName};SharedAccessKeyName=${policy.name};SharedAccessKey=${policy.primary_key}`;
    return serviceClient(atOnce, text);
  }
  // Azure documents 401 alone for the service API; HTTP's own word for a right that is missing is 403.
  const notAllowed = { status: [401, 403] };

  test('that may read enrollments cannot change them, nor see their keys', async () => {
    const { registrationId: id } = await individual.put(
      serviceClient(atOnce),
      symmetricKeyEnrollment(uniqueId('policy')),
    );
    const reader = await clientOf('EnrollmentRead');
    assert.equal((await individual.get(reader, id)).registrationId, id);
    await resultsOf(individual.query(reader, `SELECT * FROM enrollments WHERE registrationId = '${id}'`));
    await expectSdkError(individual.put(reader, symmetricKeyEnrollment(id)), notAllowed);
    await expectSdkError(individual.remove(reader, id), notAllowed);
    await expectSdkError(individual.mechanism(reader, id), notAllowed);
    await expectSdkError(reader.getDeviceRegistrationState(id), notAllowed);
  });

  test('that may read registrations cannot read enrollments', async () => {
    const reader = await clientOf('RegistrationStatusRead');
    await expectSdkError(reader.getDeviceRegistrationState(uniqueId('unknown')), { status: 404 });
    await expectSdkError(individual.get(reader, uniqueId('any')), notAllowed);
    await expectSdkError(reader.deleteDeviceRegistrationState(uniqueId('any')), notAllowed);
  });
});

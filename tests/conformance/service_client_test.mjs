// Every method of Azure's service client for Node, good and bad, through its promises and through its callbacks. The
// other service_*_test.mjs go into what the calls mean; this one sees to it that none is left out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import service from 'azure-iot-provisioning-service';
import { registerWithKey } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectSdkError } from './lib/expect.mjs';
import { group, individual } from './lib/kinds.mjs';
import { Table } from './lib/record.mjs';
import { derivedKey } from './lib/sas.mjs';
import {
  newKey,
  parseConnectionString,
  resultsOf,
  runBulk,
  serviceClient,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
} from './lib/service.mjs';

const { ProvisioningServiceClient } = service;
const notFound = { status: 404 };
const client = serviceClient(atOnce);
/** Signed with a key that nobody has. */
const { HostName, SharedAccessKeyName } = parseConnectionString(atOnce.serviceConnectionString);
const stranger = serviceClient(
  atOnce,
  `HostName=${HostName};SharedAccessKeyName=${SharedAccessKeyName};SharedAccessKey=${newKey()}`,
);
const unauthorized = (promise) => expectSdkError(promise, { name: 'UnauthorizedError', status: 401 });

/** The callback form of a method, as a promise of the result. */
function withCallback(method, ...given) {
  return new Promise((resolve, reject) => {
    client[method](...given, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

async function registeredDevice() {
  const id = uniqueId('client');
  const stored = await individual.put(client, symmetricKeyEnrollment(id));
  expectAssigned(await registerWithKey(atOnce, id, stored.attestation.symmetricKey.primaryKey), id);
  return id;
}

async function registeredInGroup() {
  const groupId = uniqueId('group');
  const key = newKey();
  await group.put(client, symmetricKeyGroup(groupId, { primaryKey: key, secondaryKey: newKey() }));
  const id = uniqueId('member');
  expectAssigned(await registerWithKey(atOnce, id, derivedKey(key, id)), id);
  return { groupId, id };
}

/** What the calls about enrollments are, for both kinds; `names` are the client's own. */
function callsOf(kind, names) {
  const make = async (more) => kind.put(client, kind.withKeys(uniqueId('client'), {}, more));
  return {
    [names.put]: {
      good: async () => {
        const id = uniqueId('client');
        assert.equal((await kind.put(client, kind.withKeys(id)))[kind.idMember], id);
        const { etag } = await withCallback(names.put, kind.withKeys(id, {}, { provisioningStatus: 'disabled' }));
        assert.equal(typeof etag, 'string');
        assert.equal((await kind.get(client, id)).provisioningStatus, 'disabled');
      },
      bad: async () => {
        const odd = { [kind.idMember]: uniqueId('client'), attestation: { type: 'nothing' } };
        await expectSdkError(kind.put(client, odd), { name: 'ArgumentError', status: 400, codes: 400002 });
        await unauthorized(kind.put(stranger, kind.withKeys(uniqueId('client'))));
        await assert.rejects(() => client[names.put](undefined), ReferenceError);
      },
    },
    [names.get]: {
      good: async () => {
        const stored = await make();
        const id = stored[kind.idMember];
        assert.equal((await kind.get(client, id)).etag, stored.etag);
        assert.equal((await withCallback(names.get, id))[kind.idMember], id);
      },
      bad: async () => {
        await expectSdkError(kind.get(client, uniqueId('none')), notFound);
        await expectSdkError(withCallback(names.get, uniqueId('none')), notFound);
        await unauthorized(kind.get(stranger, uniqueId('none')));
      },
    },
    [names.remove]: {
      good: async () => {
        const [byObject, byId, byTag, byCallback] = await Promise.all([make(), make(), make(), make()]);
        await kind.remove(client, byObject);
        await kind.remove(client, byId[kind.idMember]);
        await kind.remove(client, byTag[kind.idMember], byTag.etag);
        await withCallback(names.remove, byCallback[kind.idMember]);
        for (const gone of [byObject, byId, byTag, byCallback])
          await expectSdkError(kind.get(client, gone[kind.idMember]), notFound);
      },
      bad: async () => {
        const stored = await make();
        await expectSdkError(kind.remove(client, stored[kind.idMember], 'stale'), { status: 412 });
        await expectSdkError(kind.remove(client, uniqueId('none')), notFound);
        await unauthorized(kind.remove(stranger, stored[kind.idMember]));
        await kind.get(client, stored[kind.idMember]);
      },
    },
    [names.query]: {
      good: async () => {
        const id = (await make())[kind.idMember];
        const found = await resultsOf(
          kind.query(client, `SELECT * FROM ${kind.collection} WHERE ${kind.idMember} = '${id}'`, 1),
        );
        assert.deepEqual(
          found.map((item) => item[kind.idMember]),
          [id],
        );
      },
      bad: async () => {
        await expectSdkError(resultsOf(kind.query(client, 'DROP TABLE enrollments')), { status: 400 });
        await unauthorized(resultsOf(kind.query(stranger, '*')));
      },
    },
    [names.mechanism]: {
      good: async () => {
        const stored = await make();
        const id = stored[kind.idMember];
        const { attestation } = stored;
        assert.deepEqual(await kind.mechanism(client, id), attestation);
        assert.deepEqual(await withCallback(names.mechanism, id), attestation);
      },
      bad: async () => {
        await expectSdkError(kind.mechanism(client, uniqueId('none')), notFound);
        await unauthorized(kind.mechanism(stranger, uniqueId('none')));
      },
    },
  };
}

const calls = {
  ...callsOf(individual, {
    put: 'createOrUpdateIndividualEnrollment',
    get: 'getIndividualEnrollment',
    remove: 'deleteIndividualEnrollment',
    query: 'createIndividualEnrollmentQuery',
    mechanism: 'getIndividualEnrollmentAttestationMechanism',
  }),
  ...callsOf(group, {
    put: 'createOrUpdateEnrollmentGroup',
    get: 'getEnrollmentGroup',
    remove: 'deleteEnrollmentGroup',
    query: 'createEnrollmentGroupQuery',
    mechanism: 'getEnrollmentGroupAttestationMechanism',
  }),
  getDeviceRegistrationState: {
    good: async () => {
      const id = await registeredDevice();
      const { responseBody } = await client.getDeviceRegistrationState(id);
      expectAssigned(responseBody, id);
      assert.equal((await withCallback('getDeviceRegistrationState', id)).registrationId, id);
    },
    bad: async () => {
      await expectSdkError(client.getDeviceRegistrationState(uniqueId('none')), notFound);
      const enrolled = await individual.put(client, symmetricKeyEnrollment(uniqueId('client')));
      await expectSdkError(client.getDeviceRegistrationState(enrolled.registrationId), notFound);
      await unauthorized(stranger.getDeviceRegistrationState(uniqueId('none')));
    },
  },
  deleteDeviceRegistrationState: {
    good: async () => {
      for (const remove of [
        (state) => client.deleteDeviceRegistrationState(state.registrationId),
        (state) => client.deleteDeviceRegistrationState(state),
        (state) => client.deleteDeviceRegistrationState(state.registrationId, state.etag),
        (state) => withCallback('deleteDeviceRegistrationState', state.registrationId),
      ]) {
        const id = await registeredDevice();
        await remove((await client.getDeviceRegistrationState(id)).responseBody);
        await expectSdkError(client.getDeviceRegistrationState(id), notFound);
      }
    },
    bad: async () => {
      const id = await registeredDevice();
      await expectSdkError(client.deleteDeviceRegistrationState(id, 'stale'), { status: 412 });
      await expectSdkError(client.deleteDeviceRegistrationState(uniqueId('none')), notFound);
      await unauthorized(stranger.deleteDeviceRegistrationState(id));
      await client.getDeviceRegistrationState(id);
    },
  },
  createEnrollmentGroupDeviceRegistrationStateQuery: {
    good: async () => {
      const { groupId, id } = await registeredInGroup();
      const found = await resultsOf(
        client.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, groupId, 10),
      );
      assert.deepEqual(
        found.map((state) => state.registrationId),
        [id],
      );
    },
    bad: async () => {
      const of = (who, groupId) =>
        resultsOf(who.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, groupId));
      await expectSdkError(of(client, uniqueId('none')), notFound);
      await unauthorized(of(stranger, uniqueId('none')));
    },
  },
  runBulkEnrollmentOperation: {
    good: async () => {
      const enrollments = [1, 2].map(() => symmetricKeyEnrollment(uniqueId('bulk')));
      assert.deepEqual(await runBulk(client, 'create', enrollments), { isSuccessful: true, errors: [] });
    },
    bad: async () => {
      const stored = await individual.put(client, symmetricKeyEnrollment(uniqueId('bulk')));
      const { isSuccessful, errors } = await runBulk(client, 'create', [stored]);
      assert.equal(isSuccessful, false);
      assert.equal(errors[0].registrationId, stored.registrationId);
      const many = Array.from({ length: 11 }, () => symmetricKeyEnrollment(uniqueId('bulk')));
      await expectSdkError(runBulk(client, 'create', many), { status: 400 });
      await unauthorized(runBulk(stranger, 'create', [symmetricKeyEnrollment(uniqueId('bulk'))]));
    },
  },
};

/** How clients are made. */
const makers = {
  fromConnectionString: {
    good: async () => {
      const made = ProvisioningServiceClient.fromConnectionString(atOnce.serviceConnectionString);
      await expectSdkError(individual.get(made, uniqueId('none')), notFound);
    },
    bad: async () => {
      assert.throws(() => ProvisioningServiceClient.fromConnectionString(''), ReferenceError);
      await unauthorized(individual.get(stranger, uniqueId('none')));
    },
  },
  // It sends tokens of Azure's directory ("Bearer ..."), which this service does not know.
  fromTokenCredential: {
    bad: async () => {
      const credential = { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 3600_000 }) };
      const made = ProvisioningServiceClient.fromTokenCredential(HostName, credential);
      await unauthorized(individual.get(made, uniqueId('none')));
    },
  },
};

const table = new Table('service-client', "Microsoft's service client for Node", 'Call');

describe('service client', () => {
  for (const [name, { good, bad }] of Object.entries({ ...calls, ...makers })) {
    if (good) test(`${name} works`, table.counting(name, 'works', good));
    test(`${name} is refused for a reason`, table.counting(name, 'is refused for a reason', bad));
  }

  // So that a method which a newer client brings cannot be overlooked.
  test('has no method that is not called here', () => {
    const own = Object.getOwnPropertyNames(ProvisioningServiceClient.prototype);
    const methods = own.filter((name) => name !== 'constructor' && !name.startsWith('_'));
    assert.deepEqual(methods.sort(), Object.keys(calls).sort());
    const statics = Object.getOwnPropertyNames(ProvisioningServiceClient).filter(
      (name) => typeof ProvisioningServiceClient[name] === 'function',
    );
    assert.deepEqual(statics.sort(), Object.keys(makers).sort());
  });
});

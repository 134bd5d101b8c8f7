// Azure's device SDK, unmodified, on every transport with every kind of attestation, where the combination exists: good
// and bad cases, against a service that answers at once and one that lets devices poll.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import symmetricKey from 'azure-iot-security-symmetric-key';
import x509 from 'azure-iot-security-x509';
import { CertificateMaker, withChain } from './lib/certificates.mjs';
import { register } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned } from './lib/expect.mjs';
import { Table } from './lib/record.mjs';
import {
  enroll,
  enrollGroup,
  newKey,
  serviceClient,
  symmetricKeyEnrollment,
  symmetricKeyGroup,
  tpmEnrollment,
  x509Enrollment,
  x509Group,
} from './lib/service.mjs';
import { SoftwareTpm, endorsementKeyAttributes, endorsementPolicy, softwareKey } from './lib/tpm.mjs';
import { transports } from './lib/transports.mjs';

const table = new Table('matrix', "Microsoft's device SDK for Node", 'Transport');
let maker;
let tpm;
before(async () => {
  maker = new CertificateMaker();
  tpm = await SoftwareTpm.start();
});
after(async () => {
  maker.remove();
  await tpm?.stop();
});

function nameOf(error) {
  const rejection = error.amqpError ?? error;
  if (error.response?.statusCode === 404) return 'DeviceNotFoundError'; // over HTTPS a plain Error
  return /^amqp:(not-found|unauthorized-access)$/.test(rejection.condition) ? 'amqp:rejection' : error.name;
}

function keyClient(id, key) {
  return new symmetricKey.SymmetricKeySecurityClient(id, key);
}
function certificateClient(id, identity) {
  return new x509.X509Security(id, identity);
}
function derive(groupKey, id) {
  return createHmac('sha256', Buffer.from(groupKey, 'base64')).update(id).digest('base64');
}

/** `secondary` and `wrong` are other proofs for the same device; `wrong` must be refused. */
const kinds = [
  {
    name: 'TPM',
    excludes: ['MQTT', 'MQTT over WebSocket'], // Azure has none there
    async prepare(muster, more) {
      const id = uniqueId('matrix-tpm');
      const device = tpm.client(id);
      await enroll(muster, tpmEnrollment(id, (await device.endorsementKey()).toString('base64'), more));
      const other = uniqueId('matrix-tpm');
      await enroll(muster, tpmEnrollment(other, softwareKey(endorsementKeyAttributes, endorsementPolicy)));
      return {
        id,
        primary: () => tpm.client(id).security,
        wrong: () => tpm.client(other).security,
        unknown: () => tpm.client(uniqueId('matrix-unknown')).security,
      };
    },
    state: (result) => result.registrationState,
  },
  {
    name: 'X.509, individual',
    async prepare(muster, more) {
      const id = uniqueId('matrix-x509');
      const [primary, secondary, wrong] = [await maker.device(id), await maker.device(id), await maker.device(id)];
      const certificates = { primary: { certificate: primary.cert }, secondary: { certificate: secondary.cert } };
      await enroll(muster, x509Enrollment(id, certificates, more));
      const stranger = uniqueId('matrix-unknown');
      const unknown = await maker.device(stranger);
      return {
        id,
        primary: () => certificateClient(id, primary),
        secondary: () => certificateClient(id, secondary),
        wrong: () => certificateClient(id, wrong),
        unknown: () => certificateClient(stranger, unknown),
      };
    },
  },
  {
    name: 'X.509, group with chain',
    async prepare(muster, more) {
      const roots = [await maker.authority(uniqueId('root')), await maker.authority(uniqueId('root'))];
      const certificates = { primary: { certificate: roots[0].cert }, secondary: { certificate: roots[1].cert } };
      await enrollGroup(muster, x509Group(uniqueId('matrix-group'), certificates, more));
      const id = uniqueId('matrix-x509');
      const chained = async (root, options = {}) => {
        const first = await maker.authority(uniqueId('intermediate'), root);
        const second = await maker.authority(uniqueId('intermediate'), first);
        return withChain(await maker.device(id, { issuer: second, ...options }), second, first);
      };
      const primary = await chained(roots[0]);
      const secondary = await chained(roots[1]);
      const wrong = await chained(roots[0], { days: -1 });
      const unknown = await chained(await maker.authority(uniqueId('stranger')));
      return {
        id,
        primary: () => certificateClient(id, primary),
        secondary: () => certificateClient(id, secondary),
        wrong: () => certificateClient(id, wrong),
        unknown: () => certificateClient(id, unknown),
      };
    },
  },
  {
    name: 'symmetric key, individual',
    async prepare(muster, more) {
      const id = uniqueId('matrix-key');
      const [primaryKey, secondaryKey] = [newKey(), newKey()];
      await enroll(muster, symmetricKeyEnrollment(id, { primaryKey, secondaryKey }, more));
      return {
        id,
        primary: () => keyClient(id, primaryKey),
        secondary: () => keyClient(id, secondaryKey),
        wrong: () => keyClient(id, newKey()),
        unknown: () => keyClient(uniqueId('matrix-unknown'), newKey()),
      };
    },
  },
  {
    name: 'symmetric key, group',
    async prepare(muster, more) {
      const id = uniqueId('matrix-key');
      const [primaryKey, secondaryKey] = [newKey(), newKey()];
      await enrollGroup(muster, symmetricKeyGroup(uniqueId('matrix-group'), { primaryKey, secondaryKey }, more));
      return {
        id,
        primary: () => keyClient(id, derive(primaryKey, id)),
        secondary: () => keyClient(id, derive(secondaryKey, id)),
        wrong: () => keyClient(id, derive(primaryKey, `${id}-2`)),
        unknown: () => keyClient(id, derive(newKey(), id)),
      };
    },
  },
];

for (const transport of transports) {
  for (const kind of kinds) {
    if (kind.excludes?.includes(transport.name)) continue;
    const stateOf = kind.state ?? ((result) => result);
    const attempt = (muster, security, options) =>
      register(muster, security, { http: transport.make(), ...options }).then(stateOf);
    const cell = (body) => table.counting(transport.name, kind.name, body);

    async function expectRefused(muster, security) {
      let assigned;
      try {
        assigned = await attempt(muster, security);
      } catch (error) {
        assert.ok(transport.refusals.includes(nameOf(error)), `${nameOf(error)}: ${inspect(error)}`);
        return;
      }
      assert.fail(`accepted: ${JSON.stringify(assigned)}`);
    }

    describe(`${transport.name}, ${kind.name}`, () => {
      for (const [server, muster] of [
        ['that answers at once', atOnce],
        ['that lets devices poll', polled],
      ]) {
        test(
          `registers with a service ${server}, takes a payload along, and registers again`,
          cell(async () => {
            const device = await kind.prepare(muster);
            const first = expectAssigned(await attempt(muster, device.primary()), device.id);
            const again = await attempt(muster, device.primary(), { payload: { line: 3 } });
            const substatus = 'reprovisionedToInitialAssignment';
            expectAssigned(again, device.id, { hub: first.assignedHub, substatus });
          }),
        );
      }

      if (kind.name !== 'TPM') {
        test(
          'registers with the secondary proof',
          cell(async () => {
            const device = await kind.prepare(atOnce);
            expectAssigned(await attempt(atOnce, device.secondary()), device.id);
          }),
        );
      }

      test(
        'is refused with another proof, and registers with the right one afterwards',
        cell(async () => {
          const device = await kind.prepare(atOnce);
          await expectRefused(atOnce, device.wrong());
          expectAssigned(await attempt(atOnce, device.primary()), device.id);
        }),
      );

      test(
        'is refused where nobody enrolled it',
        cell(async () => {
          const device = await kind.prepare(atOnce);
          await expectRefused(atOnce, device.unknown());
        }),
      );

      test(
        'is refused where its enrollment is disabled',
        cell(async () => {
          const device = await kind.prepare(atOnce, { provisioningStatus: 'disabled' });
          await expectRefused(atOnce, device.primary());
          await assert.rejects(serviceClient(atOnce).getDeviceRegistrationState(device.id));
        }),
      );
    });
  }
}

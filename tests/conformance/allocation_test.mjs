// Which hub a device gets, and what becomes of it when it comes again: by Azure's device SDK over HTTPS, with a webhook
// that is a real server.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { deviceToken, lookUp, poll, put, registerWithKey } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectRefused } from './lib/expect.mjs';
import { command } from './lib/muster.mjs';
import { enroll, enrollGroup, symmetricKeyEnrollment, symmetricKeyGroup } from './lib/service.mjs';
import { derivedKey } from './lib/sas.mjs';
import { Webhook, twin } from './lib/webhook.mjs';

/** A hub of this test's own: others pass it over. */
async function hub(options = [], muster = atOnce) {
  const name = `${uniqueId('hub')}.muster.test`;
  await command(muster, 'hub', 'add', name, '--no-allocation', ...options);
  return name;
}

async function enrolled(terms, muster = atOnce, id = uniqueId('alloc')) {
  const enrollment = await enroll(muster, symmetricKeyEnrollment(id, {}, terms));
  return { id, key: enrollment.attestation.symmetricKey.primaryKey, etag: enrollment.etag };
}

function change(device, terms) {
  return enroll(atOnce, symmetricKeyEnrollment(device.id, { primaryKey: device.key, secondaryKey: device.key }, terms));
}

async function placement(id) {
  const { placements } = await command(atOnce, 'device', 'show', id);
  return placements.find(({ state }) => state === 'active');
}

const NEVER = { updateHubAssignment: false, migrateDeviceData: false };
const MIGRATE = { updateHubAssignment: true, migrateDeviceData: true };
const RESET = { updateHubAssignment: true, migrateDeviceData: false };

describe('allocation', { concurrency: true }, () => {
  test('static: the first hub that is named, also in the older spelling', async () => {
    const [first, second] = [await hub(), await hub()];
    const one = await enrolled({ allocationPolicy: 'static', iotHubs: [first, second] });
    expectAssigned(await registerWithKey(atOnce, one.id, one.key), one.id, { hub: first });
    const other = await enrolled({ allocationPolicy: 'static', iotHubHostName: second });
    expectAssigned(await registerWithKey(atOnce, other.id, other.key), other.id, { hub: second });
  });

  test('geo-latency: the nearest hub by the address, else by the place of the node', async () => {
    const berlin = ['--latitude', '52.5', '--longitude', '13.4'];
    const sydney = ['--latitude=-33.9', '--longitude', '151.2'];
    for (const [muster, near, far] of [[atOnce, berlin, sydney], [polled, sydney, berlin]]) {
      const iotHubs = [await hub(far, muster), await hub(near, muster), await hub([], muster)];
      const { id, key } = await enrolled({ allocationPolicy: 'geoLatency', iotHubs }, muster);
      expectAssigned(await registerWithKey(muster, id, key), id, { hub: iotHubs[1] });
      if (muster !== atOnce) continue;
      // The database of places has this network in Sydney.
      const away = await enrolled({ allocationPolicy: 'geoLatency', iotHubs }, muster);
      const answer = await put(muster, away.id, away.key, { localAddress: '127.7.0.1' });
      assert.equal(answer.json.registrationState.assignedHub, iotHubs[0]);
    }
  });

  test('a hub that drains, is unhealthy or full gets no new device and keeps its own', async () => {
    for (const [close, open] of [
      [['--no-new-devices'], ['--accept-devices']],
      [['--unhealthy'], ['--healthy']],
      [['--devices-max', '1'], ['--devices-max', 'none']],
    ]) {
      const only = await hub();
      const [mine, other] = [await enrolled({ iotHubs: [only] }), await enrolled({ iotHubs: [only] })];
      expectAssigned(await registerWithKey(atOnce, mine.id, mine.key), mine.id, { hub: only });
      await command(atOnce, 'hub', 'set', only, ...close);
      const refused = await put(atOnce, other.id, other.key);
      expectRefused(refused, 503, 503208);
      assert.match(refused.headers['retry-after'], /^\d+$/);
      const again = await registerWithKey(atOnce, mine.id, mine.key);
      expectAssigned(again, mine.id, { hub: only, substatus: 'reprovisionedToInitialAssignment' });
      await command(atOnce, 'hub', 'set', only, ...open);
      expectAssigned(await registerWithKey(atOnce, other.id, other.key), other.id, { hub: only });
    }
  });

  test('a hub outside allocation is not given to enrollments that name none', async () => {
    const aside = await hub(['--weight', '1000']);
    for (let i = 0; i < 5; ++i) {
      const { id, key } = await enrolled({});
      const { assignedHub } = await registerWithKey(atOnce, id, key);
      assert.notEqual(assignedHub, aside);
    }
  });
});

describe('reprovisioning', { concurrency: true }, () => {
  test('each policy does what it says with hub, twin and capability', async () => {
    const cases = [
      [MIGRATE, 'deviceDataMigrated', 'old', false],
      [RESET, 'deviceDataReset', 'new', true],
      [NEVER, 'reprovisionedToInitialAssignment', 'old', false],
    ];
    for (const [reprovisionPolicy, substatus, from, iotEdge] of cases) {
      const [first, second] = [await hub(), await hub()];
      const device = await enrolled({ iotHubs: [first], reprovisionPolicy, initialTwin: twin('old') });
      expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, { hub: first });
      assert.deepEqual((await placement(device.id)).twin, twin('old'));

      const terms = { reprovisionPolicy, initialTwin: twin('new'), capabilities: { iotEdge: true } };
      await change(device, { iotHubs: [first], ...terms });
      const same = { hub: first, substatus: 'reprovisionedToInitialAssignment' };
      expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, same);
      assert.deepEqual((await placement(device.id)).twin, twin('old'), 'the same hub: untouched');

      await change(device, { iotHubs: [second], ...terms });
      const next = { hub: reprovisionPolicy === NEVER ? first : second, substatus };
      expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, next);
      const now = await placement(device.id);
      assert.deepEqual(now.twin, twin(from));
      assert.equal(now.iot_edge, iotEdge);
    }
  });

  test('forceRegistration does not override "never"', async () => {
    const [first, second] = [await hub(), await hub()];
    const device = await enrolled({ iotHubs: [first], reprovisionPolicy: NEVER });
    expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, { hub: first });
    await change(device, { iotHubs: [second], reprovisionPolicy: NEVER });
    const forced = await put(atOnce, device.id, device.key, { query: '&forceRegistration=true' });
    assert.equal(forced.json.registrationState.assignedHub, first);
  });

  test('a device whose hub was removed moves, whatever the policy', async () => {
    const [first, second] = [await hub(), await hub()];
    const device = await enrolled({ iotHubs: [first], reprovisionPolicy: NEVER });
    await registerWithKey(atOnce, device.id, device.key);
    await command(atOnce, 'hub', 'remove', first);
    expectRefused(await put(atOnce, device.id, device.key), 400, 400208);
    await change(device, { iotHubs: [second], reprovisionPolicy: NEVER });
    const moved = { hub: second, substatus: 'deviceDataReset' };
    expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, moved);
  });

  test('ten registrations of one device at once leave one placement', async () => {
    const device = await enrolled({ iotHubs: [await hub()] });
    const answers = await Promise.all(Array.from({ length: 10 }, () => put(atOnce, device.id, device.key)));
    for (const { status, json } of answers) {
      assert.ok(status === 202 || status === 503, `${status}`);
      if (status === 202) assert.equal(json.status, 'assigned');
    }
    assert.equal((await command(atOnce, 'device', 'show', device.id)).placements.length, 1);
  });
});

async function expectFailed(promise, status) {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, 'it did not fail');
  assert.equal(error.name, 'ProvisioningRegistrationFailedError', error.stack);
  const { registrationState } = error.result ?? JSON.parse(error.responseBody ?? '{}');
  assert.equal(registrationState.status, 'failed');
  assert.equal(registrationState.errorCode, 400207);
  if (status) assert.match(registrationState.errorMessage, new RegExp(`status code: ${status}$`));
}

describe('custom allocation', { concurrency: true }, () => {
  const webhook = new Webhook();
  before(() => webhook.start());
  after(() => webhook.stop());

  async function custom(path, more = {}) {
    const iotHubs = [await hub(), await hub()];
    const terms = { allocationPolicy: 'custom', customAllocationDefinition: webhook.url(path), iotHubs, ...more };
    return { ...(await enrolled(terms)), iotHubs, terms };
  }

  test('the webhook chooses hub, twin and payload, is asked as Azure asks, and can check the signature', async () => {
    const device = await custom('/good?code=secret', { initialTwin: twin('enrollment') });
    const payload = { model: 'pump' };
    const state = await registerWithKey(atOnce, device.id, device.key, { payload });
    expectAssigned(state, device.id, { hub: device.iotHubs[1] });
    assert.deepEqual(state.payload, { told: [1, 'ä'] });
    assert.deepEqual((await placement(device.id)).twin, twin('webhook'));

    const [call] = webhook.callsFor(device.id);
    assert.equal(call.url, '/good?code=secret');
    assert.match(call.headers['content-type'], /^application\/json/);
    assert.deepEqual(Object.keys(call.json).sort(), ['deviceRuntimeContext', 'individualEnrollment', 'linkedHubs']);
    assert.deepEqual(call.json.deviceRuntimeContext, { registrationId: device.id, symmetricKey: {}, payload });
    assert.deepEqual(call.json.linkedHubs, device.iotHubs);
    assert.ok(!call.body.includes(device.key), 'no key goes out');

    const { key } = await command(atOnce, 'webhook', 'show-key');
    const { t, v1 } = Object.fromEntries(call.headers['muster-signature'].split(',').map((part) => part.split('=')));
    const expected = createHmac('sha256', Buffer.from(key, 'base64')).update(`${t}.`).update(call.body).digest('hex');
    assert.equal(v1, expected);
    assert.ok(Math.abs(Number(t) - Date.now() / 1000) < 600);

    await registerWithKey(atOnce, device.id, device.key);
    const again = webhook.callsFor(device.id)[1].json.deviceRuntimeContext;
    assert.equal(again.currentIotHubHostName, device.iotHubs[1]);
    assert.equal(again.currentDeviceId, device.id);
  });

  test('a group is asked about as a group', async () => {
    const group = uniqueId('alloc-group');
    const iotHubs = [await hub()];
    const terms = { allocationPolicy: 'custom', customAllocationDefinition: webhook.url('/plain'), iotHubs };
    const made = await enrollGroup(atOnce, symmetricKeyGroup(group, {}, terms));
    const id = uniqueId('member');
    const key = derivedKey(made.attestation.symmetricKey.primaryKey, id);
    expectAssigned(await registerWithKey(atOnce, id, key), id, { hub: iotHubs[0] });
    assert.equal(webhook.callsFor(id)[0].json.enrollmentGroup.enrollmentGroupId, group);
  });

  test("the webhook's twin goes before migration", async () => {
    const device = await custom('/good', { reprovisionPolicy: MIGRATE });
    const { iotHubs } = device;
    await change(device, { iotHubs: [iotHubs[0]], initialTwin: twin('enrollment') });
    await registerWithKey(atOnce, device.id, device.key);
    await change(device, device.terms);
    const moved = { hub: iotHubs[1], substatus: 'deviceDataMigrated' };
    expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, moved);
    assert.deepEqual((await placement(device.id)).twin, twin('webhook'));
  });

  for (const [path, status] of [
    ['/bad-request', 400],
    ['/error', 500],
    ['/redirect', 302],
    ['/not-linked'],
    ['/no-json'],
    ['/large'],
    ['/never'],
  ])
    test(`a webhook that does wrong (${path.slice(1)}) fails the registration, as the SDK reports it`, async () => {
      const device = await custom(path);
      await expectFailed(registerWithKey(atOnce, device.id, device.key), status);
      const { length } = webhook.callsFor(device.id);
      assert.equal(length, ['/error', '/never'].includes(path) ? 2 : 1, 'tries again only what may pass');
      const state = (await lookUp(atOnce, device.id, { authorization: deviceToken(atOnce, device.id, device.key) })).json;
      assert.equal(state.status, 'failed');
      assert.equal(state.assignedHub, undefined);
      const { registration } = await command(atOnce, 'device', 'show', device.id);
      assert.equal(registration.failure, 'webhook_failed');
      assert.match(registration.refusal, /webhook/);

      // What failed is over; the next registration begins anew.
      await change(device, { ...device.terms, customAllocationDefinition: webhook.url('/plain') });
      expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id);
    });

  test('a webhook that is busy once is asked again', async () => {
    const device = await custom('/once-busy');
    expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id);
    const [first, second, ...more] = webhook.callsFor(device.id);
    assert.equal(more.length, 0);
    assert.ok(second.at - first.at >= 1000, 'after a pause');
  });

  test('a slow webhook: assigning first, then the assignment, and one call for all who ask meanwhile', async () => {
    const device = await custom('/slow');
    const answers = await Promise.all([put(atOnce, device.id, device.key), put(atOnce, device.id, device.key)]);
    for (const answer of answers) {
      assert.equal(answer.status, 202, answer.text);
      assert.equal(answer.json.status, 'assigning');
      assert.match(answer.headers['retry-after'], /^\d+$/);
    }
    const { operationId } = answers[0].json;
    const authorization = deviceToken(atOnce, device.id, device.key);
    const early = await poll(atOnce, device.id, operationId, { authorization });
    assert.equal(early.status, 202);
    assert.equal(early.json.registrationState.registrationId, device.id);
    assert.equal(early.json.registrationState.status, 'assigning');
    assert.match(early.headers['retry-after'], /^\d+$/);
    expectAssigned(await registerWithKey(atOnce, device.id, device.key), device.id, { hub: device.iotHubs[1] });
    assert.equal(webhook.callsFor(device.id).length, 1);
  });

  test('an enrollment without a webhook fails its devices', async () => {
    const device = await custom('/plain', { customAllocationDefinition: undefined });
    await expectFailed(registerWithKey(atOnce, device.id, device.key));
  });

  test('a webhook elsewhere must be called by TLS', async () => {
    const definition = { webhookUrl: 'http://192.0.2.1/', apiVersion: '2021-10-01' };
    const device = await custom('/plain', { customAllocationDefinition: definition });
    await expectFailed(registerWithKey(atOnce, device.id, device.key));
    const { registration } = await command(atOnce, 'device', 'show', device.id);
    assert.match(registration.refusal, /not https/);
  });

  test('the command line tries a webhook and changes nothing', async () => {
    const device = await custom('/good');
    const tried = await command(atOnce, 'webhook', 'test', '--enrollment', device.id, '--registration-id', device.id);
    assert.equal(tried.accepted, true);
    assert.equal(tried.hub, device.iotHubs[1]);
    assert.equal(tried.response.status, 200);
    assert.equal(tried.request.body.deviceRuntimeContext.registrationId, device.id);
    assert.match(tried.request.headers['Muster-Signature'], /^t=\d+,v1=[0-9a-f]{64}$/);
    await assert.rejects(command(atOnce, 'device', 'show', device.id));

    const url = `${webhook.base}/error`;
    const failed = await command(atOnce, 'webhook', 'test', '--url', url, '--registration-id', uniqueId('try'));
    assert.equal(failed.accepted, false);
    assert.equal(failed.would_retry, true);
    assert.match(failed.reason, /500/);
  });
});

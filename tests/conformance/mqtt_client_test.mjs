// Devices that speak MQTT by themselves, with mqtt.js: both versions of the protocol, what the SDK does not show, and
// Muster's extension for TPMs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import mqtt from 'mqtt';
import { deviceToken } from './lib/device.mjs';
import { atOnce, polled, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectErrorBody } from './lib/expect.mjs';
import { HOUR_S, secondsFromNow } from './lib/sas.mjs';
import { enroll, newKey, symmetricKeyEnrollment, tpmEnrollment } from './lib/service.mjs';
import { SoftwareTpm } from './lib/tpm.mjs';

const ANSWERS = '$dps/registrations/res/#';

/** One connection of a device. */
class Device {
  #client;
  #answers = [];
  #waiting;

  constructor(client) {
    this.#client = client;
    client.on('message', (topic, payload) => {
      this.#answers.push({ topic, body: JSON.parse(payload) });
      this.#waiting?.();
    });
  }

  /** Connects and subscribes; throws the refusal of a CONNACK. */
  static async connect(muster, id, { password, attestation, version = 4, clientId = id, username, subscribe = true }) {
    const more = attestation ? `&attestation=${attestation}` : '';
    const client = mqtt.connect({
      protocol: 'mqtts',
      host: muster.address,
      port: 8883,
      clientId,
      username: username ?? `${muster.idScope}/registrations/${id}/api-version=2021-06-01${more}`,
      password,
      protocolVersion: version,
      reconnectPeriod: 0,
    });
    await Promise.race([
      once(client, 'connect'),
      once(client, 'error').then(([error]) => Promise.reject(error)),
      once(client, 'close').then(() => Promise.reject(new Error('closed'))),
    ]);
    const device = new Device(client);
    if (subscribe) assert.equal((await device.subscribe(ANSWERS))[0].qos, 1);
    return device;
  }

  subscribe(filter) {
    return new Promise((resolve, reject) => {
      this.#client.subscribe(filter, { qos: 1 }, (error, granted) => (error ? reject(error) : resolve(granted)));
    });
  }

  send(topic, body = '') {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      this.#client.publish(topic, payload, { qos: 1 }, (error) => (error ? reject(error) : resolve()));
    });
  }

  async answer() {
    while (this.#answers.length === 0) await new Promise((resolve) => (this.#waiting = resolve));
    return this.#answers.shift();
  }

  async register(rid, body) {
    await this.send(`$dps/registrations/PUT/iotdps-register/?$rid=${rid}`, body);
    return this.answer();
  }

  async poll(rid, operationId) {
    await this.send(`$dps/registrations/GET/iotdps-get-operationstatus/?$rid=${rid}&operationId=${operationId}`, ' ');
    return this.answer();
  }

  closed() {
    return this.#client.connected ? once(this.#client, 'close') : Promise.resolve();
  }

  get connected() {
    return this.#client.connected;
  }

  end() {
    return new Promise((resolve) => this.#client.end(false, {}, resolve));
  }
}

async function enrolled(muster = atOnce) {
  const id = uniqueId('mqtt');
  const { attestation } = await enroll(muster, symmetricKeyEnrollment(id));
  return { id, password: deviceToken(muster, id, attestation.symmetricKey.primaryKey) };
}

for (const version of [4, 5]) {
  describe(`MQTT with protocol level ${version}`, () => {
    test('answers on the topic of the request, with the time to wait', async () => {
      const { id, password } = await enrolled(polled);
      const device = await Device.connect(polled, id, { password, version });
      const { topic, body } = await device.register('a-1');
      assert.equal(topic, '$dps/registrations/res/202/?$rid=a-1&retry-after=1');
      assert.equal(body.status, 'assigning');
      const polledFor = await device.poll(2, body.operationId);
      assert.equal(polledFor.topic, '$dps/registrations/res/200/?$rid=2');
      expectAssigned(polledFor.body.registrationState, id);
      await device.end();
    });

    test('lets in whoever shows a token, and judges it with the first request', async () => {
      const { id } = await enrolled();
      const device = await Device.connect(atOnce, id, { password: deviceToken(atOnce, id, newKey()), version });
      const { topic, body } = await device.register(1);
      assert.equal(topic, '$dps/registrations/res/401/?$rid=1');
      expectErrorBody(body, 401, 401002);
      await device.end();
    });

    test('refuses connections that cannot be a device', async () => {
      const { id, password } = await enrolled();
      const codes = version === 5 ? { unauthorized: 0x87, name: 0x85 } : { unauthorized: 5, name: 2 };
      const refused = async (options, code) => {
        const error = await Device.connect(atOnce, id, { version, ...options }).then(
          () => assert.fail('was let in'),
          (caught) => caught,
        );
        assert.equal(error.code, code, error.stack);
      };
      await refused({}, codes.unauthorized);
      await refused({ password, username: id }, codes.unauthorized);
      await refused({ password, clientId: `${id}-x` }, codes.name);
    });

    test('closes the connection of whoever registers before subscribing', async () => {
      const { id, password } = await enrolled();
      const device = await Device.connect(atOnce, id, { password, version, subscribe: false });
      device.send('$dps/registrations/PUT/iotdps-register/?$rid=1').catch(() => {});
      await device.closed();
    });

    test('closes the older connection of a device once the newer has registered', async () => {
      const { id, password } = await enrolled();
      const older = await Device.connect(atOnce, id, { password, version });
      expectAssigned((await older.register(1)).body.registrationState, id);

      const stranger = await Device.connect(atOnce, id, { password: deviceToken(atOnce, id, newKey()), version });
      expectErrorBody((await stranger.register(1)).body, 401);
      const again = await older.register(2);
      assert.equal(again.body.status, 'assigned', 'a stranger disconnects nobody');

      const newer = await Device.connect(atOnce, id, { password, version });
      await newer.register(1);
      await older.closed();
      assert.ok(newer.connected);
      await newer.end();
    });
  });
}

describe('TPM over MQTT', () => {
  let tpm;
  before(async () => (tpm = await SoftwareTpm.start()));
  after(() => tpm?.stop());

  test('answers its challenge on the same connection', async () => {
    const id = uniqueId('tpm');
    const client = tpm.client(id);
    const keys = await client.keys();
    await enroll(atOnce, tpmEnrollment(id, keys.endorsementKey));

    const device = await Device.connect(atOnce, id, { attestation: 'tpm' });
    const challenge = await device.register(1, { registrationId: id, tpm: keys });
    assert.equal(challenge.topic, '$dps/registrations/res/401/?$rid=1');
    assert.equal(challenge.body.keyName, 'registration');
    await client.activate(Buffer.from(challenge.body.authenticationKey, 'base64'));

    const audience = encodeURIComponent(`${atOnce.idScope}/registrations/${id}`);
    const expiry = secondsFromNow(HOUR_S);
    const signature = encodeURIComponent((await client.sign(Buffer.from(`${audience}\n${expiry}`))).toString('base64'));
    const authorization = `SharedAccessSignature sr=${audience}&sig=${signature}&se=${expiry}`;
    const { topic, body } = await device.register(2, { registrationId: id, tpm: keys, authorization });
    assert.match(topic, /^\$dps\/registrations\/res\/202\/\?\$rid=2/);
    const state = expectAssigned(body.registrationState, id);
    await client.activate(Buffer.from(state.tpm.authenticationKey, 'base64'));
    await device.end();
  });
});

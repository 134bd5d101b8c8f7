// Two nodes on one store: what one of them began, the other one ends, also when the first was killed in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deviceToken, poll, put, resource } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer } from './lib/expect.mjs';
import { SERVER_NAME, answers, command, freeAddress } from './lib/muster.mjs';
import { HOUR_S, secondsFromNow } from './lib/sas.mjs';
import { enroll, symmetricKeyEnrollment, tpmEnrollment } from './lib/service.mjs';
import { SoftwareTpm } from './lib/tpm.mjs';
import { Webhook } from './lib/webhook.mjs';

const DEVICE_TRIES = 50;
const DEVICE_POLL_MS = 500;
const START_TRIES = 500;
const POLL_MS = 20;

/** Another node on the data directory of `atOnce`, at an address of its own. */
class SecondNode {
  static async start() {
    const node = new SecondNode();
    node.address = await freeAddress();
    const words = ['serve', '--data', atOnce.directory, '--bind', node.address];
    node.process = spawn(atOnce.binary, words, { stdio: 'ignore' });
    for (let attempt = 0; attempt < START_TRIES && node.process.exitCode === null; ++attempt) {
      if (await answers(node.address)) return node;
      await delay(POLL_MS);
    }
    await node.kill();
    throw new Error('the second node does not answer');
  }

  /** How a request reaches this node: its certificate is for the name, not for this address. */
  get route() {
    return { host: this.address, servername: SERVER_NAME };
  }

  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}

let tpm;
let second;
before(async () => {
  tpm = await SoftwareTpm.start();
  second = await SecondNode.start();
});
after(async () => {
  await second?.kill();
  await tpm?.stop();
});

async function enrolled() {
  const id = uniqueId('nodes');
  const device = tpm.client(id);
  const keys = await device.keys();
  await enroll(atOnce, tpmEnrollment(id, keys.endorsementKey));
  return { id, device, keys };
}

async function challengedAt(route, { id, device, keys }) {
  const answer = await put(atOnce, id, null, { body: { registrationId: id, tpm: keys }, ...route });
  assert.equal(answer.status, 401, answer.text);
  await device.activate(Buffer.from(answer.json.authenticationKey, 'base64'));
}

async function answeredAt(route, { id, device, keys }) {
  const audience = encodeURIComponent(resource(atOnce, id));
  const expiry = secondsFromNow(HOUR_S);
  const signature = await device.sign(Buffer.from(`${audience}\n${expiry}`));
  const authorization = `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature.toString('base64'))}&se=${expiry}`;
  return put(atOnce, id, null, { authorization, body: { registrationId: id, tpm: keys }, ...route });
}

describe('two nodes on one store', () => {
  test('a challenge of the first node is answered at the second', async () => {
    const device = await enrolled();
    await challengedAt({}, device);
    expectAssignedAnswer(await answeredAt(second.route, device), 202, device.id);
  });

  test('a challenge survives the death of the node that sent it', async () => {
    const device = await enrolled();
    await challengedAt(second.route, device);
    await second.kill();
    expectAssignedAnswer(await answeredAt({}, device), 202, device.id);
  });
});

describe('registrations at two nodes', () => {
  const webhook = new Webhook();
  before(() => webhook.start());
  after(() => webhook.stop());

  async function enrolledByKey(path) {
    const id = uniqueId('nodes');
    const custom = { allocationPolicy: 'custom', customAllocationDefinition: webhook.url(path) };
    const enrollment = await enroll(atOnce, symmetricKeyEnrollment(id, {}, path ? custom : {}));
    return { id, key: enrollment.attestation.symmetricKey.primaryKey };
  }

  async function untilAssigned({ id, key }, { operationId }) {
    // A device may ask 60 times a minute.
    for (let attempt = 0; attempt < DEVICE_TRIES; ++attempt) {
      const answer = await poll(atOnce, id, operationId, { authorization: deviceToken(atOnce, id, key) });
      if (answer.json.status !== 'assigning') return answer;
      await delay(DEVICE_POLL_MS);
    }
    throw new Error(`${id} is still being assigned`);
  }

  test('of one device, at the same time, serialise', async () => {
    const node = await SecondNode.start();
    try {
      for (const path of [null, '/plain']) {
        const { id, key } = await enrolledByKey(path);
        const routes = [{}, node.route, {}, node.route, {}, node.route];
        const answered = await Promise.all(routes.map((route) => put(atOnce, id, key, route)));
        const operations = new Set();
        for (const answer of answered) {
          assert.equal(answer.status, 202, answer.text);
          operations.add(answer.json.operationId);
        }
        assert.equal(operations.size, 1);
        const { registrationState } = (await untilAssigned({ id, key }, answered[0].json)).json;
        expectAssigned(registrationState, id, { substatus: registrationState.substatus });
        const { placements, credentials } = await command(atOnce, 'device', 'show', id);
        assert.equal(placements.length, 1);
        assert.equal(credentials.length, 1);
      }
    } finally {
      await node.kill();
    }
  });

  test('a node takes over from one that was killed while it waited for the webhook', async () => {
    const node = await SecondNode.start();
    const device = await enrolledByKey('/silent-once');
    const begun = put(atOnce, device.id, device.key, node.route).catch(() => undefined);
    while (webhook.callsFor(device.id).length === 0) await delay(POLL_MS);
    await node.kill();
    await begun;
    const { registration } = await command(atOnce, 'device', 'show', device.id);
    assert.equal(registration.status, 'assigning');
    const answer = await untilAssigned(device, { operationId: registration.operation_id });
    expectAssignedAnswer(answer, 200, device.id);
    assert.equal(webhook.callsFor(device.id).length, 2);
  });
});

// Requests of the device API as other clients spell them, and requests that no client should make.
import assert from 'node:assert/strict';
import https from 'node:https';
import net from 'node:net';
import { before, describe, test } from 'node:test';
import { API_VERSION, deviceToken, lookUp, poll, put, resource } from './lib/device.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectAssigned, expectAssignedAnswer, expectRefused } from './lib/expect.mjs';
import { request } from './lib/https.mjs';
import { PORT } from './lib/muster.mjs';
import { encodeLowerCase, secondsFromNow, token } from './lib/sas.mjs';
import { enroll, newKey, symmetricKeyEnrollment } from './lib/service.mjs';

const BODY_MAX = 64 * 1024;
const NESTING_MAX = 32;

let id, key, state;
before(async () => {
  id = uniqueId('Requests');
  key = newKey();
  await enroll(atOnce, symmetricKeyEnrollment(id, { primaryKey: key, secondaryKey: newKey() }));
  state = expectAssignedAnswer(await put(atOnce, id, key), 202, id);
});

/** Registering again is what most of these tests do; the answer has to be that of the first time. */
function expectSameAssignment(answer) {
  const expected = { hub: state.assignedHub, substatus: 'reprovisionedToInitialAssignment' };
  return expectAssignedAnswer(answer, 202, id, expected);
}

describe('registration', () => {
  for (const version of ['2018-11-01', '2019-03-31', '2021-06-01', '2021-10-01', '2025-07-01-preview'])
    test(`takes api-version ${version}`, async () => {
      expectSameAssignment(await put(atOnce, id, key, { version }));
    });

  test('takes a path in any case', async () => {
    for (const path of [
      `/${atOnce.idScope}/REGISTRATIONS/${id}/Register`,
      `/${atOnce.idScope}/registrations/${id.toUpperCase()}/register`,
    ])
      expectSameAssignment(await put(atOnce, id, key, { path }));
  });

  test('takes a trailing slash', async () => {
    expectSameAssignment(await put(atOnce, id, key, { path: `/${resource(atOnce, id)}/register/` }));
  });

  test('takes an empty body, and one without an id', async () => {
    for (const body of [null, '', '{}', '{"registrationId":null,"payload":null}'])
      expectSameAssignment(await put(atOnce, id, key, { body }));
  });

  test('takes members that it does not know', async () => {
    expectSameAssignment(await put(atOnce, id, key, { body: { registrationId: id, somethingNew: [{}] } }));
  });

  test("takes the C SDK's headers and escaped slashes", async () => {
    const headers = { UserAgent: 'prov_device_client/1.0', Host: `${atOnce.address}:443`, Connection: 'keep-alive' };
    const body = `{"registrationId":"${id}","payload":{"path":"a\\/b"}}`;
    expectSameAssignment(await put(atOnce, id, key, { headers, body }));
  });

  test('takes Content-Encoding: utf-8, which the documentation shows', async () => {
    expectSameAssignment(await put(atOnce, id, key, { headers: { 'Content-Encoding': 'utf-8' } }));
  });

  test('names the answer and its kind in headers', async () => {
    const { headers } = await put(atOnce, id, key);
    assert.match(headers['content-type'], /^application\/json; ?charset=utf-8$/);
    assert.ok(headers['x-ms-request-id']);
    assert.notEqual((await put(atOnce, id, key)).headers['x-ms-request-id'], headers['x-ms-request-id']);
  });

  test('serves several requests of one connection', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const sessions = new Set();
      agent.on('free', (socket) => sessions.add(socket));
      for (let time = 0; time < 3; ++time) expectSameAssignment(await put(atOnce, id, key, { agent }));
      assert.equal(sessions.size, 1);
    } finally {
      agent.destroy();
    }
  });
});

describe('token', () => {
  const audience = () => resource(atOnce, id);
  for (const [client, make] of [
    ['the C SDK', () => token(encodeLowerCase(audience()), key, { encode: encodeLowerCase })],
    ['the Python SDK', () => token(encodeURIComponent(audience()), key, { name: undefined })],
    ['the Java SDK', () => token(audience(), key, { name: '' })],
    ['the C# SDK', () => token(encodeURIComponent(audience()), key, { expiry: secondsFromNow(86400) })],
    [
      'iot-identity-service',
      () => token(encodeURIComponent(audience().toLowerCase()), key, { expiry: secondsFromNow(30) }),
    ],
  ])
    test(`as ${client} makes it is taken`, async () => {
      expectSameAssignment(await put(atOnce, id, key, { authorization: make() }));
    });

  test('may have its fields in any order', async () => {
    const [scheme, fields] = token(encodeURIComponent(audience()), key).split(' ');
    const authorization = `${scheme} ${fields.split('&').reverse().join('&')}`;
    expectSameAssignment(await put(atOnce, id, key, { authorization }));
  });

  test('with a changed expiry is refused', async () => {
    const authorization = deviceToken(atOnce, id, key).replace(/se=\d+/, `se=${secondsFromNow(7200)}`);
    expectRefused(await put(atOnce, id, key, { authorization }), 401, 401002);
  });
});

describe('operation', () => {
  test('of a registration that was answered at once can still be asked for', async () => {
    const { operationId } = (await put(atOnce, id, key)).json;
    const authorization = deviceToken(atOnce, id, key);
    const answer = await poll(atOnce, id, operationId, { authorization, body: '{}' });
    expectAssignedAnswer(answer, 200, id, { substatus: 'reprovisionedToInitialAssignment' });
  });

  test('that never was is not found', async () => {
    const authorization = deviceToken(atOnce, id, key);
    for (const operationId of ['5.0000000000000000.00000000-0000-0000-0000-000000000000', 'x', '%00', 'a%2Fb'])
      assert.ok([400, 404].includes((await poll(atOnce, id, operationId, { authorization })).status));
    const unknown = '5.0123456789abcdef.01234567-89ab-4cde-8f01-23456789abcd';
    const answer = await poll(atOnce, id, unknown, { authorization });
    expectRefused(answer, 404, [404201, 404202]);
  });
});

describe('look-up', () => {
  test("answers the registration's state alone", async () => {
    const answer = await lookUp(atOnce, id, { authorization: deviceToken(atOnce, id, key) });
    assert.equal(answer.status, 200, answer.text);
    const found = { hub: state.assignedHub, substatus: answer.json.substatus };
    expectAssigned(answer.json, id, found);
  });

  test('of a device that never registered is 404', async () => {
    const other = uniqueId('never');
    await enroll(atOnce, symmetricKeyEnrollment(other, { primaryKey: key, secondaryKey: newKey() }));
    expectRefused(await lookUp(atOnce, other, { authorization: deviceToken(atOnce, other, key) }), 404);
  });

  test('is refused without a token and with a wrong one', async () => {
    for (const authorization of [undefined, deviceToken(atOnce, id, newKey())])
      expectRefused(await lookUp(atOnce, id, { authorization }), 401);
  });
});

describe('what is wrong with a request', () => {
  test('an id in the body that is not the one of the path', async () => {
    expectRefused(await put(atOnce, id, key, { body: { registrationId: uniqueId('other') } }), 400);
  });

  for (const bad of ['a%20b', 'a%2Fb', 'a*b', 'a$', 'ends-with-dot.', '%C3%A4', 'x'.repeat(129)])
    test(`an id that is no registration id: ${bad.slice(0, 20)}`, async () => {
      const answer = await put(atOnce, id, key, {
        path: `/${atOnce.idScope}/registrations/${bad}/register`,
        body: null,
      });
      expectRefused(answer, 400, 400004);
    });

  test('a path that does not decode', async () => {
    for (const bad of ['a%00b', 'a%2', 'a%zz']) {
      const path = `/${atOnce.idScope}/registrations/${bad}/register`;
      expectRefused(await put(atOnce, id, key, { path, body: null }), 400);
    }
  });

  for (const [what, body] of [
    ['no JSON', '{"registrationId":'],
    ['two JSON texts', '{}{}'],
    ['a list', '[]'],
    ['a number', '17'],
    ['an id that is no text', '{"registrationId":17}'],
    ['broken UTF-8 escapes', '{"payload":"\\ud800\\u00"}'],
  ])
    test(`a body that is ${what}`, async () => {
      expectRefused(await put(atOnce, id, key, { body }), 400);
    });

  test('a body of more than 64 KiB', async () => {
    const prefix = `{"registrationId":"${id}","payload":"`;
    const filled = (size) => `${prefix}${'x'.repeat(size - prefix.length - 2)}"}`;
    expectSameAssignment(await put(atOnce, id, key, { body: filled(BODY_MAX) }));
    const answer = await put(atOnce, id, key, { body: filled(BODY_MAX + 1) });
    assert.ok([400, 413].includes(answer.status), answer.text);
    expectRefused(answer, answer.status);
  });

  test('JSON nested more than 32 deep', async () => {
    // The body's own object is the first level.
    const nested = (depth) => `{"payload":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expectSameAssignment(await put(atOnce, id, key, { body: nested(NESTING_MAX) }));
    expectRefused(await put(atOnce, id, key, { body: nested(NESTING_MAX + 1) }), 400);
  });

  test('an address that does not exist', async () => {
    for (const path of ['/', '/nothing', `/${resource(atOnce, id)}/unregister`, `/${atOnce.idScope}/registrations`])
      expectRefused(await request(atOnce, { path: `${path}?api-version=${API_VERSION}` }), 404);
  });

  test('a method that the address does not take', async () => {
    const answer = await put(atOnce, id, key, { method: 'DELETE' });
    assert.ok([404, 405].includes(answer.status), answer.text);
    expectRefused(answer, answer.status);
  });

  test('headers without end', async () => {
    const answer = await put(atOnce, id, key, { headers: { 'X-Long': 'x'.repeat(100_000) } }).catch((error) => error);
    if (answer instanceof Error) assert.match(answer.code, /^(ECONNRESET|EPIPE|HPE_.*)$/);
    else assert.ok([400, 413, 431].includes(answer.status), answer.text);
  });

  test('plain HTTP on the port of TLS', async () => {
    const socket = net.connect(PORT, atOnce.address);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve).resume());
    expectSameAssignment(await put(atOnce, id, key));
  });

  test('no api-version, or one that is no version', async () => {
    for (const query of ['', '?api-version=', '?api-version=latest']) {
      const path = `/${resource(atOnce, id)}/register${query}`;
      const headers = { Authorization: deviceToken(atOnce, id, key) };
      expectRefused(await request(atOnce, { method: 'PUT', path, headers }), 400);
    }
  });

  test('leaves the service as it was', async () => {
    expectSameAssignment(await put(atOnce, id, key));
  });
});

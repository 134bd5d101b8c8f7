// Every port serves every protocol, told apart by ALPN or by the first octets; and WebSockets as the ws library opens
// them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';
import { atOnce } from './lib/environment.mjs';
import { request } from './lib/https.mjs';

const PORTS = { https: 443, mqtt: 8883, amqp: 5671 };

/** CONNECT of MQTT 3.1.1 with the client identifier "a" and nothing else (section 3.1). */
const CONNECT = Buffer.from('100d00044d51545404020000000161', 'hex');
const CONNACK = 0x20;
/** The header of AMQP 1.0 with SASL (section 5.3.2); a server answers with the same. */
const AMQP_SASL = Buffer.from('414d515003010000', 'hex');

/** The next event of that name; throws where the connection closes before it. */
function next(socket, event) {
  return Promise.race([
    once(socket, event),
    once(socket, 'close').then(([code]) => Promise.reject(new Error(`closed (${code}) before ${event}`))),
  ]);
}

/** The first octets that come back for what is sent in TLS. */
async function exchange(port, octets, options = {}) {
  const socket = tls.connect({ host: atOnce.address, port, ...options });
  try {
    await next(socket, 'secureConnect');
    for (const octet of octets) socket.write(Buffer.from([octet]));
    const [answer] = await next(socket, 'data');
    return { answer, protocol: socket.alpnProtocol };
  } finally {
    socket.destroy();
  }
}

/** A WebSocket that is open, or the status that it was refused with. */
function open(port, path, subprotocol) {
  const socket = new WebSocket(`wss://${atOnce.address}:${port}${path}`, subprotocol);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_, answer) => resolve(answer.statusCode));
    socket.once('error', reject);
  });
}

describe('ports', () => {
  for (const [name, port] of Object.entries(PORTS)) {
    describe(`the port of ${name}`, () => {
      test('serves HTTPS', async () => {
        const answer = await request(atOnce, { path: '/muster/v1/openapi.json', port });
        assert.equal(answer.status, 200);
      });

      test('serves MQTT to clients that negotiate nothing', async () => {
        const { answer, protocol } = await exchange(port, CONNECT);
        assert.equal(protocol, false);
        assert.equal(answer[0], CONNACK);
      });

      test('serves MQTT to clients that negotiate it', async () => {
        const { answer, protocol } = await exchange(port, CONNECT, { ALPNProtocols: ['mqtt'] });
        assert.equal(protocol, 'mqtt');
        assert.equal(answer[0], CONNACK);
      });

      test('serves AMQP with and without negotiation', async () => {
        for (const ALPNProtocols of [undefined, ['amqp']]) {
          const { answer } = await exchange(port, AMQP_SASL, { ALPNProtocols });
          assert.deepEqual(answer.subarray(0, 8), AMQP_SASL);
        }
      });

      test('does not mind names that it does not know', async () => {
        const { answer, protocol } = await exchange(port, CONNECT, { ALPNProtocols: ['x-other'] });
        assert.equal(protocol, false);
        assert.equal(answer[0], CONNACK);
      });

      test('serves MQTT and AMQP in WebSockets', async () => {
        for (const [subprotocol, first, isAnswer] of [
          ['mqtt', CONNECT, (answer) => answer[0] === CONNACK],
          ['AMQPWSB10', AMQP_SASL, (answer) => answer.subarray(0, 8).equals(AMQP_SASL)],
        ]) {
          const socket = await open(port, '/$iothub/websocket', subprotocol);
          assert.equal(socket.protocol, subprotocol);
          assert.equal(socket.extensions, '', 'compression is declined');
          for (const octet of first) socket.send(Buffer.from([octet]));
          const [answer] = await next(socket, 'message');
          assert.ok(isAnswer(answer), `${subprotocol}: ${answer.toString('hex')}`);
          socket.close(1000);
          await once(socket, 'close');
        }
      });
    });
  }
});

describe('WebSockets', () => {
  test('open on any path, and keep the spelling of the client', async () => {
    for (const [path, subprotocol] of [
      ['/', 'mqtt'],
      ['/mqtt', 'MQTT'],
      ['/$iothub/websocket?iothub-no-client-cert=true', 'AMQPWSB10'],
    ]) {
      const socket = await open(PORTS.https, path, subprotocol);
      assert.equal(socket.protocol, subprotocol);
      socket.close(1000);
      const [code] = await once(socket, 'close');
      assert.equal(code, 1000);
    }
  });

  test('are refused without a protocol that is served', async () => {
    assert.equal(await open(PORTS.https, '/', 'mqttv3.1'), 400);
    assert.equal(await open(PORTS.https, '/', []), 400);
  });

  test('answer pings', async () => {
    const socket = await open(PORTS.https, '/', 'mqtt');
    socket.ping('are you there');
    const [payload] = await next(socket, 'pong');
    assert.equal(payload.toString(), 'are you there');
    socket.terminate();
  });

  test('close with the code of what a client did wrong', async () => {
    const text = await open(PORTS.https, '/', 'mqtt');
    text.send('text');
    assert.equal((await once(text, 'close'))[0], 1003);
    const unmasked = await open(PORTS.https, '/', 'mqtt');
    unmasked.send(CONNECT, { mask: false });
    assert.equal((await once(unmasked, 'close'))[0], 1002);
  });
});

// Devices with a symmetric key of one group that register over any transport of Azure DPS, on a TLS connection that can
// be cut at any moment.
import http from 'node:http';
import tls from 'node:tls';
import mqtt from 'mqtt';
import rhea from 'rhea';
import WebSocket from 'ws';
import { derivedKey, token } from '../lib/sas.mjs';

export const TRANSPORTS = ['https', 'mqtt', 'mqtt_websocket', 'amqp', 'amqp_websocket'];

const API_VERSION = '2021-06-01';
const WEB_SOCKET_PATH = '/$iothub/websocket';

/** What the server said to a register or a poll; AMQP has no status. */
class Answer {
  constructor(status, body, retryAfter) {
    this.status = status;
    this.body = body;
    this.retryAfterMs = 1000 * (retryAfter ?? 1);
  }
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Registers and asks until the registration is done; throws unless the device is assigned. */
async function follow(register, poll) {
  let answer = await register();
  while (answer.status === 429 || answer.body.status === 'assigning') {
    await delay(answer.retryAfterMs);
    answer = answer.body.operationId ? await poll(answer.body.operationId) : await register();
  }
  // A register that is done is answered with 202 too.
  if (answer.body.status !== 'assigned') throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}

/** An agent whose only connection is this one. */
function agentOf(socket) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return agent;
}

async function overHttps(socket, device) {
  const agent = agentOf(socket);
  const call = (method, path, body) =>
    new Promise((resolve, reject) => {
      const content = body === undefined ? '' : JSON.stringify(body);
      const request = http.request({
        agent,
        method,
        path: `/${device.resource}${path}?api-version=${API_VERSION}`,
        headers: {
          Host: device.server.host,
          Authorization: device.token,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(content),
        },
      });
      request.once('error', reject);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => (text += part));
        response.once('error', reject);
        response.once('end', () => {
          // A cut ends the body early.
          if (!response.complete) return reject(new Error('the answer was cut'));
          resolve(new Answer(response.statusCode, JSON.parse(text), response.headers['retry-after']));
        });
      });
      request.end(content);
    });
  await follow(
    () => call('PUT', '/register', { registrationId: device.id }),
    (operationId) => call('GET', `/operations/${operationId}`),
  );
  agent.destroy();
}

async function overMqtt(stream, device) {
  const client = new mqtt.Client(() => stream, {
    clientId: device.id,
    username: `${device.resource}/api-version=${API_VERSION}`,
    password: device.token,
    reconnectPeriod: 0,
    clean: true,
  });
  const failed = new Promise((_, reject) => {
    client.once('error', reject);
    client.once('close', () => reject(new Error('the connection was closed')));
  });
  failed.catch(() => {});
  const until = (start) => Promise.race([failed, new Promise(start)]);
  try {
    await until((resolve) => client.once('connect', resolve));
    await until((resolve, reject) =>
      client.subscribe('$dps/registrations/res/#', { qos: 1 }, (error) => (error ? reject(error) : resolve())),
    );
    let requests = 0;
    const call = (name, more, body) =>
      until((resolve, reject) => {
        client.once('message', (topic, payload) => {
          const status = Number(topic.split('/')[3]);
          const retryAfter = /retry-after=(\d+)/.exec(topic)?.[1];
          resolve(new Answer(status, JSON.parse(payload), retryAfter));
        });
        const topic = `$dps/registrations/${name}/?$rid=${++requests}${more}`;
        client.publish(topic, body, { qos: 1 }, (error) => error && reject(error));
      });
    await follow(
      () => call('PUT/iotdps-register', '', JSON.stringify({ registrationId: device.id })),
      (operationId) => call('GET/iotdps-get-operationstatus', `&operationId=${operationId}`, ' '),
    );
    client.end();
    await new Promise((resolve) => client.once('close', resolve));
  } finally {
    client.end(true);
  }
}

async function overAmqp(stream, device) {
  const container = rhea.create_container();
  const connection = container.connect({
    username: device.resource,
    password: device.token,
    reconnect: false,
    connection_details: () => ({
      connect: (port, host, options, connected) => {
        process.nextTick(connected);
        return stream;
      },
    }),
  });
  const failed = new Promise((_, reject) => {
    const fail = (context) => {
      const error = context?.error ?? context?.sender?.error ?? context?.receiver?.error ?? context?.connection?.error;
      reject(new Error(error ? `${error.condition ?? ''} ${error.description ?? error.message ?? error}` : 'closed'));
    };
    // Not once: what nobody listens to is printed.
    for (const event of [
      'connection_error',
      'connection_close',
      'session_error',
      'sender_error',
      'receiver_error',
      'protocol_error',
      'disconnected',
      'error',
    ])
      container.on(event, fail);
    container.once('rejected', ({ delivery }) => {
      const { condition, description } = delivery.remote_state?.error ?? {};
      reject(new Error(`${condition} ${description}`));
    });
    stream.once('close', () => fail());
  });
  failed.catch(() => {});
  const until = (start) => Promise.race([failed, new Promise(start)]);
  const properties = { 'com.microsoft:api-version': API_VERSION };
  const receiver = connection.open_receiver({ source: { address: device.resource }, properties });
  await until((resolve) => container.once('receiver_open', resolve));
  const sender = connection.open_sender({ target: { address: device.resource }, properties });
  await until((resolve) => container.once('sendable', resolve));
  let requests = 0;
  const call = (applicationProperties, body) =>
    until((resolve) => {
      container.once('message', ({ message }) => {
        const answer = JSON.parse(message.body.content ?? message.body);
        resolve(new Answer(undefined, answer, message.application_properties?.['retry-after']));
      });
      sender.send({
        correlation_id: `${++requests}`,
        application_properties: applicationProperties,
        body: rhea.message.data_section(Buffer.from(body)),
      });
    });
  await follow(
    () => call({ 'iotdps-operation-type': 'iotdps-register' }, JSON.stringify({ registrationId: device.id })),
    (operationId) =>
      call({ 'iotdps-operation-type': 'iotdps-get-operationstatus', 'iotdps-operation-id': operationId }, ' '),
  );
  receiver.close();
  sender.close();
  const closed = new Promise((resolve) => container.once('connection_close', resolve));
  connection.close();
  await Promise.race([closed, new Promise((resolve) => stream.once('close', resolve))]);
}

/** The octets of a WebSocket's messages as a stream. */
async function webSocket(socket, subprotocol, server) {
  const webSocketClient = new WebSocket(`ws://${server.host}${WEB_SOCKET_PATH}`, subprotocol, {
    agent: agentOf(socket),
  });
  const stream = WebSocket.createWebSocketStream(webSocketClient);
  await new Promise((resolve, reject) => {
    webSocketClient.once('open', resolve);
    stream.once('error', reject);
    webSocketClient.once('close', () => reject(new Error('the WebSocket did not open')));
  });
  stream.on('error', () => {}); // it closes, too
  return stream;
}

export class Device {
  constructor(server, groupKey, id) {
    this.server = server;
    this.id = id;
    this.resource = `${server.idScope}/registrations/${id}`;
    this.token = token(encodeURIComponent(this.resource), derivedKey(groupKey, id));
  }

  /** Registers once; `cut` ends the connection without a word. */
  start(transport) {
    const { server } = this;
    const port = { https: server.https, mqtt: server.mqtt, amqp: server.amqp }[transport] ?? server.https;
    const socket = tls.connect({ host: '127.0.0.1', servername: server.host, port, ca: server.ca, noDelay: true });
    socket.on('error', () => {}); // it closes, too
    const run = async () => {
      await new Promise((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('closed before TLS')));
      });
      switch (transport) {
        case 'https':
          return overHttps(socket, this);
        case 'mqtt':
          return overMqtt(socket, this);
        case 'mqtt_websocket':
          return overMqtt(await webSocket(socket, 'mqtt', server), this);
        case 'amqp':
          return overAmqp(socket, this);
        default:
          return overAmqp(await webSocket(socket, 'AMQPWSB10', server), this);
      }
    };
    return { done: run().finally(() => socket.destroy()), cut: () => socket.destroy() };
  }
}

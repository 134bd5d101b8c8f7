// An allocation webhook: a real server, on this machine.
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export const twin = (from) => ({ tags: { from }, properties: { desired: { rate: 1 } } });

/** A webhook on this machine. What it does, its path says. */
export class Webhook {
  calls = [];
  #server = http.createServer((request, response) => this.#answer(request, response));

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.base = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(done));
  }

  url(path) {
    return { webhookUrl: `${this.base}${path}`, apiVersion: '2021-10-01' };
  }

  callsFor(id) {
    return this.calls.filter(({ json }) => json.deviceRuntimeContext.registrationId === id);
  }

  async #answer(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const call = { url: request.url, headers: request.headers, body, json: JSON.parse(body), at: Date.now() };
    this.calls.push(call);
    const number = this.callsFor(call.json.deviceRuntimeContext.registrationId).length;
    const chosen = { iotHubHostName: call.json.linkedHubs.at(-1) };
    const say = (status, answer) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    };
    switch (new URL(request.url, this.base).pathname) {
      case '/good':
        return say(200, { ...chosen, initialTwin: twin('webhook'), payload: { told: [1, 'ä'] } });
      case '/plain':
        return say(200, chosen);
      case '/bad-request':
        return say(400, {});
      case '/error':
        return say(500, {});
      case '/once-busy':
        return number === 1 ? say(503, {}) : say(200, chosen);
      case '/not-linked':
        return say(200, { iotHubHostName: 'elsewhere.muster.test' });
      case '/no-json':
        return say(200, 'It is hub 7.');
      case '/redirect':
        response.writeHead(302, { Location: '/good' });
        return response.end();
      case '/large':
        return say(200, { ...chosen, payload: 'x'.repeat(70_000) });
      case '/slow':
        await delay(1500);
        return say(200, chosen);
      case '/silent-once':
        return number === 1 ? undefined : say(200, chosen);
      default: // never answers
    }
  }
}

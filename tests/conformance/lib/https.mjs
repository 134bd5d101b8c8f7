// Plain HTTPS, for what the SDKs never send.
import https from 'node:https';
import { PORT } from './muster.mjs';

/**
 * One request on a connection of its own. `body` is sent as it is if it is text, else as JSON; undefined sends none.
 * Resolves to the status, the headers, the text and, where the answer says that it is JSON, its value.
 */
export function request(muster, { method = 'GET', path, headers = {}, body, ...tls }) {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const length = content === undefined ? {} : { 'Content-Length': Buffer.byteLength(content) };
  const type = content === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' };
  return new Promise((resolve, reject) => {
    const outgoing = https.request(
      {
        host: muster.address,
        port: PORT,
        method,
        path,
        agent: false,
        headers: { ...type, ...length, ...headers },
        ...tls,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => (text += chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const isJson = (answer.headers['content-type'] ?? '').startsWith('application/json');
          resolve({
            status: answer.statusCode,
            headers: answer.headers,
            text,
            json: isJson && text !== '' ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

// Devices: Azure's device SDK for Node, and the same calls by hand.
import device from 'azure-iot-provisioning-device';
import transport from 'azure-iot-provisioning-device-http';
import symmetricKey from 'azure-iot-security-symmetric-key';
import x509 from 'azure-iot-security-x509';
import { request } from './https.mjs';
import { token } from './sas.mjs';

export const API_VERSION = '2021-06-01';

/** Registers through the SDK. `security` is one of the SDKs' security clients. */
export function register(muster, security, { payload, http = new transport.Http() } = {}) {
  const client = device.ProvisioningDeviceClient.create(muster.address, muster.idScope, http, security);
  if (payload !== undefined) client.setProvisioningPayload(payload);
  return client.register();
}

export function registerWithKey(muster, registrationId, key, options) {
  return register(muster, new symmetricKey.SymmetricKeySecurityClient(registrationId, key), options);
}

/** `identity` is { cert, key } in PEM; cert may hold the chain behind the leaf. */
export function registerWithCertificate(muster, registrationId, identity, options) {
  return register(muster, new x509.X509Security(registrationId, identity), options);
}

/** The SDK's HTTP transport, which also counts how often it had to ask for the outcome. */
export class CountingHttp extends transport.Http {
  polls = 0;

  queryOperationStatus(registration, operationId, callback) {
    ++this.polls;
    super.queryOperationStatus(registration, operationId, callback);
  }
}

export function resource(muster, registrationId) {
  return `${muster.idScope}/registrations/${registrationId}`;
}

export function deviceToken(muster, registrationId, key, options) {
  return token(encodeURIComponent(resource(muster, registrationId)), key, options);
}

/**
 * PUT .../register by hand, with a token that `key` signs. Everything can be replaced; null for the key, the
 * authorization or the body leaves it out.
 */
export function put(muster, registrationId, key, changes = {}) {
  const {
    path = `/${resource(muster, registrationId)}/register`,
    version = API_VERSION,
    authorization = key === null ? null : deviceToken(muster, registrationId, key),
    body = { registrationId },
    query = '',
    headers = {},
    ...rest
  } = changes;
  return request(muster, {
    method: 'PUT',
    path: `${path}?api-version=${version}${query}`,
    headers: authorization === null ? headers : { Authorization: authorization, ...headers },
    body: body === null ? undefined : body,
    ...rest,
  });
}

export function poll(muster, registrationId, operationId, { authorization, version = API_VERSION, ...rest } = {}) {
  return request(muster, {
    path: `/${resource(muster, registrationId)}/operations/${operationId}?api-version=${version}`,
    headers: authorization ? { Authorization: authorization } : {},
    ...rest,
  });
}

export function lookUp(muster, registrationId, { authorization, body = { registrationId }, ...rest } = {}) {
  return request(muster, {
    method: 'POST',
    path: `/${resource(muster, registrationId)}?api-version=${API_VERSION}`,
    headers: authorization ? { Authorization: authorization } : {},
    body,
    ...rest,
  });
}

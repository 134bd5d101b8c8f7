// Azure's management client for Node in both of its forms, version 5 and version 6, behind one set of functions: they
// name the same calls differently and take their arguments in different orders.
import { execFile } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { command } from './muster.mjs';
import { uniqueId } from './environment.mjs';

// Node 18 lacks what both need of later ones: `crypto` as a global, and syntax in the other form of version 6.
globalThis.crypto ??= webcrypto;
const require = createRequire(import.meta.url);
const five = require('@azure/arm-deviceprovisioningservices-5');
const six = require('@azure/arm-deviceprovisioningservices');
const run = promisify(execFile);

export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';
export const GROUP = 'any-group';

/** A token with this role: of the platform, or of the first tenant. */
export async function tokenOf(muster, role) {
  const name = uniqueId(role);
  if (role === 'platform') {
    const { stdout } = await run(muster.binary, ['token', '--data', muster.directory, '--name', name, '--platform']);
    return stdout.trim();
  }
  return (await command(muster, 'principal', 'add', name, '--role', role)).token;
}

/** Notes the name of each method that is called. */
function recorded(operations, prefix, called) {
  return new Proxy(operations, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      called.add(`${prefix}.${String(name)}`);
      return value.bind(target);
    },
  });
}

async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

/** What a client offers; not what version 5 keeps to itself, with an underscore in front or named after pages. */
function methodsOf(operations, prefix) {
  const names = Object.getPrototypeOf(operations) === Object.prototype
    ? Object.keys(operations)
    : Object.getOwnPropertyNames(Object.getPrototypeOf(operations));
  return names
    .filter((name) => name !== 'constructor' && !/^_|Paging(All|Page)$|Next$/.test(name))
    .filter((name) => typeof operations[name] === 'function')
    .map((name) => `${prefix}.${name}`);
}

/** What both versions have in common. `called` collects what was used of all clients of one version. */
class Management {
  constructor(library, muster, token, called) {
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) };
    // Retries would only make refusals slow.
    const options = { endpoint: `https://${muster.address}`, retryOptions: { maxRetries: 0 } };
    this.client = new library.IotDpsClient(credential, SUBSCRIPTION, options);
    this.resources = recorded(this.client.iotDpsResource, 'iotDpsResource', called);
    this.certificates = recorded(this.client.dpsCertificate, 'dpsCertificate', called);
    this.providerOperations = recorded(this.client.operations, 'operations', called);
  }

  methods() {
    const { iotDpsResource, dpsCertificate, operations } = this.client;
    return [
      ...methodsOf(iotDpsResource, 'iotDpsResource'),
      ...methodsOf(dpsCertificate, 'dpsCertificate'),
      ...methodsOf(operations, 'operations'),
    ].sort();
  }

  operations = () => all(this.providerOperations.list());
  listBySubscription = () => all(this.resources.listBySubscription());
  listByResourceGroup = () => all(this.resources.listByResourceGroup(GROUP));
  skus = (service) => all(this.resources.listValidSkus(service, GROUP));
  keys = (service) => all(this.resources.listKeys(service, GROUP));
  key = (service, name) => this.resources.listKeysForKeyName(service, name, GROUP);
  checkName = (name) => this.resources.checkProvisioningServiceNameAvailability({ name });
  operationResult = (service, id) => this.resources.getOperationResult(id, GROUP, service, 'true');
  privateLinks = (service) => this.resources.listPrivateLinkResources(GROUP, service);
  privateLink = (service, id) => this.resources.getPrivateLinkResources(GROUP, service, id);
  privateEndpoints = (service) => this.resources.listPrivateEndpointConnections(GROUP, service);
  privateEndpoint = (service, name) => this.resources.getPrivateEndpointConnection(GROUP, service, name);

  certificateList = (service) => this.certificates.list(GROUP, service);
  certificate = (service, name) => this.certificates.get(name, GROUP, service);
  putCertificate = (service, name, description, options) =>
    this.certificates.createOrUpdate(GROUP, service, name, description, options);
  drawCode = (service, name, tag) => this.certificates.generateVerificationCode(name, tag, GROUP, service);
  verify = (service, name, tag, certificate) =>
    this.certificates.verifyCertificate(name, tag, GROUP, service, { certificate });
}

class Five extends Management {
  removeCertificate = (service, name, tag) => this.certificates.delete(GROUP, tag, service, name);
  get = (service) => this.resources.get(service, GROUP);
  put = (service, description) => this.resources.beginCreateOrUpdateAndWait(GROUP, service, description);
  putAndPoll = async (service, description) =>
    (await this.resources.beginCreateOrUpdate(GROUP, service, description)).pollUntilDone();
  setTags = (service, tags) => this.resources.beginUpdateAndWait(GROUP, service, { tags });
  setTagsAndPoll = async (service, tags) =>
    (await this.resources.beginUpdate(GROUP, service, { tags })).pollUntilDone();
  remove = (service) => this.resources.beginDeleteAndWait(service, GROUP);
  removeAndPoll = async (service) => (await this.resources.beginDelete(service, GROUP)).pollUntilDone();
  putPrivateEndpoint = (service, name, connection) =>
    this.resources.beginCreateOrUpdatePrivateEndpointConnectionAndWait(GROUP, service, name, connection);
  putPrivateEndpointAndPoll = async (service, name, connection) =>
    (
      await this.resources.beginCreateOrUpdatePrivateEndpointConnection(GROUP, service, name, connection)
    ).pollUntilDone();
  removePrivateEndpoint = (service, name) =>
    this.resources.beginDeletePrivateEndpointConnectionAndWait(GROUP, service, name);
  removePrivateEndpointAndPoll = async (service, name) =>
    (await this.resources.beginDeletePrivateEndpointConnection(GROUP, service, name)).pollUntilDone();
}

class Six extends Management {
  removeCertificate = (service, name, tag) => this.certificates.delete(GROUP, service, name, tag);
  get = (service) => this.resources.get(GROUP, service);
  put = (service, description) => this.resources.createOrUpdate(GROUP, service, description).pollUntilDone();
  setTags = (service, tags) => this.resources.update(GROUP, service, { tags }).pollUntilDone();
  remove = (service) => this.resources.delete(GROUP, service).pollUntilDone();
  putPrivateEndpoint = (service, name, connection) =>
    this.resources.createOrUpdatePrivateEndpointConnection(GROUP, service, name, connection).pollUntilDone();
  removePrivateEndpoint = (service, name) =>
    this.resources.deletePrivateEndpointConnection(GROUP, service, name).pollUntilDone();
  // It has one way of waiting.
  putAndPoll = this.put;
  setTagsAndPoll = this.setTags;
  removeAndPoll = this.remove;
  putPrivateEndpointAndPoll = this.putPrivateEndpoint;
  removePrivateEndpointAndPoll = this.removePrivateEndpoint;
}

/** Each version with what was called of it, and a maker of its clients. */
export const versions = [
  ['5.1.0', five, Five],
  ['6.0.0', six, Six],
].map(([version, library, Kind]) => {
  const called = new Set();
  return { version, called, connect: (muster, token) => new Kind(library, muster, token, called) };
});

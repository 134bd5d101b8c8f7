// The operator's side: Azure's service SDK for Node, and the same calls by hand.
import { randomBytes } from 'node:crypto';
import service from 'azure-iot-provisioning-service';
import { request } from './https.mjs';
import { HOUR_S, secondsFromNow, token } from './sas.mjs';

const { ProvisioningServiceClient } = service;
export const SERVICE_API_VERSION = '2021-10-01';

export function newKey() {
  return randomBytes(32).toString('base64');
}

export function parseConnectionString(text) {
  return Object.fromEntries(
    text.split(';').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}

export function serviceClient(muster, connectionString = muster.serviceConnectionString) {
  return ProvisioningServiceClient.fromConnectionString(connectionString);
}

/** A client with a token of the test's making. */
export function clientWithToken(muster, sharedAccessSignature) {
  const { HostName } = parseConnectionString(muster.serviceConnectionString);
  return new ProvisioningServiceClient({ host: HostName, sharedAccessSignature });
}

export function serviceToken(muster, { expiry = secondsFromNow(HOUR_S), resource, name, key } = {}) {
  const facts = parseConnectionString(muster.serviceConnectionString);
  return token(encodeURIComponent(resource ?? facts.HostName), key ?? facts.SharedAccessKey, {
    expiry,
    name: name ?? facts.SharedAccessKeyName,
  });
}

/** One call of the service API by hand, with the owner's token. */
export function serviceRequest(muster, { path, headers = {}, version = SERVICE_API_VERSION, ...rest }) {
  return request(muster, {
    path: `${path}?api-version=${version}`,
    headers: { Authorization: serviceToken(muster), ...headers },
    ...rest,
  });
}

/** runBulkEnrollmentOperation as a promise: without a callback the SDK's own promise never settles. */
export function runBulk(client, mode, enrollments) {
  return new Promise((resolve, reject) => {
    client.runBulkEnrollmentOperation({ mode, enrollments }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
}

/**
 * Everything that a query of the SDK finds, page by page. The token is passed by hand: without a callback the SDK's
 * next() begins anew each time.
 */
export async function pagesOf(query, pagesMax = 100) {
  const pages = [];
  while (query.hasMoreResults) {
    if (pages.length === pagesMax) throw new Error(`the query has more than ${pagesMax} pages`);
    pages.push((await query.next(query.continuationToken)).responseBody);
  }
  return pages;
}

export async function resultsOf(query) {
  return (await pagesOf(query)).flat();
}

export function symmetricKeyEnrollment(registrationId, keys = {}, more = {}) {
  return { registrationId, attestation: { type: 'symmetricKey', symmetricKey: keys }, ...more };
}

export function symmetricKeyGroup(enrollmentGroupId, keys = {}, more = {}) {
  return { enrollmentGroupId, attestation: { type: 'symmetricKey', symmetricKey: keys }, ...more };
}

export function x509Enrollment(registrationId, clientCertificates, more = {}) {
  return { registrationId, attestation: { type: 'x509', x509: { clientCertificates } }, ...more };
}

export function x509Group(enrollmentGroupId, signingCertificates, more = {}) {
  return { enrollmentGroupId, attestation: { type: 'x509', x509: { signingCertificates } }, ...more };
}

export function tpmEnrollment(registrationId, endorsementKey, more = {}) {
  return { registrationId, attestation: { type: 'tpm', tpm: { endorsementKey } }, ...more };
}

/** Creates an individual enrollment through the SDK and returns what was stored. */
export async function enroll(muster, enrollment) {
  return (await serviceClient(muster).createOrUpdateIndividualEnrollment(enrollment)).responseBody;
}

export async function enrollGroup(muster, group) {
  return (await serviceClient(muster).createOrUpdateEnrollmentGroup(group)).responseBody;
}

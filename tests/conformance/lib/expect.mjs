// What an answer of the service has to look like, whoever asked.
import assert from 'node:assert/strict';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
// Azure writes seven digits of a second's fraction.
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;

/**
 * The members of an error in Azure's form, and the rule that binds its code to the status. `codes` are the error codes
 * that are right here.
 */
export function expectErrorBody(body, status, codes) {
  assert.equal(typeof body, 'object', 'an error has a JSON body');
  assert.equal(Math.floor(body.errorCode / 1000), status, `errorCode ${body.errorCode} belongs to status ${status}`);
  if (codes) assert.ok([codes].flat().includes(body.errorCode), `errorCode ${body.errorCode}: ${body.message}`);
  assert.match(body.trackingId, UUID);
  assert.equal(typeof body.message, 'string');
  assert.notEqual(body.message, '');
  assert.match(body.timestampUtc, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  return body;
}

/** An answer of lib/https.mjs that is a refusal. */
export function expectRefused(answer, status, codes) {
  assert.equal(answer.status, status, answer.text);
  return expectErrorBody(answer.json, status, codes);
}

/** A call of an SDK that must fail with this class of error, for this status of the service (or one of several). */
export async function expectSdkError(promise, { name, status, codes }) {
  let error;
  try {
    const result = await promise;
    assert.fail(`accepted: ${JSON.stringify(result?.responseBody ?? result)}`);
  } catch (caught) {
    if (caught instanceof assert.AssertionError) throw caught;
    error = caught;
  }
  assert.ok(error.response, `not an answer of the service: ${error.stack}`);
  const { statusCode } = error.response;
  assert.ok([status].flat().includes(statusCode), `status ${statusCode}: ${error.responseBody}`);
  if (name) assert.equal(error.name, name);
  return expectErrorBody(JSON.parse(error.responseBody), statusCode, codes);
}

/** A registration that ended well. */
export function expectAssigned(
  state,
  registrationId,
  { hub, deviceId = registrationId, substatus = 'initialAssignment' } = {},
) {
  assert.equal(state.status, 'assigned');
  assert.equal(state.substatus, substatus);
  assert.equal(state.registrationId.toLowerCase(), registrationId.toLowerCase());
  assert.equal(state.deviceId, deviceId);
  assert.match(state.assignedHub, /^[a-z0-9.-]+$/, 'a bare host name');
  if (hub) assert.equal(state.assignedHub, hub);
  assert.match(state.createdDateTimeUtc, TIME);
  assert.match(state.lastUpdatedDateTimeUtc, TIME);
  assert.equal(typeof state.etag, 'string');
  return state;
}

/** The finished operation that a raw register or poll answers with. */
export function expectAssignedAnswer(answer, status, registrationId, options) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.status, 'assigned', answer.text);
  assert.match(answer.json.operationId, /^[0-9A-Za-z.-]{1,80}$/);
  return expectAssigned(answer.json.registrationState, registrationId, options);
}

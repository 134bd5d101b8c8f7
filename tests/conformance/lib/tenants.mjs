// Tenants of a Muster: made by the platform's administrator, then used as a Muster of their own.
import { uniqueId } from './environment.mjs';
import { command } from './muster.mjs';

/** Runs the command line as whoever administers every tenant. */
export function platformCommand(muster, ...words) {
  return command({ ...muster, adminToken: muster.platformToken }, ...words);
}

/** As the service SDKs take it. `keyName`: of a policy, after it, if need be, an @ and the ID scope. */
export function connectionString({ address }, keyName, key) {
  return `HostName=${address};SharedAccessKeyName=${keyName};SharedAccessKey=${key}`;
}

/** A new tenant with the Muster's hubs, as the facts of a Muster; `options` go to `muster tenant add`. */
export async function newTenant(muster, ...options) {
  const id = uniqueId('tenant');
  const made = await platformCommand(muster, 'tenant', 'add', id, '--hub', muster.hubs[0], ...options);
  const tenant = {
    ...muster,
    tenant: id,
    idScope: made.id_scope,
    adminToken: made.operator_token,
    serviceConnectionString: connectionString(muster, made.policy, made.policy_key),
  };
  for (const hub of muster.hubs.slice(1)) await command(tenant, 'hub', 'add', hub);
  return tenant;
}

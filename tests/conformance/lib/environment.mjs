// What run.mjs tells the test files: where the two Musters are and what their init printed.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const file = process.env.MUSTER_CONFORMANCE;
if (!file) throw new Error('start the suite with run.sh');

/** `atOnce` answers a registration with its result, `polled` lets the device ask for it. */
export const { atOnce, polled } = JSON.parse(readFileSync(file, 'utf8'));

/** A name that no other test uses. */
export function uniqueId(prefix) {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

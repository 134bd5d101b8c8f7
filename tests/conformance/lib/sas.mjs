// Shared access signatures, spelled as the various SDKs spell them.
import { createHmac } from 'node:crypto';

export const HOUR_S = 3600;

export function secondsFromNow(seconds) {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** base64(HMAC-SHA256(base64-decoded key, text)). */
export function sign(key, text) {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
}

/**
 * The key that Azure's documentation of symmetric key attestation derives for one device of a group.
 * https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation
 */
export function derivedKey(groupKey, registrationId) {
  return sign(groupKey, registrationId);
}

/** The token for `resource`, which is signed and sent exactly as given. `name` undefined leaves `skn` out. */
export function token(
  resource,
  key,
  { expiry = secondsFromNow(HOUR_S), name = 'registration', encode = encodeURIComponent } = {},
) {
  const signature = encode(sign(key, `${resource}\n${expiry}`));
  const suffix = name === undefined ? '' : `&skn=${name}`;
  return `SharedAccessSignature sr=${resource}&sig=${signature}&se=${expiry}${suffix}`;
}

/** Percent-encoding with lower-case digits, as Azure's C SDK does it. */
export function encodeLowerCase(text) {
  return encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());
}

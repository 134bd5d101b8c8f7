// Certificates in enrollments: the encodings that clients send, and what the service tells about them.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CertificateMaker, derOf } from './lib/certificates.mjs';
import { atOnce, uniqueId } from './lib/environment.mjs';
import { expectSdkError } from './lib/expect.mjs';
import { kinds } from './lib/kinds.mjs';
import { serviceClient } from './lib/service.mjs';

const client = serviceClient(atOnce);
const encodings = [
  ['PEM', ({ cert }) => cert],
  ['base64 of DER', ({ cert }) => derOf(cert).toString('base64')],
  ['base64 of PEM', ({ cert }) => Buffer.from(cert).toString('base64')],
];

let maker;
before(() => (maker = new CertificateMaker()));
after(() => maker.remove());

/** The service's notion of a time is a second's; how many digits of its fraction it shows is its own affair. */
function sameSecond(left, right) {
  return Math.floor(Date.parse(left) / 1000) === Math.floor(Date.parse(right) / 1000);
}

for (const kind of kinds)
  describe(kind.name, () => {
    const certificatesOf = (enrollment) => enrollment.attestation.x509[kind.certificatesMember];

    async function certificate(name) {
      return kind.name === 'enrollment group' ? maker.authority(name) : maker.device(name);
    }

    for (const [encoding, encode] of encodings)
      test(`takes a certificate as ${encoding}`, async () => {
        const id = uniqueId('certificates');
        const made = await certificate(id);
        const stored = await kind.put(client, kind.withCertificates(id, { primary: { certificate: encode(made) } }));
        const { info } = certificatesOf(stored).primary;
        const facts = new X509Certificate(made.cert);
        assert.match(info.subjectName, new RegExp(`^CN=${id}$`, 'i'));
        assert.match(info.issuerName, new RegExp(`^CN=${id}$`, 'i'));
        assert.equal(info.sha1Thumbprint.toUpperCase(), facts.fingerprint.replaceAll(':', ''));
        assert.equal(info.sha256Thumbprint.toUpperCase(), facts.fingerprint256.replaceAll(':', ''));
        assert.equal(info.serialNumber.toUpperCase().replace(/^0+/, ''), facts.serialNumber.replace(/^0+/, ''));
        assert.ok(sameSecond(info.notBeforeUtc, facts.validFrom), info.notBeforeUtc);
        assert.ok(sameSecond(info.notAfterUtc, facts.validTo), info.notAfterUtc);
        assert.equal(info.version, 3);
      });

    test('keeps both certificates through a reading and writing', async () => {
      const id = uniqueId('certificates');
      const [primary, secondary] = [await certificate(id), await certificate(id)];
      const certificates = { primary: { certificate: primary.cert }, secondary: { certificate: secondary.cert } };
      const stored = await kind.put(client, kind.withCertificates(id, certificates));
      const read = await kind.get(client, id);
      assert.deepEqual(certificatesOf(read), certificatesOf(stored));
      const written = await kind.put(client, { ...read, provisioningStatus: 'disabled' });
      assert.equal(
        certificatesOf(written).secondary.info.sha256Thumbprint,
        certificatesOf(stored).secondary.info.sha256Thumbprint,
      );
    });

    test('shows a certificate in a form in which it can be sent again', async () => {
      const id = uniqueId('certificates');
      const made = await certificate(id);
      await kind.put(client, kind.withCertificates(id, { primary: { certificate: made.cert } }));
      const shown = certificatesOf(await kind.get(client, id)).primary.certificate;
      const again = await kind.put(
        client,
        kind.withCertificates(uniqueId('certificates'), { primary: { certificate: shown } }),
      );
      const thumbprint = new X509Certificate(made.cert).fingerprint256.replaceAll(':', '');
      assert.equal(certificatesOf(again).primary.info.sha256Thumbprint.toUpperCase(), thumbprint);
    });

    test('refuses an attestation without any certificate', async () => {
      const enrollment = kind.withCertificates(uniqueId('certificates'), {});
      await expectSdkError(kind.put(client, enrollment), { name: 'ArgumentError', status: 400 });
    });

    test('refuses a private key in place of a certificate', async () => {
      const made = await certificate(uniqueId('certificates'));
      const enrollment = kind.withCertificates(uniqueId('certificates'), { primary: { certificate: made.key } });
      await expectSdkError(kind.put(client, enrollment), { name: 'ArgumentError', status: 400 });
    });
  });

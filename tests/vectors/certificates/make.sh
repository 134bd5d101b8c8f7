#!/bin/bash
# Makes the certificates of this folder with the openssl command line (3.0), an implementation that shares no encoder
# with Muster's own. The keys are thrown away: only what the certificates say matters. Validity is fixed, 2026 to 2126,
# so that the tests choose their own time.
#
#   cd tests/vectors/certificates && ./make.sh
set -euo pipefail
out=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

begin=20260101000000Z
end=21260101000000Z

cat >ca.cnf <<'CNF'
[ca]
default_ca = any
[any]
serial = serial.txt
database = index.txt
new_certs_dir = .
policy = policy
unique_subject = no
string_mask = utf8only
copy_extensions = none
[policy]
countryName = optional
organizationName = optional
commonName = optional
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[one_below]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[names_limited]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
nameConstraints = critical,permitted;DNS:example.com
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[issuer_serial]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer:always
[signs_without_constraints]
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[device]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[elsewhere]
basicConstraints = critical,CA:false
subjectAltName = DNS:device.example.org
[unknown_critical]
basicConstraints = critical,CA:false
1.2.3.4.5 = critical,ASN1:NULL
CNF

ec() { openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${2:-P-256}" -out "$1.key"; }
# issue NAME SUBJECT EXTENSIONS ISSUER [SERIAL [BEGIN END [DIGEST]]]: signs the request for NAME.key
issue() {
  openssl req -new -key "$1.key" -subj "$2" -utf8 -multivalue-rdn -out "$1.csr" -config <(printf '[req]\ndistinguished_name=n\nstring_mask=utf8only\n[n]\n')
  : >index.txt
  echo "${5:-1000}" >serial.txt
  local signer=(-cert "$4.pem" -keyfile "$4.key")
  [ "$1" = "$4" ] && signer=(-selfsign -keyfile "$1.key")
  local extensions=(-extensions "$3")
  openssl ca -batch -notext -config ca.cnf -name any -in "$1.csr" -out "$1.pem" "${signer[@]}" "${extensions[@]}" \
    -startdate "${6:-$begin}" -enddate "${7:-$end}" -md "${8:-sha256}" -preserveDN 2>/dev/null ||
    { echo "issuing $1 failed" >&2; exit 1; }
}

ec root; issue root "/O=Contoso/CN=Test Root" root root 01
ec intermediate; issue intermediate "/O=Contoso/CN=Test Intermediate" one_below root 02
ec device; issue device "/C=DE/O=Contoso, Ltd./CN=device-1" device intermediate 00A1B2
ec below; issue below "/CN=One Too Deep" root intermediate 03
ec too_deep; issue too_deep "/CN=too-deep" device below 04
ec by_device; issue by_device "/CN=by-device" device device 05
ec limited; issue limited "/CN=Names Limited" names_limited root 06
ec outside_names; issue outside_names "/CN=outside-names" elsewhere limited 07
ec unconstrained; issue unconstrained "/CN=Signs Without Constraints" signs_without_constraints root 08
ec by_unconstrained; issue by_unconstrained "/CN=by-unconstrained" device unconstrained 09
ec old_intermediate; issue old_intermediate "/CN=Old Intermediate" root root 0A 20260101000000Z 20270101000000Z
ec by_old; issue by_old "/CN=by-old" device old_intermediate 0B
ec expired; issue expired "/CN=expired" device intermediate 0C 20260101000000Z 20270101000000Z
ec critical; issue critical "/CN=critical" unknown_critical intermediate 0D
ec sha1; issue sha1 "/CN=sha1" device intermediate 0E "$begin" "$end" sha1
ec two_names; issue two_names "/CN=first/CN=second" device intermediate 0F
ec no_name; issue no_name "/O=Contoso" device intermediate 10
ec umlaut; issue umlaut "/CN=gerät-ü" device intermediate 11
ec p384 P-384; issue p384 "/CN=p384" device intermediate 12
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.key; issue rsa2048 "/CN=rsa2048" device intermediate 13
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.key; issue rsa1024 "/CN=rsa1024" device intermediate 14
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out k256.key; issue k256 "/CN=k256" device intermediate 15
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -out explicit.key
issue explicit "/CN=explicit" device intermediate 16
openssl genpkey -algorithm ED25519 -out ed25519.key; issue ed25519 "/CN=ed25519" device intermediate 17
# The same name and key as the root, another serial number: what an authority looks like that was issued again. The
# intermediate names the serial number of the first one.
ec reissued; issue reissued "/CN=Reissued Root" root reissued 21
ec names_serial; issue names_serial "/CN=Names Serial" issuer_serial reissued 22
ec by_names_serial; issue by_names_serial "/CN=by-names-serial" device names_serial 23
issue reissued "/CN=Reissued Root" root reissued 24
# The same name, another key: an impostor.
ec impostor; issue impostor "/O=Contoso/CN=Test Root" root impostor 31

for certificate in *.pem; do
  [[ $certificate =~ ^[0-9A-F]+\.pem$ ]] || cp "$certificate" "$out/"
done

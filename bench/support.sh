# Sourced by the benchmarks: certificates for the servers that Muster is measured beside, and figures.

# certify DIRECTORY: a root, an issuing CA and a server certificate for localhost, of the same form as Muster's own:
# root.pem, chain.pem and server.key.
certify() {
  (
    cd "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem \
      -subj "/CN=Benchmark root" -days 90 2>/dev/null
    issue issuing "/CN=Benchmark issuing" root \
      'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n'
    issue server "/CN=localhost" issuing \
      'subjectAltName=DNS:localhost\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
    cat server.pem issuing.pem >chain.pem
  )
}

# issue NAME SUBJECT ISSUER EXTENSIONS: a P-256 key and a certificate.
issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 90 -out "$1.pem" \
    -extfile <(printf '%b' "$4") 2>/dev/null
}

# show NAME: the report in $result on one line.
show() {
  jq -r --arg name "$1" '"\($name): \(.serverUsEach | round) us each, \(.perSecond | round) a second, " +
    "p50 \(.p50Us / 1000) ms, p99 \(.p99Us / 1000) ms"' <<<"$result"
}

# min median max of the numbers on standard input
spread() { sort -n | awk '{ value[NR] = $1 } END { printf "%.0f %.0f %.0f\n", value[1], value[int((NR + 1) / 2)], value[NR] }'; }

# resident PROCESS: KiB
resident() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

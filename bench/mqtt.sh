#!/usr/bin/env bash
# Muster beside Mosquitto, on this machine, in turn in one run; prints the MQTT figures of docs/performance.md.
#
# Every session is a new TLS 1.3 connection with X25519 and a P-256 leaf under an issuing and a root CA, CONNECT,
# SUBSCRIBE, a PUBLISH of QoS 1 and one message back, DISCONNECT. Muster does a whole registration with a durable commit
# in it, Mosquitto hands the device its own message of 300 octets. What counts is the processor time of the server's
# process for each session, user and kernel together; and, with connections that have subscribed and stay silent, the
# resident memory for each.
#
# Mosquitto serves with one thread, and so does Muster here; it has its thread for the database besides. With
# BENCH_THREADS=0 it has one for each core, as it comes.
#
#   BENCH_ROUNDS (5) BENCH_SESSIONS (5000) BENCH_CONNECTIONS ("16 64") BENCH_IDLE (5000) BENCH_THREADS (1)
#   BENCH_KINDS ("certificate key")
set -euo pipefail
source "$(dirname "$0")/../tests/support/muster_server.sh"
source "$(dirname "$0")/support.sh"

rounds=${BENCH_ROUNDS:-5}
sessions=${BENCH_SESSIONS:-5000}
idle_connections=${BENCH_IDLE:-5000}
threads=${BENCH_THREADS:-1}
read -r -a connection_counts <<<"${BENCH_CONNECTIONS:-16 64}"
next_index=1
broker_directory=
broker_process=
idle_process=
# Each idle connection is a descriptor on both sides.
ulimit -n "$(ulimit -Hn)"

clean_up() {
  if [[ -n $idle_process ]]; then kill "$idle_process" 2>/dev/null || true; fi
  if [[ -n $broker_process ]]; then kill "$broker_process" 2>/dev/null || true; fi
  server_clean_up
  if [[ -n $broker_directory ]]; then rm -rf "$broker_directory"; fi
}
trap clean_up EXIT

# The authority of the devices: the enrollment group's with Muster, the one that Mosquitto asks for.
make_device_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/devices.key" -out "$1/devices.pem" \
    -subj "/CN=Benchmark devices" -days 90 2>/dev/null
}

# broker_start KIND: with mutual TLS for "certificate", and without for "key".
broker_start() {
  broker_port=$(free_port)
  cat >"$broker_directory/mosquitto.conf" <<CONFIGURATION
listener $broker_port 127.0.0.1
certfile $broker_directory/chain.pem
keyfile $broker_directory/server.key
tls_version tlsv1.3
set_tcp_nodelay true
allow_anonymous true
persistence false
log_type error
user $(id -un)
max_queued_messages 100
CONFIGURATION
  if [[ $1 == certificate ]]; then
    printf 'cafile %s\nrequire_certificate true\n' "$broker_directory/devices.pem" >>"$broker_directory/mosquitto.conf"
  fi
  "$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c "$broker_directory/mosquitto.conf" \
    >"$broker_directory/log" 2>&1 &
  broker_process=$!
  for _ in {1..500}; do
    if answers "$broker_port"; then return; fi
    sleep 0.01
  done
  echo "Mosquitto did not start:" >&2
  cat "$broker_directory/log" >&2
  return 1
}

broker_stop() {
  kill "$broker_process"
  wait "$broker_process" || true
  broker_process=
}

# What the devices show, as options of the load generator; with Muster the group's key has its use.
identity() {
  if [[ $1 == certificate ]]; then
    echo --device-ca "$broker_directory/devices.pem" --device-ca-key "$broker_directory/devices.key"
  elif [[ $2 == muster ]]; then
    echo --group-key-file "$server_group_key"
  fi
}

# load_muster KIND OPTION... and load_broker KIND OPTION...
load_muster() {
  local kind=$1
  shift
  # shellcheck disable=SC2046 # options are words
  "$muster_load" --url "mqtts://localhost:$server_mqtt_port" --ca "$server_ca" --id-scope "$server_id_scope" \
    $(identity "$kind" muster) --first-index "$next_index" "$@"
}
load_broker() {
  local kind=$1
  shift
  # shellcheck disable=SC2046
  "$muster_load" --url "mqtts://localhost:$broker_port" --ca "$broker_directory/root.pem" \
    $(identity "$kind" broker) --first-index "$next_index" "$@"
}

# round NAME KIND OPTION...: leaves its report in `result`. Every device is a new one.
round() {
  local name=$1 kind=$2 process=$server_process
  shift 2
  if [[ $name == broker ]]; then process=$broker_process; fi
  result=$("load_$name" "$kind" --mode mqtt --server-pid "$process" --json "$@")
  next_index=$((next_index + 1000000))
}

# compare KIND CONNECTIONS: rounds of both in turn, the spread of each, and the ratio of the medians.
compare() {
  local kind=$1 connections=$2 turn
  echo "== server processor time, by $kind, $sessions sessions a round, $connections connections at a time"
  rm -f "$broker_directory/muster.us" "$broker_directory/broker.us"
  for ((turn = 1; turn <= rounds; turn++)); do
    round muster "$kind" --count "$sessions" --connections "$connections"
    jq .serverUsEach <<<"$result" >>"$broker_directory/muster.us"
    show "muster   "
    round broker "$kind" --count "$sessions" --connections "$connections"
    jq .serverUsEach <<<"$result" >>"$broker_directory/broker.us"
    show "mosquitto"
  done
  read -r muster_least muster_median muster_most < <(spread <"$broker_directory/muster.us")
  read -r broker_least broker_median broker_most < <(spread <"$broker_directory/broker.us")
  echo "muster:    least $muster_least, median $muster_median, most $muster_most us a registration"
  echo "mosquitto: least $broker_least, median $broker_median, most $broker_most us a message"
  awk -v muster="$muster_median" -v broker="$broker_median" \
    'BEGIN { printf "muster to mosquitto: %.2f\n", muster / broker }'
}

# idle NAME KIND PROCESS: what each silent connection costs in resident memory.
idle() {
  local name=$1 kind=$2 process=$3 before after line
  before=$(resident "$process")
  mkfifo "$broker_directory/hold" "$broker_directory/said"
  "load_$name" "$kind" --mode mqtt-idle --count "$idle_connections" \
    <"$broker_directory/hold" >"$broker_directory/said" &
  idle_process=$!
  exec 7>"$broker_directory/hold" 8<"$broker_directory/said"
  read -r line <&8
  [[ $line == idle ]]
  after=$(resident "$process")
  exec 7>&- 8<&-
  wait "$idle_process"
  idle_process=
  rm "$broker_directory/hold" "$broker_directory/said"
  next_index=$((next_index + 1000000))
  awk -v name="$name" -v before="$before" -v after="$after" -v count="$idle_connections" \
    'BEGIN { printf "%s: %.1f KiB for each of %d connections (%d KiB before, %d KiB with them)\n",
             name, (after - before) / count, count, before, after }'
}

# A process that has served much keeps memory that idle connections then fill: each is measured fresh.
compare_idle() {
  echo "== resident memory of idle connections, by $1"
  server_start
  broker_start "$1"
  round muster "$1" --count 100 --connections 16
  round broker "$1" --count 100 --connections 16
  idle muster "$1" "$server_process"
  idle broker "$1" "$broker_process"
  broker_stop
  server_stop
}

broker_directory=$(mktemp -d)
certify "$broker_directory"
make_device_authority "$broker_directory"
server_create
# A key of its own, so before the first table.
sed -i "1i threads = $threads" "$server_directory/data/muster.toml"
server_start
server_add_group
"$muster" group add --attestation x509 --certificate "$broker_directory/devices.pem" load-x509 >/dev/null
server_stop

for kind in ${BENCH_KINDS:-certificate key}; do
  compare_idle "$kind"
  server_start
  broker_start "$kind"
  # The first sessions of each pay for its caches.
  round muster "$kind" --count 500 --connections 16
  round broker "$kind" --count 500 --connections 16
  for connections in "${connection_counts[@]}"; do compare "$kind" "$connections"; done
  broker_stop
  server_stop
done

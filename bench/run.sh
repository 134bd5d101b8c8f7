#!/usr/bin/env bash
# Muster beside nginx, on this machine, in turn in one run; prints the figures of docs/performance.md.
#
# Every session is a new TLS 1.3 connection with X25519 and a P-256 leaf under an issuing and a root CA. Muster does a
# whole symmetric-key registration with a durable commit, nginx sends a static file of the answer's size. What counts is
# the processor time of the server's processes for each session, user and kernel together.
#
#   BENCH_ROUNDS (5) BENCH_SESSIONS (5000) BENCH_CONNECTIONS ("16 64")
set -euo pipefail
source "$(dirname "$0")/../tests/support/muster_server.sh"
source "$(dirname "$0")/support.sh"

rounds=${BENCH_ROUNDS:-5}
sessions=${BENCH_SESSIONS:-5000}
read -r -a connection_counts <<<"${BENCH_CONNECTIONS:-16 64}"
answer_size=600
nginx_workers=2
next_index=1
nginx_directory=

clean_up() {
  if [[ -n $nginx_directory && -s $nginx_directory/pid ]]; then kill "$(<"$nginx_directory/pid")" || true; fi
  server_clean_up
  if [[ -n $nginx_directory ]]; then rm -rf "$nginx_directory"; fi
}
trap clean_up EXIT

nginx_start() {
  nginx_directory=$(mktemp -d)
  chmod 755 "$nginx_directory"
  nginx_port=$(free_port)
  mkdir "$nginx_directory/files"
  head -c "$answer_size" /dev/zero | tr '\0' x >"$nginx_directory/files/answer"
  certify "$nginx_directory"
  cat >"$nginx_directory/nginx.conf" <<CONFIGURATION
worker_processes $nginx_workers;
pid $nginx_directory/pid;
error_log $nginx_directory/error.log;
events { worker_connections 1024; }
http {
  client_body_temp_path $nginx_directory/body;
  proxy_temp_path $nginx_directory/proxy;
  fastcgi_temp_path $nginx_directory/fastcgi;
  uwsgi_temp_path $nginx_directory/uwsgi;
  scgi_temp_path $nginx_directory/scgi;
  access_log off;
  tcp_nodelay on;
  server {
    listen 127.0.0.1:$nginx_port ssl reuseport;
    ssl_certificate $nginx_directory/chain.pem;
    ssl_certificate_key $nginx_directory/server.key;
    ssl_protocols TLSv1.3;
    ssl_ecdh_curve X25519;
    ssl_session_tickets off;
    ssl_session_cache off;
    ssl_verify_client optional_no_ca;  # Muster asks for a client certificate too, and takes none as an answer
    root $nginx_directory/files;
  }
}
CONFIGURATION
  "$(command -v nginx || echo /usr/sbin/nginx)" -e "$nginx_directory/error.log" -c "$nginx_directory/nginx.conf"
  # It accepts connections a moment before its workers are there.
  nginx_processes=()
  for _ in {1..500}; do
    if [[ -s $nginx_directory/pid ]]; then mapfile -t nginx_processes < <(pgrep -P "$(<"$nginx_directory/pid")"); fi
    if ((${#nginx_processes[@]} == nginx_workers)) && answers "$nginx_port"; then return; fi
    sleep 0.01
  done
  echo "nginx did not start:" >&2
  cat "$nginx_directory/error.log" >&2
  return 1
}

# Both leave their result in `result`.
muster_round() {
  result=$(server_register --first-index "$next_index" --server-pid "$server_process" --json "$@")
  next_index=$((next_index + 10000000))
}
nginx_round() {
  result=$("$muster_load" --mode get --url "https://localhost:$nginx_port/answer" --ca "$nginx_directory/root.pem" \
    --server-pid "${nginx_processes[@]}" --json "$@")
}

milliseconds_since() { awk -v now="$EPOCHREALTIME" -v then="$1" 'BEGIN { printf "%.0f\n", (now - then) * 1000 }'; }

measure_start() {
  local began=$EPOCHREALTIME
  server_start
  echo "start on an existing data directory: $(milliseconds_since "$began") ms (until it accepts connections)"
  echo "resident when idle: $(resident "$server_process") KiB"
}

measure_group_commit() {
  local file=$server_directory/synced began
  began=$EPOCHREALTIME
  dd if=/dev/zero of="$file" bs=4096 count=500 oflag=dsync status=none
  echo "this disk: $(awk -v now="$EPOCHREALTIME" -v then="$began" 'BEGIN { printf "%.0f", (now - then) * 1000000 / 500 }') us for a synchronous write of 4 KiB"
  # Kept-alive connections, so that commits are compared and not handshakes.
  local one many
  muster_round --connections 1 --requests-per-connection 1000000 --count 1000000 --seconds 5
  one=$(jq .perSecond <<<"$result")
  show "1 connection "
  muster_round --connections 64 --requests-per-connection 1000000 --count 1000000 --seconds 5
  many=$(jq .perSecond <<<"$result")
  show "64 connections"
  awk -v one="$one" -v many="$many" 'BEGIN { printf "64 connections to one: %.1f times\n", many / one }'
}

server_create
server_start
server_add_group
server_stop
echo "== start and idle"
measure_start

# compare CONNECTIONS: rounds of both in turn, the spread of each, and the ratio of the medians.
compare() {
  local connections=$1 round
  echo "== server processor time, $sessions sessions a round, $connections connections at a time"
  rm -f "$server_directory/muster.us" "$nginx_directory/nginx.us"
  for ((round = 1; round <= rounds; round++)); do
    muster_round --count "$sessions" --connections "$connections"
    jq .serverUsEach <<<"$result" >>"$server_directory/muster.us"
    show "muster"
    nginx_round --count "$sessions" --connections "$connections"
    jq .serverUsEach <<<"$result" >>"$nginx_directory/nginx.us"
    show "nginx "
  done
  read -r muster_least muster_median muster_most < <(spread <"$server_directory/muster.us")
  read -r nginx_least nginx_median nginx_most < <(spread <"$nginx_directory/nginx.us")
  echo "muster: least $muster_least, median $muster_median, most $muster_most us a registration"
  echo "nginx:  least $nginx_least, median $nginx_median, most $nginx_most us a file"
  awk -v muster="$muster_median" -v nginx="$nginx_median" 'BEGIN { printf "muster to nginx: %.2f\n", muster / nginx }'
}

nginx_start
# The first sessions of each pay for its caches.
muster_round --count 500 --connections 16
nginx_round --count 500 --connections 16
for connections in "${connection_counts[@]}"; do compare "$connections"; done

echo "== group commit"
measure_group_commit
echo "resident after all of it: $(resident "$server_process") KiB"
server_stop

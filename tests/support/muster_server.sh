# Sourced by scripts that need a Muster of their own: a throw-away data directory, free ports of 127.0.0.1, one
# enrollment group with a symmetric key.
#
#   server_create          makes the data directory; sets server_directory, server_url, server_id_scope, server_ca and
#                          the ports server_port (HTTPS), server_mqtt_port and server_amqp_port
#   server_start           serves in the background and returns when connections are accepted; sets server_process
#   server_add_group       enrolls the group "load", whose key stands in $server_group_key, and lifts the tenant's rates,
#                          so that what is seen is the server and not its limits
#   server_set_limits OPTION...  `muster tenant set` with these options
#   server_stop            SIGTERM; returns the server's exit status
#   server_kill            SIGKILL
#   server_clean_up        whatever runs is killed and the data directory removed: for a trap on EXIT
#
# MUSTER_BIN names another binary than build/release/bin/muster.

project_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
muster=${MUSTER_BIN:-$project_directory/build/release/bin/muster}
muster_load=${MUSTER_LOAD_BIN:-$project_directory/build/release/bin/muster-load}
server_start_seconds_max=30
server_process=
server_platform_token=

answers() { (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that the kernel takes clients' ports from.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    if ! answers "$port"; then
      echo "$port"
      return
    fi
  done
  echo "no free port found" >&2
  return 1
}

server_create() {
  server_directory=$(mktemp -d)
  local created
  created=$("$muster" init --data "$server_directory/data" --host localhost --json) || return
  server_port=$(free_port) || return
  server_mqtt_port=$(free_port) || return
  server_amqp_port=$(free_port) || return
  server_url=https://localhost:$server_port
  server_id_scope=$(jq -er .idScope <<<"$created") || return
  server_ca=$(jq -er .caCertificateFile <<<"$created") || return
  MUSTER_TOKEN=$(jq -er .adminToken <<<"$created") || return
  server_group_key=$server_directory/group.key
  export MUSTER_URL=$server_url MUSTER_CA=$server_ca MUSTER_TOKEN
}

# Starts it without waiting.
server_launch() {
  "$muster" serve --data "$server_directory/data" --bind 127.0.0.1 --https "$server_port" \
    --mqtt "$server_mqtt_port" --amqp "$server_amqp_port" >>"$server_directory/server.log" 2>&1 &
  server_process=$!
}

server_start() {
  server_launch
  local deadline=$((SECONDS + server_start_seconds_max))
  until answers "$server_port" && answers "$server_mqtt_port" && answers "$server_amqp_port"; do
    if ! kill -0 "$server_process" 2>/dev/null || ((SECONDS >= deadline)); then
      echo "the server did not start:" >&2
      tail -n 20 "$server_directory/server.log" >&2
      return 1
    fi
    sleep 0.001
  done
}

server_add_group() {
  (umask 077 && openssl rand -base64 48 >"$server_group_key")
  "$muster" group add --attestation symmetric-key --primary-key "$server_group_key" load >/dev/null || return
  server_set_limits --registrations-per-minute 1000000000 --requests-per-minute-and-device 1000000000 \
    --devices-max 1000000000
}

# server_set_limits OPTION...: the tenant's limits are the platform's to set.
server_set_limits() {
  if [[ -z $server_platform_token ]]; then
    server_platform_token=$("$muster" token --data "$server_directory/data" --name load-platform --platform) || return
  fi
  MUSTER_TOKEN=$server_platform_token "$muster" tenant set default "$@" >/dev/null
}

# server_register OPTION...: the load generator on the group's devices.
server_register() {
  "$muster_load" --url "$server_url" --ca "$server_ca" --id-scope "$server_id_scope" \
    --group-key-file "$server_group_key" "$@"
}

server_stop() {
  local process=$server_process
  server_process=
  kill -TERM "$process"
  wait "$process"
}

# The shell's own line about a killed job is no news here.
server_kill() {
  { kill -KILL "$server_process" && wait "$server_process"; } 2>/dev/null
  server_process=
}

server_clean_up() {
  if [[ -n $server_process ]]; then server_kill; fi
  if [[ -n ${server_directory:-} ]]; then rm -rf "$server_directory"; fi
}

#!/usr/bin/env bash
# A server under constant load: scripts/soak.sh SECONDS. As many registrations over HTTPS as there is time for, and
# beside them devices on all five transports, of which some are cut off at random, and strangers that send nonsense.
# Every registration that was not cut must be answered, nothing may be logged as an error, memory and open files must not
# grow with the number of registrations, and at the end the server must stop in good order with a whole audit trail.
set -uo pipefail
source "$(dirname "$0")/../tests/support/muster_server.sh"

seconds=${1:?how many seconds}
memory_growth_kib_max=16384
passed=0
failed=0

verdict() {
  local status=$1
  shift
  if ((status == 0)); then
    passed=$((passed + 1))
    echo "good: $*"
  else
    failed=$((failed + 1))
    echo "BAD:  $*"
  fi
}

resident_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$server_process/status"; }
open_files() { find "/proc/$server_process/fd" -mindepth 1 | wc -l; }
load() { server_register --connections 4 --count 1000000000 --seconds "$1" --first-index "$2" --json; }
devices() {
  node "$project_directory/tests/conformance/soak/soak.mjs" --https "$server_port" --mqtt "$server_mqtt_port" \
    --amqp "$server_amqp_port" --ca "$server_ca" --id-scope "$server_id_scope" --group-key-file "$server_group_key" \
    --seconds "$1" --devices "$2" >"$server_directory/devices.json"
}
# Both at once; `load`'s report stays in $load_result, the devices' in devices.json, the worse status is returned.
load_on_every_transport() {
  devices "$1" "$2" &
  local process=$! load_status=0 devices_status=0
  load_result=$(load "$1" "$3") || load_status=$?
  wait "$process" || devices_status=$?
  return $((load_status > devices_status ? load_status : devices_status))
}
report_load() {
  jq -r '"HTTPS: \(.good) registered, \(.refused) refused, \(.failed) failed, \(.perSecond | floor) a second, " +
    "p50 \(.p50Us / 1000) ms, p99 \(.p99Us / 1000) ms \(.complaints | join("; "))"' <<<"$load_result"
}

trap server_clean_up EXIT
"$project_directory/tests/conformance/install.sh" >/dev/null || exit 1
server_create && server_start && server_add_group || exit 1

# What the caches and the threads' arenas need is there after a tenth of the time; from then on nothing may grow.
files_before=$(open_files)
warm_up_seconds=$((seconds / 10 + 1))
load_on_every_transport "$warm_up_seconds" warm 1
verdict $? "warm-up, $(report_load)"
memory_before=$(resident_kib)

load_on_every_transport $((seconds - warm_up_seconds)) device 500000001
verdict $? "$(report_load)"
# A minute without one whole registration over a transport, or with none cut in any, would prove nothing.
results=$server_directory/devices.json
for transport in https mqtt mqtt_websocket amqp amqp_websocket; do
  jq -e --arg name "$transport" '.transports[$name] | .failed == 0 and .good > 0' "$results" >/dev/null
  verdict $? "$(jq -r --arg name "$transport" \
    '.transports[$name] | "\($name): \(.good) registered, \(.cut) cut, \(.failed) failed"' "$results")"
done
jq -e '(.complaints | length) == 0 and .strangers > 0 and ([.transports[].cut] | add) > 0' "$results" >/dev/null
verdict $? "$(jq -r '"\([.transports[].cut] | add) cut, \(.strangers) strangers; \(.complaints | join("; "))"' "$results")"
errors=$(grep -c '^[^ ]* error ' "$server_directory/server.log")
((errors == 0))
verdict $? "errors in the log: $errors"
memory_after=$(resident_kib)

((memory_after - memory_before <= memory_growth_kib_max))
verdict $? "resident memory: $memory_before KiB after the warm-up, $memory_after KiB at the end"

# Connections that the other side has closed are noticed within moments, not at once.
for _ in {1..100}; do
  files_after=$(open_files)
  if ((files_after <= files_before + 8)); then break; fi
  sleep 0.1
done
((files_after <= files_before + 8))
verdict $? "open files: $files_before before, $files_after after"

server_stop
verdict $? "it ends on SIGTERM"
"$muster" audit verify --data "$server_directory/data" >"$server_directory/audit.txt" 2>&1
verdict $? "audit trail: $(tail -n 1 "$server_directory/audit.txt")"

if ((failed > 0)); then tail -n 20 "$server_directory/server.log"; fi
echo "$passed passed, $failed failed"
((failed == 0))

#!/usr/bin/env bash
# A server under constant load: scripts/soak.sh SECONDS. Every registration must be answered, memory and open files must
# not grow with the number of registrations, and at the end the server must stop in good order with a whole audit trail.
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
load() { server_register --connections 16 --count 1000000000 --seconds "$1" --first-index "$2" --json; }

trap server_clean_up EXIT
server_create && server_start && server_add_group || exit 1

# What the caches and the threads' arenas need is there after a tenth of the time; from then on nothing may grow.
files_before=$(open_files)
warm_up_seconds=$((seconds / 10 + 1))
warm_up=$(load "$warm_up_seconds" 1)
verdict $? "warm-up: $(jq -r '"\(.good) registered, \(.refused) refused, \(.failed) failed"' <<<"$warm_up")"
memory_before=$(resident_kib)

result=$(load $((seconds - warm_up_seconds)) 500000001)
verdict $? "$(jq -r '"\(.good) registered, \(.refused) refused, \(.failed) failed, \(.perSecond | floor) a second, " +
  "p50 \(.p50Us / 1000) ms, p99 \(.p99Us / 1000) ms \(.complaints | join("; "))"' <<<"$result")"
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

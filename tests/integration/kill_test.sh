#!/usr/bin/env bash
# What a device was told is still true after kill -9: a server under load is killed in the middle of it, again and
# again. After each restart every acknowledged registration must be there and the audit trail's chain must be whole.
#
# Each round kills after a random number of acknowledgements, with up to 16 registrations on their way; every third
# round kills the next server too, while it starts. KILL_TEST_SEED repeats a run, KILL_TEST_ROUNDS makes it longer.
set -uo pipefail
source "$(dirname "$0")/../support/muster_server.sh"

rounds=${KILL_TEST_ROUNDS:-20}
seed=${KILL_TEST_SEED:-$RANDOM}
acknowledgements_max=400
registrations_per_round_max=1000
passed=0
failed=0

trap server_clean_up EXIT
server_create || exit 1
RANDOM=$seed
echo "seed $seed, $rounds rounds"
server_start && server_add_group || exit 1
acknowledged=$server_directory/acknowledged
stored=$server_directory/stored
: >"$acknowledged"

# Reads the acknowledgements as they arrive and kills at the one that was drawn.
load_and_kill() {
  local goal=$1 first=$2 count=0 id
  while read -r id; do
    echo "$id" >>"$acknowledged"
    count=$((count + 1))
    if ((count == goal)); then server_kill; fi
  done < <(server_register --connections 16 --count "$registrations_per_round_max" --first-index "$first" \
    --acknowledged /dev/fd/4 4>&1 >"$server_directory/load.txt" 2>&1)
  ((count >= goal))
}

check_store() {
  "$muster" device list --json >"$server_directory/devices.json" || return
  jq -r '.[].registration_id' "$server_directory/devices.json" | sort >"$stored"
  local lost
  lost=$(sort "$acknowledged" | comm -23 - "$stored")
  if [[ -n $lost ]]; then
    echo "  acknowledged, but not there: $(wc -l <<<"$lost"), among them $(head -n 3 <<<"$lost" | tr '\n' ' ')"
    return 1
  fi
}

check_audit() {
  local said
  said=$("$muster" audit verify --data "$server_directory/data" 2>&1) || {
    echo "  audit verify: $said"
    return 1
  }
}

for ((round = 1; round <= rounds; round++)); do
  goal=$((RANDOM % acknowledgements_max + 1))
  complaint=
  if ! load_and_kill "$goal" $((round * registrations_per_round_max)); then
    complaint="the load ended before $goal acknowledgements: $(tail -n 3 "$server_directory/load.txt")"
  fi
  if [[ -n $server_process ]]; then server_kill; fi
  if ((round % 3 == 0)); then
    server_launch
    sleep "0.0$((RANDOM % 100))"
    server_kill
  fi
  server_start || complaint="it does not start again"
  if [[ -z $complaint ]]; then check_store || complaint="registrations are lost"; fi
  if [[ -z $complaint ]]; then check_audit || complaint="the audit trail is broken"; fi
  if [[ -z $complaint ]]; then
    passed=$((passed + 1))
    echo "round $round: killed after $goal; acknowledged $(wc -l <"$acknowledged"), stored $(wc -l <"$stored")"
  else
    failed=$((failed + 1))
    echo "round $round: killed after $goal: $complaint"
    if [[ -z $server_process ]] || ! kill -0 "$server_process" 2>/dev/null; then break; fi
  fi
done

if server_stop; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
  echo "it does not end well on SIGTERM: exit status $?"
fi
if ((failed > 0)); then
  echo "the server's last words:"
  tail -n 20 "$server_directory/server.log"
fi
echo "$passed passed, $failed failed"
((failed == 0))

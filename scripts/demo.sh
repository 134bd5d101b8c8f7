#!/bin/bash
# Shows Muster from an empty directory to a provisioned device with a (simulated) TPM, in a throw-away directory and on
# a free port. Needs the programs of the release preset, swtpm, swtpm-tools and tpm2-tools. Leaves nothing behind.
#
#   MUSTER_BIN, MUSTER_AGENT_BIN   other programs than build/release/bin/muster and muster-agent
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
muster=${MUSTER_BIN:-$root/build/release/bin/muster}
agent=${MUSTER_AGENT_BIN:-$root/build/release/bin/muster-agent}
rig=$root/tests/support/swtpm.sh
device=sensor-0001

bold='' dim='' green='' red='' plain=''
if [ -t 1 ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

say() { printf '%s\n' "$*"; }

for program in "$muster" "$agent"; do
  if [ ! -x "$program" ]; then
    say "${red}$program is not there: build it with \"make build\".${plain}" >&2
    exit 1
  fi
done

work=$(mktemp -d "${TMPDIR:-/tmp}/muster-demo-XXXXXX")
server=
finished=

# Asks the server to end, and insists after ten seconds.
stop_service() {
  if [ -z "$server" ]; then return 0; fi
  kill "$server" 2> /dev/null || true
  for _ in $(seq 200); do
    if ! kill -0 "$server" 2> /dev/null; then break; fi
    sleep 0.05
  done
  kill -9 "$server" 2> /dev/null || true
  wait "$server" 2> /dev/null || true
}

# Also after a failure or Ctrl-C: no process, no file stays.
clean_up() {
  local status=$?
  set +e
  stop_service
  "$rig" stop "$work/tpm" > /dev/null 2>&1 || true
  rm -rf "$work"
  if [ -z "$finished" ] && [ "$status" -ne 0 ]; then say "${red}The demonstration failed.${plain}" >&2; fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

now_ms() { echo "$((${EPOCHREALTIME/[^0-9]/} / 1000))"; }
began=$(now_ms)
number=0

# step TEXT COMMAND...: tells what is done, does it, tells how long it took; shows the command's words if it fails.
step() {
  local text=$1 start
  shift
  number=$((number + 1))
  printf '%s%2d%s  %-68s' "$bold" "$number" "$plain" "$text"
  start=$(now_ms)
  if "$@" > "$work/step.log" 2>&1; then
    printf '%s%6d ms%s\n' "$green" "$(($(now_ms) - start))" "$plain"
  else
    printf '%sfailed%s\n' "$red" "$plain"
    sed 's/^/    /' "$work/step.log" >&2
    return 1
  fi
}

# The first value of that name in a JSON file.
json_text() { sed -n 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$2" | head -n 1; }

is_answering() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

choose_port() {
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 10000))
    if ! is_answering "$port"; then return; fi
  done
  echo "found no free port"
  return 1
}

make_service() { "$muster" init --data "$work/data" --host localhost --json > "$work/init.json"; }

start_service() {
  choose_port || return 1
  "$muster" serve --data "$work/data" --bind 127.0.0.1 --https "$port" --mqtt 0 --amqp 0 \
    > "$work/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 200); do
    if is_answering "$port"; then return; fi
    if ! kill -0 "$server" 2> /dev/null; then break; fi
    sleep 0.05
  done
  cat "$work/serve.log"
  return 1
}

make_tpm() {
  "$rig" manufacture "$work/tpm" || return 1
  tcti=$("$rig" start "$work/tpm")
}

read_tpm() { "$agent" show-tpm --tcti "$tcti" --json > "$work/tpm.json"; }

enroll() {
  "$muster" enrollment add --attestation tpm --endorsement-key "$(json_text endorsementKey "$work/tpm.json")" "$device"
}

provision() {
  "$agent" provision --endpoint "https://localhost:$port" --id-scope "$id_scope" --attestation tpm \
    --registration-id "$device" --tcti "$tcti" --ca "$MUSTER_CA" --output "$work/assignment.json" --explain
}

make_hub_token() {
  "$agent" token --hub "$(json_text assignedHub "$work/assignment.json")" \
    --device-id "$(json_text deviceId "$work/assignment.json")" --tcti "$tcti" > "$work/token"
}

show_device() { "$muster" device show "$device"; }

# What the last step printed, cut to the width of a page: keys in base64 are long.
show_words() { sed "s/^\(.\{96\}\).*/\1.../; s/^/    $dim/; s/\$/$plain/" "$work/step.log"; }

say "${bold}Muster: from an empty directory to a provisioned device${plain}"
say
step "Make a service: its authority, its certificate, its first tenant" make_service
id_scope=$(json_text idScope "$work/init.json")
step "Start it on a free port of this machine" start_service
export MUSTER_URL=https://localhost:$port
MUSTER_TOKEN=$(json_text adminToken "$work/init.json")
MUSTER_CA=$(json_text caCertificateFile "$work/init.json")
export MUSTER_TOKEN MUSTER_CA

step "Manufacture a simulated TPM with an endorsement certificate" make_tpm
step "Read the TPM's endorsement key, as a factory would" read_tpm
step "Enroll the device $device by that key" enroll
step "Switch the device on: it finds its service and proves its TPM" provision
show_words
step "Sign a token for its hub, with the key that is now in the TPM" make_hub_token
say "    ${dim}$(cut -c 1-90 "$work/token")...${plain}"
step "Look at the device from the service's side" show_device
show_words

finished=yes
say
say "${green}Done in $(($(now_ms) - began)) ms.${plain} Everything was made for this demonstration and is removed again."
say
say "${bold}To start Muster for real:${plain}"
say "    build/release/bin/muster serve --data /var/lib/muster"
say "The first start makes the directory, prints the ID scope and the administrator's token once,"
say "and names the file of the certificate that devices trust."

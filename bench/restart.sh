#!/usr/bin/env bash
# A fleet that comes back after a power cut: all devices ask in the same moment, more than the tenant may register in a
# minute, and come again when Muster says so. Prints how long it takes until each has its hub, and fails if a single one
# is refused or not answered.
#
#   BENCH_DEVICES (50000) BENCH_RATE (12000, registrations a minute) BENCH_CONNECTIONS (512, at a time)
set -euo pipefail
source "$(dirname "$0")/../tests/support/muster_server.sh"
source "$(dirname "$0")/support.sh"
trap server_clean_up EXIT

devices=${BENCH_DEVICES:-50000}
rate=${BENCH_RATE:-12000}
connections=${BENCH_CONNECTIONS:-512}

echo "== $devices devices at once, $rate registrations a minute, $connections connections at a time"
server_create
server_start
server_add_group
server_set_limits --registrations-per-minute "$rate" --requests-per-minute-and-device 60
before=$(resident "$server_process")
server_register --mode restart --count "$devices" --connections "$connections" --server-pid "$server_process"
echo "resident before: $before KiB, after: $(resident "$server_process") KiB"
server_stop

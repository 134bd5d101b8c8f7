#!/usr/bin/env bash
# Installs the Debian packages that are missing for the groups named, and does nothing where none is:
#
#   scripts/install-dependencies.sh build test
set -euo pipefail

declare -A groups=(
  [build]="g++ cmake ninja-build ccache make pkg-config libboost1.81-dev libboost-json1.81-dev libssl-dev
    libqpid-proton11-dev libsqlite3-dev libtomlplusplus-dev libcli11-dev libspdlog-dev libfmt-dev libtss2-dev
    libcurl4-openssl-dev libmaxminddb-dev libyaml-cpp-dev"
  [demo]="swtpm swtpm-tools tpm2-tools libtss2-tcti-swtpm0 jq curl openssl"
  [unit]="libgtest-dev openssl"
  [test]="swtpm swtpm-tools tpm2-tools libtss2-tcti-swtpm0 libtss2-tcti-mssim0 sqlite3 jq curl openssl python3 git"
  [fuzz]="clang-14 libclang-rt-14-dev"
  [lint]="clang-14 clang-format clang-tidy python3 git"
  [bench]="nginx-light mosquitto jq openssl"
)

wanted=()
for group in "$@"; do
  [[ -v groups[$group] ]] || { echo "unknown group '$group'; there are: ${!groups[*]}" >&2; exit 2; }
  read -r -d '' -a packages <<<"${groups[$group]}" || true
  wanted+=("${packages[@]}")
  # Any Node.js from 18 on will do, wherever it came from.
  if [[ $group == test ]]; then
    version=$(node --version 2>/dev/null || echo v0)
    version=${version#v}
    if ((${version%%.*} < 18)); then wanted+=(nodejs); fi
    if ! command -v npm >/dev/null; then wanted+=(npm); fi
  fi
done

declare -A installed=()
while read -r status package; do
  if [[ $status == installed ]]; then installed[${package%%:*}]=1; fi
done < <(dpkg-query --show --showformat='${db:Status-Status} ${binary:Package}\n' "${wanted[@]}" 2>/dev/null || true)

missing=()
for package in "${wanted[@]}"; do
  if [[ ! -v installed[$package] ]]; then missing+=("$package"); fi
done
if ((${#missing[@]} == 0)); then exit 0; fi

as_root=()
if ((EUID != 0)); then as_root=(sudo); fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"

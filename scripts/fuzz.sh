#!/usr/bin/env bash
# Fuzzes every parser for an equal share of the time, two at a time.
#
#   scripts/fuzz.sh SECONDS_TOTAL [BUILD_DIRECTORY]
#
# Builds the preset "fuzz" (clang) and runs each program of tests/fuzz over a copy of its kept corpus; the corpus itself
# stays as it is. One line is printed for each program. Where one fails, the input that broke it and the log stay in
# BUILD_DIRECTORY/fuzz, their names are printed, and the exit status is 1.
set -euo pipefail

if [[ $# -lt 1 || $# -gt 2 || ! $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: scripts/fuzz.sh SECONDS_TOTAL [BUILD_DIRECTORY]" >&2
  exit 2
fi
seconds_total=$1
root=$(cd "$(dirname "$0")/.." && pwd)
build=${2:-$root/build/fuzz}
parallel=2

cd "$root"
mkdir -p "$build/fuzz"
build_log=$build/fuzz/build.log
if ! { cmake --preset fuzz -B "$build" && ninja -C "$build" -j "$parallel" fuzz_targets; } >"$build_log" 2>&1; then
  tail -n 30 "$build_log" >&2
  exit 1
fi

targets=()
for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" .cpp)"); done
seconds=$((seconds_total * parallel / ${#targets[@]}))
((seconds > 0)) || seconds=1  # 0 would mean for ever

fuzz() {
  local target=$1 work=$build/fuzz/$1
  rm -rf "$work"
  mkdir -p "$work/corpus"
  if [[ -d tests/fuzz/corpus/$target ]]; then cp -r "tests/fuzz/corpus/$target/." "$work/corpus"; fi
  if "$build/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$work/" "$work/corpus" >"$work/log" 2>&1; then
    echo "ok    $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") inputs in $seconds s"
  else
    echo "FAIL  $target: see $work/log"
    find "$work" -maxdepth 1 -type f ! -name log -printf '      input: %p\n'
    return 1
  fi
}
export -f fuzz
export build seconds
# xargs ends with 123 where any of its commands failed.
printf '%s\n' "${targets[@]}" | xargs -P "$parallel" -I{} bash -c 'fuzz {}' || exit 1

#!/usr/bin/env bash
# Runs every test, prints one line for each suite, and ends with "N passed, N failed" (and ", N skipped").
# What a suite printed stays in build/test-logs/. `make test` installs what this needs first.
set -uo pipefail
cd "$(dirname "$0")/.."

fuzz_seconds=180
soak_seconds=60
logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0

# Adds up what the runners that are used here say of themselves: GoogleTest, node:test, Python's unittest, fuzz.sh, and
# the closing line of our own scripts. Prints "passed failed skipped".
count() {
  awk '
    { sub(/^[0-9]+: /, "") }                                    # ctest --verbose puts the number of the test in front
    /^\[  PASSED  \] [0-9]+ tests?\./         { passed += $4 }
    /^\[  FAILED  \] [0-9]+ tests?, listed/   { failed += $4 }
    /^\[  SKIPPED \] [0-9]+ tests?, listed/   { skipped += $4 }
    /^(#|ℹ) pass [0-9]+$/                     { passed += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+$/         { failed += $3 }
    /^(#|ℹ) (skipped|todo) [0-9]+$/           { skipped += $3 }
    /^[0-9]+ passed, [0-9]+ failed/           { passed += $1; failed += $3; skipped += $5 }
    /^ok    [a-z0-9_]+_fuzz:/                 { passed += 1 }
    /^FAIL  [a-z0-9_]+_fuzz:/                 { failed += 1 }
    /^Ran [0-9]+ tests? in/                   { ran = $2 }
    /^(OK|FAILED)( \(.*\))?$/ {
      bad = 0; left_out = 0
      count_of = split($0, parts, /[(), ]+/)
      for (i = 2; i <= count_of; i++) {
        split(parts[i], pair, "=")
        if (pair[1] == "failures" || pair[1] == "errors") bad += pair[2]
        if (pair[1] == "skipped") left_out += pair[2]
      }
      failed += bad; skipped += left_out; passed += ran - bad - left_out; ran = 0
    }
    END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# suite NAME COMMAND...: a suite that ends badly, or in which no test ran, has at least one failure.
suite() {
  local name=$1 log="$logs/$1.log" began=$SECONDS status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  local suite_passed suite_failed suite_skipped
  read -r suite_passed suite_failed suite_skipped < <(count "$log")
  if ((suite_failed == 0 && (status != 0 || suite_passed == 0))); then suite_failed=1; fi
  printf '%-28s %5d passed %3d failed %3d skipped %5d s\n' \
    "$name" "$suite_passed" "$suite_failed" "$suite_skipped" $((SECONDS - began))
  if ((suite_failed > 0)); then
    echo "--- the end of $log"
    tail -n 60 "$log"
    echo "---"
  fi
  passed=$((passed + suite_passed))
  failed=$((failed + suite_failed))
  skipped=$((skipped + suite_skipped))
}

# step NAME COMMAND...: what has to work before tests can run; counted only when it does not.
step() {
  local name=$1 log="$logs/$1.log" began=$SECONDS
  shift
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%-28s done %39d s\n' "$name" $((SECONDS - began))
  else
    echo "$name failed; the end of $log:"
    tail -n 60 "$log"
    failed=$((failed + 1))
  fi
}

configure_and_build() { cmake --preset "$1" && cmake --build --preset "$1"; }

# The conformance and integration tests mostly wait. Meanwhile the unit tests are built, behind everything else.
build_behind() {
  cmake --preset "$1" >"$logs/build_behind.log" 2>&1 </dev/null || return
  nice -n 19 ninja -C "build/$1" >>"$logs/build_behind.log" 2>&1 </dev/null &
  behind=$!
}
end_of_build_behind() {
  local status=1
  if [[ -n $behind ]]; then
    status=0
    wait "$behind" || status=$?
  fi
  behind=
  cat "$logs/build_behind.log"
  return "$status"
}
behind=
trap 'if [[ -n $behind ]]; then kill "$behind" 2>/dev/null; fi' EXIT

suite tidy_rules python3 tests/tidy/rules_test.py
step build_release configure_and_build release
build_behind asan
suite conformance tests/conformance/run.sh
for script in tests/integration/*_test.sh; do
  if [[ -e $script ]]; then suite "$(basename "$script" .sh)" "$script"; fi
done
for script in tests/integration/*.test.mjs; do
  if [[ -e $script ]]; then suite "$(basename "$script" .test.mjs)" node --test "$script"; fi
done
# The soak has the machine for itself again.
step build_asan end_of_build_behind
suite soak scripts/soak.sh "$soak_seconds"
suite unit_asan_ubsan scripts/sanitize.sh asan
suite fuzz scripts/fuzz.sh "$fuzz_seconds"

closing="$passed passed, $failed failed"
if ((skipped > 0)); then closing+=", $skipped skipped"; fi
echo "$closing"
((failed == 0))

#!/usr/bin/env bash
# Format, clang-tidy and the documentation's links. Prints what is wrong and fails if anything is.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

echo "clang-format"
git ls-files -z --cached --others --exclude-standard -- 'src/*.[ch]pp' 'apps/*.[ch]pp' 'bench/*.[ch]pp' 'tests/*.[ch]pp' |
  xargs -0 -r clang-format --dry-run -Werror || status=1

echo "links in the documentation"
python3 scripts/check_links.py || status=1

echo "clang-tidy"
findings=build/tidy/findings.txt
if cmake --preset tidy >/dev/null && run-clang-tidy -p build/tidy -j 2 -quiet "^$PWD/(src|apps|bench)/" >"$findings" 2>&1; then
  :
else
  status=1
  grep -vE '^(clang-tidy|run-clang-tidy)|^[0-9]+ warnings?( and [0-9]+ errors?)? (generated|treated)' "$findings"
fi

if ((status == 0)); then echo "nothing to mend"; fi
exit "$status"

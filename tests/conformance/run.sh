#!/bin/bash
# Installs the clients where they are missing, and runs the suite. Arguments go to it: the names of test files, to run
# only those.
set -euo pipefail
cd "$(dirname "$0")"
./install.sh
exec node run.mjs "$@"

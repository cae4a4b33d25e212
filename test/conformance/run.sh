#!/bin/bash
# Runs upstream's own conformance suite (Kubernetes 1.36.3, 446 tests) against a running cluster: npm run conformance -- [FOCUS]
#   FOCUS      a regular expression on the tests' names; default: all
#   KUBECONFIG the cluster; default: that of "skiff up"
#   PROCS      how many tests at once; default 1. With more than 1, leave out [Serial]: GINKGO_FLAGS='--skip=\[Serial\]'
# The suite is built once from Kubernetes' Go modules (needs Go 1.26 and 3 GB; about ten minutes) into SUITE_DIR, default ~/.cache/skiff-upstream.
# Tests that start containers need upstream's test images on the node, under their names: "skiff image load" takes archives of them from IMAGES_DIR.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=1.36.3
dir=${SUITE_DIR:-$HOME/.cache/skiff-upstream}
report=${REPORT_DIR:-$PWD/conformance-report}
export KUBECONFIG=${KUBECONFIG:-$(./skiff kubeconfig --path)}

build() {
  command -v go > /dev/null || { echo "Go 1.26 is needed to build upstream's suite (Debian: apt-get install golang-go, if new enough)" >&2; exit 1; }
  export GOFLAGS=-mod=mod CGO_ENABLED=0
  mkdir -p "$dir/bin"
  if [ ! -f "$dir/src/go.mod" ]; then
    module=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^.*"Dir": "\(.*\)",*$/\1/p')
    rm -rf "$dir/src.new" && cp -r "$module" "$dir/src.new" && chmod -R u+w "$dir/src.new"
    rm -rf "$dir/src.new/go.work" "$dir/src.new/vendor"
    # The staging folders are not part of the module; the published modules stand in for them.
    sed -i -E "s#^(\s*)(k8s.io/[a-z-]+) => ./staging/src/.*#\1\2 => \2 v0.${version#1.}#; /sample-apiserver =>|sample-cli-plugin =>|sample-controller =>/d" "$dir/src.new/go.mod"
    mv "$dir/src.new" "$dir/src"
  fi
  (cd "$dir/src" && nice go test -c -trimpath -o "$dir/bin/e2e.test" ./test/e2e && nice go build -trimpath -o "$dir/bin/ginkgo" github.com/onsi/ginkgo/v2/ginkgo)
}

[ -x "$dir/bin/e2e.test" ] && [ -x "$dir/bin/ginkgo" ] || { echo "building upstream's suite into $dir"; build; }
for archive in "${IMAGES_DIR:-$dir/images}"/*.tar; do
  if [ -e "$archive" ]; then ./skiff image load "$archive" > /dev/null || echo "could not load $archive" >&2; fi
done
./skiff kubectl version > /dev/null
kubectl=$(ls node_modules/.cache/skiff/tools/kubectl-* | tail -1)
mkdir -p "$report"
"$dir/bin/ginkgo" -procs="${PROCS:-1}" -no-color -v --focus="${1:-.*}" --label-filter=Conformance --timeout=12h ${GINKGO_FLAGS:-} "$dir/bin/e2e.test" -- \
  --kubeconfig="$KUBECONFIG" --provider=skeleton --kubectl-path="$PWD/$kubectl" --dns-domain=cluster.local --disable-log-dump \
  --dump-logs-on-failure=false --allowed-not-ready-nodes=0 --num-nodes="${NODES:-1}" --node-schedulable-timeout=1m --system-pods-startup-timeout=1m \
  --kube-api-content-type="${CONTENT_TYPE:-application/vnd.kubernetes.protobuf}" --non-blocking-taints=node-role.kubernetes.io/control-plane \
  --report-dir="$report" > "$report/log.txt" 2>&1 || true
sed -n '/^Summarizing/,/^Ran /p' "$report/log.txt" | grep -E '\[(FAIL|PANICKED|TIMEDOUT|INTERRUPTED)' | sort -u || true
grep -E '^Ran |Passed \|' "$report/log.txt" | tail -2 || { tail -20 "$report/log.txt"; exit 1; }

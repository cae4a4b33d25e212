#!/bin/bash
# Operators as they are published, against a cluster with simulated nodes: npm run operators [-- NAME...] (needs Go 1.26; brings the modules through GOPROXY).
# Each NAME.sh here says the module, its programs, and how to install, start, use and remove them; they run on this machine, as the service
# accounts that their charts or manifests give them.
#   BUILD_DIR  where modules and programs are kept; default: ~/.cache/skiff-operators
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
export GOFLAGS='-mod=mod -buildvcs=false' CGO_ENABLED=0 BUILD_DIR=${BUILD_DIR:-$HOME/.cache/skiff-operators}
work=$(mktemp -d)
export SKIFF_HOME=$work/skiff
unset KUBECONFIG
pids=()
finish() {
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2> /dev/null || true
  "$root/skiff" down --purge > /dev/null
  rm -rf "$work"
}
trap finish EXIT
./skiff up --nodes simulated:2 --port "${PORT:-26543}" --no-kubeconfig > /dev/null
host=$(hostname -I | cut -d' ' -f1)
kubectl() { "$root/skiff" kubectl "$@"; }
helm() { "$root/skiff" helm "$@"; }

build() { # MODULE@VERSION NAME=PACKAGE...: into $BUILD_DIR/MODULE@VERSION; leaves that in $source
  local module=$1
  shift
  source=$BUILD_DIR/${module//\//_}
  if [ ! -d "$source" ]; then
    mkdir -p "$BUILD_DIR"
    cp -r "$(go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')" "$source"
    chmod -R u+w "$source"
    # Modules that live beside this one in its repository come by their own versions.
    sed -n 's/^\(replace\)\?[[:space:]]*\([^[:space:]]*\) => \..*/\2/p' "$source/go.mod" |
      while read -r beside; do (cd "$source" && go mod edit -dropreplace="$beside"); done
  fi
  for program in "$@"; do
    [ -x "$source/bin/${program%%=*}" ] || (cd "$source" && nice go build -p 2 -o "bin/${program%%=*}" "${program#*=}")
  done
}
start_as() { # NAMESPACE SERVICEACCOUNT PROGRAM ARG...: in the background, with a log
  local namespace=$1 account=$2 program=$3 config=$work/$2.kubeconfig
  shift 3
  kubectl config view --raw --flatten --minify > "$config"
  kubectl --kubeconfig "$config" config set-credentials operator --token "$(kubectl create token -n "$namespace" "$account" --duration 2h)"
  kubectl --kubeconfig "$config" config set-context --current --user operator --namespace "$namespace"
  KUBECONFIG=$config POD_NAMESPACE=$namespace GOMEMLIMIT=1GiB "$source/bin/$program" "$@" > "$work/$program.log" 2>&1 &
  pids+=($!)
} > /dev/null
serve_on_host() { # NAMESPACE SERVICE PORT: the Service leads to a program of this machine
  kubectl patch service -n "$1" "$2" --type merge -p '{"spec":{"selector":null}}'
  kubectl delete endpointslice -n "$1" -l "kubernetes.io/service-name=$2"
  kubectl apply -f - << YAML
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $2-host, namespace: $1, labels: {kubernetes.io/service-name: $2}}
addressType: IPv4
ports: [{name: https, port: $3}]
endpoints: [{addresses: ["$host"]}]
YAML
} > /dev/null
until_it() { # COMMAND...: waits until it succeeds, thirty times at most
  for _ in $(seq 30); do
    if "$@" > "$work/last" 2>&1; then return; fi
    sleep 1
  done
  cat "$work/last"
  tail -n 20 "$work"/*.log
  return 1
}

[ $# -gt 0 ] || set -- cert-manager prometheus-operator
for operator in "$@"; do
  echo "$operator"
  . "test/operators/$operator.sh"
done

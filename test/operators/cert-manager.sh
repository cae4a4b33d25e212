# The last version whose programs are part of the module.
build github.com/cert-manager/cert-manager@v1.11.5 controller=./cmd/controller webhook=./cmd/webhook cainjector=./cmd/cainjector
chart=$work/cert-manager
cp -r "$source/deploy/charts/cert-manager" "$chart"
sed 's/v0.0.0/v1.11.5/; s/{{IS_PRERELEASE}}/false/' "$chart/Chart.template.yaml" > "$chart/Chart.yaml"
rm "$chart"/*.template.*
for crd in "$source"/deploy/crds/crd-*.yaml; do
  sed '/{{- include "labels"/d; /{{/s/: .*/: cert-manager/' "$crd" | kubectl apply --server-side -f -
done
helm install cert-manager "$chart" -n cert-manager --create-namespace --wait \
  --set replicaCount=0,webhook.replicaCount=0,cainjector.replicaCount=0,startupapicheck.enabled=false > /dev/null
serve_on_host cert-manager cert-manager-webhook 27250
start_as cert-manager cert-manager-webhook webhook --kubeconfig "$work/cert-manager-webhook.kubeconfig" --secure-port 27250 --healthz-port 27251 \
  --dynamic-serving-ca-secret-namespace cert-manager --dynamic-serving-ca-secret-name cert-manager-webhook-ca \
  --dynamic-serving-dns-names cert-manager-webhook.cert-manager.svc
start_as cert-manager cert-manager-cainjector cainjector --kubeconfig "$work/cert-manager-cainjector.kubeconfig" --leader-election-namespace kube-system
start_as cert-manager cert-manager controller --kubeconfig "$work/cert-manager.kubeconfig" --leader-election-namespace kube-system --metrics-listen-address 127.0.0.1:27252

# The webhook answers once the injector has given its certificate to the API server.
until_it kubectl apply -f test/operators/cert-manager.yaml
until_it kubectl wait --for condition=Ready certificate/ca certificate/leaf certificate/from-ingress --timeout 1s
kubectl delete secret leaf
until_it kubectl get secret leaf
! kubectl patch certificate leaf --type merge -p '{"spec":{"dnsNames":null}}' 2> "$work/denied"
grep -q 'admission webhook "webhook.cert-manager.io" denied the request' "$work/denied"
kubectl delete ingress shop
until_it kubectl wait --for delete certificate/from-ingress --timeout 1s
kubectl delete -f test/operators/cert-manager.yaml --ignore-not-found
helm uninstall cert-manager -n cert-manager --wait

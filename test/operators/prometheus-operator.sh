build github.com/prometheus-operator/prometheus-operator@v0.85.0 operator=./cmd/operator
# Some are too big for the annotation of a client-side apply.
kubectl apply --server-side -f "$source/example/prometheus-operator-crd" > /dev/null
for part in cluster-role cluster-role-binding service-account; do kubectl apply -f "$source/example/rbac/prometheus-operator/prometheus-operator-$part.yaml"; done
start_as default prometheus-operator operator --web.listen-address 127.0.0.1:27180

kubectl apply -f test/operators/prometheus-operator.yaml
until_it kubectl wait --for condition=Available prometheus/main alertmanager/main thanosruler/main --timeout 1s
kubectl patch prometheus main --type merge -p '{"spec":{"replicas":1}}'
until_it kubectl wait --for jsonpath='{.status.replicas}'=1 statefulset/prometheus-main --timeout 1s
kubectl get configmap prometheus-main-rulefiles-0 -o yaml | grep -q 'alert: Down'
kubectl delete -f test/operators/prometheus-operator.yaml
until_it kubectl wait --for delete statefulset/prometheus-main statefulset/alertmanager-main secret/prometheus-main --timeout 1s
kubectl delete -f "$source/example/prometheus-operator-crd" > /dev/null

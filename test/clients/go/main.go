// What Go programs do with a cluster, against the cluster of $KUBECONFIG: client-go's informers, leader election, server-side apply and discovery
// caches, and a controller-runtime manager with an operator. Prints one line a check; exits with 1 when one fails.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

type world struct {
	config    *rest.Config
	client    kubernetes.Interface
	namespace string
}

var checks = []struct {
	name string
	run  func(context.Context, world) error
}{
	{"shared informers see what is created, changed and deleted", informers},
	{"an informer lists again when its watch is too old, and misses nothing", relist},
	{"lists come in pages of one revision", pages},
	{"of two candidates one leads, and the other when it ends", leaderElection},
	{"applied fields are owned, and conflicts are told", serverSideApply},
	{"updates of a stale object are refused and can be tried again", retries},
	{"cached discovery and its mapper learn of new kinds", discovery},
	{"metadata informers follow objects of any kind", metadataInformer},
	{"events are recorded and counted", eventRecorder},
	{"a controller-runtime manager runs an operator", operator},
}

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "set KUBECONFIG:", err)
		os.Exit(2)
	}
	config.QPS, config.Burst = 200, 400
	typed := rest.CopyConfig(config)
	typed.ContentType = "application/vnd.kubernetes.protobuf"
	typed.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client := kubernetes.NewForConfigOrDie(typed)
	failed := 0
	for _, check := range checks {
		if err := one(config, client, check.run); err != nil {
			failed++
			fmt.Printf("FAILED  %s: %v\n", check.name, err)
		} else {
			fmt.Printf("ok      %s\n", check.name)
		}
	}
	fmt.Printf("%d of %d passed\n", len(checks)-failed, len(checks))
	if failed > 0 {
		os.Exit(1)
	}
}

func one(config *rest.Config, client kubernetes.Interface, run func(context.Context, world) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	namespace, err := client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "clients-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer client.CoreV1().Namespaces().Delete(context.Background(), namespace.Name, metav1.DeleteOptions{})
	return run(ctx, world{config, client, namespace.Name})
}

// eventually asks until the answer is yes, or the context ends.
func eventually(ctx context.Context, what string, holds func() bool) error {
	for !holds() {
		select {
		case <-ctx.Done():
			return errors.New("never came: " + what)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

package main

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var greetingKind = schema.GroupVersionKind{Group: "operator.example.com", Version: "v1", Kind: "Greeting"}

const finalizer = "operator.example.com/farewell"

func greeting() *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(greetingKind)
	return object
}

// greeter keeps a ConfigMap beside each Greeting, tells so in its status, and writes a farewell when it goes.
type greeter struct{ client.Client }

func (g greeter) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	found := greeting()
	if err := g.Get(ctx, request.NamespacedName, found); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if found.GetDeletionTimestamp() != nil {
		farewell := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: request.Namespace, Name: request.Name + "-farewell"}}
		if err := g.Create(ctx, farewell); err != nil && !apierrors.IsAlreadyExists(err) {
			return reconcile.Result{}, err
		}
		controllerutil.RemoveFinalizer(found, finalizer)
		return reconcile.Result{}, g.Update(ctx, found)
	}
	if controllerutil.AddFinalizer(found, finalizer) {
		return reconcile.Result{}, g.Update(ctx, found)
	}
	message, _, _ := unstructured.NestedString(found.Object, "spec", "message")
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: request.Namespace, Name: request.Name}}
	if _, err := controllerutil.CreateOrUpdate(ctx, g.Client, kept, func() error {
		kept.Data = map[string]string{"message": message}
		return controllerutil.SetControllerReference(found, kept, g.Scheme())
	}); err != nil {
		return reconcile.Result{}, err
	}
	before := found.DeepCopy()
	unstructured.SetNestedField(found.Object, "Greeted", "status", "phase")
	return reconcile.Result{}, g.Status().Patch(ctx, found, client.MergeFrom(before))
}

func operator(ctx context.Context, w world) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	remove, err := define(ctx, w, definition(greetingKind.Group, greetingKind.Kind, "greetings"))
	defer remove()
	if err != nil {
		return err
	}
	ctrl.SetLogger(logr.Discard())
	manager, err := ctrl.NewManager(w.config, ctrl.Options{
		Metrics:        server.Options{BindAddress: "0"},
		LeaderElection: true, LeaderElectionID: "greeter", LeaderElectionNamespace: w.namespace, LeaderElectionReleaseOnCancel: true,
		Cache: cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
	})
	if err != nil {
		return err
	}
	if err := ctrl.NewControllerManagedBy(manager).Named("greeter").For(greeting()).Owns(&corev1.ConfigMap{}).Complete(greeter{manager.GetClient()}); err != nil {
		return err
	}
	if err := manager.GetFieldIndexer().IndexField(ctx, &corev1.ConfigMap{}, "data.message", func(object client.Object) []string {
		return []string{object.(*corev1.ConfigMap).Data["message"]}
	}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	if err := greet(ctx, w, manager.GetClient(), manager.GetAPIReader()); err != nil {
		return err
	}
	cancel()
	return <-ended
}

func greet(ctx context.Context, w world, cached client.Client, direct client.Reader) error {
	one := greeting()
	one.SetNamespace(w.namespace)
	one.SetName("hello")
	unstructured.SetNestedField(one.Object, "good morning", "spec", "message")
	if err := cached.Create(ctx, one); err != nil {
		return err
	}
	key := client.ObjectKeyFromObject(one)
	if err := eventually(ctx, "the status tells of the greeting", func() bool {
		phase := ""
		if direct.Get(ctx, key, one) == nil {
			phase, _, _ = unstructured.NestedString(one.Object, "status", "phase")
		}
		return phase == "Greeted"
	}); err != nil {
		return err
	}
	if err := cached.Delete(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "hello"}}); err != nil {
		return err
	}
	if err := eventually(ctx, "the deleted ConfigMap is made again, and found by its index", func() bool {
		var found corev1.ConfigMapList
		err := cached.List(ctx, &found, client.InNamespace(w.namespace), client.MatchingFields{"data.message": "good morning"})
		return err == nil && len(found.Items) == 1 && found.Items[0].DeletionTimestamp == nil
	}); err != nil {
		return err
	}
	if err := cached.Delete(ctx, one); err != nil {
		return err
	}
	if err := eventually(ctx, "the greeting goes after its farewell", func() bool { return apierrors.IsNotFound(direct.Get(ctx, key, greeting())) }); err != nil {
		return err
	}
	var farewell corev1.ConfigMap
	key.Name += "-farewell"
	if err := direct.Get(ctx, key, &farewell); err != nil {
		return fmt.Errorf("no farewell: %w", err)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	k8sinformers "k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/retry"
)

func configMap(name, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{"key": value}}
}

func informers(ctx context.Context, w world) error {
	factory := k8sinformers.NewSharedInformerFactoryWithOptions(w.client, 0, k8sinformers.WithNamespace(w.namespace))
	informer := factory.Core().V1().ConfigMaps()
	var added, changed, deleted atomic.Int32
	informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { added.Add(1) },
		UpdateFunc: func(any, any) { changed.Add(1) },
		DeleteFunc: func(any) { deleted.Add(1) },
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	const count = 50
	for i := range count {
		if _, err := maps.Create(ctx, configMap(fmt.Sprint("map-", i), "1"), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	for i := range count {
		name := fmt.Sprint("map-", i)
		if _, err := maps.Update(ctx, configMap(name, "2"), metav1.UpdateOptions{}); err != nil {
			return err
		}
		if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return eventually(ctx, "50 of each event", func() bool { return added.Load() >= count && changed.Load() == count && deleted.Load() == count })
}

func relist(ctx context.Context, w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	if _, err := maps.Create(ctx, configMap("old", "1"), metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := maps.List(ctx, metav1.ListOptions{ResourceVersion: "999999999"})
	if !apierrors.IsTimeout(err) && !apierrors.IsInvalid(err) {
		return fmt.Errorf("a list of the future: %v", err)
	}
	watch, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: "1"})
	if err == nil {
		event := <-watch.ResultChan()
		if failure := apierrors.FromObject(event.Object); event.Type == "ERROR" && !apierrors.IsResourceExpired(failure) && !apierrors.IsGone(failure) {
			return fmt.Errorf("a watch from the past: %v", failure)
		}
		watch.Stop()
	} else if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		return err
	}
	seconds := int64(1)
	lw := cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (r objects, err error) { return maps.List(ctx, options) },
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watcher, error) {
			options.TimeoutSeconds = &seconds
			return maps.Watch(ctx, options)
		},
	}, w.client)
	informer := cache.NewSharedInformer(lw, &corev1.ConfigMap{}, 0)
	go informer.RunWithContext(ctx)
	for i := range 40 {
		if _, err := maps.Create(ctx, configMap(fmt.Sprint("map-", i), "1"), metav1.CreateOptions{}); err != nil {
			return err
		}
		time.Sleep(60 * time.Millisecond)
	}
	return eventually(ctx, "40 maps over several watches", func() bool { return len(informer.GetStore().List()) >= 41 })
}

func pages(ctx context.Context, w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	for i := range 25 {
		if _, err := maps.Create(ctx, configMap(fmt.Sprint("map-", i), "1"), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	p := pager.New(func(ctx context.Context, options metav1.ListOptions) (objects, error) {
		page, err := maps.List(ctx, options)
		if options.Continue == "" {
			maps.Create(ctx, configMap("zz-later", "1"), metav1.CreateOptions{})
		}
		return page, err
	})
	p.PageSize = 10
	list, paged, err := p.ListWithAlloc(ctx, metav1.ListOptions{LabelSelector: "!skipped"})
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, item := range metaItems(list) {
		names[item.GetName()] = true
	}
	if !paged || names["zz-later"] || len(names) < 25 {
		return fmt.Errorf("paged %v, %d names, one from later: %v", paged, len(names), names["zz-later"])
	}
	return nil
}

func leaderElection(ctx context.Context, w world) error {
	var leader atomic.Value
	leader.Store("")
	candidate := func(ctx context.Context, id string) {
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta:  metav1.ObjectMeta{Namespace: w.namespace, Name: "leader"},
				Client:     w.client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: id},
			},
			LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leader.Store(id) },
				OnStoppedLeading: func() {},
			},
		})
	}
	first, stop := context.WithCancel(ctx)
	go candidate(first, "a")
	if err := eventually(ctx, "the first leads", func() bool { return leader.Load() == "a" }); err != nil {
		stop()
		return err
	}
	go candidate(ctx, "b")
	time.Sleep(time.Second)
	if leader.Load() != "a" {
		stop()
		return fmt.Errorf("%v leads beside the first", leader.Load())
	}
	stop()
	return eventually(ctx, "the second leads", func() bool { return leader.Load() == "b" })
}

func serverSideApply(ctx context.Context, w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	apply := func(manager, key, value string, force bool) (*corev1.ConfigMap, error) {
		data := applycorev1.ConfigMap("applied", w.namespace).WithData(map[string]string{key: value})
		return maps.Apply(ctx, data, metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	if _, err := apply("one", "a", "1", false); err != nil {
		return err
	}
	if _, err := apply("two", "b", "1", false); err != nil {
		return err
	}
	if _, err := apply("two", "a", "2", false); !apierrors.IsConflict(err) {
		return fmt.Errorf("no conflict: %v", err)
	}
	result, err := apply("two", "a", "2", true)
	if err != nil {
		return err
	}
	if _, kept := result.Data["b"]; kept || result.Data["a"] != "2" {
		return fmt.Errorf("the fields are %v", result.Data)
	}
	extracted, err := applycorev1.ExtractConfigMap(result, "two")
	if err != nil || len(extracted.Data) != 1 {
		return fmt.Errorf("extracted %v: %v", extracted, err)
	}
	return nil
}

func retries(ctx context.Context, w world) error {
	maps := w.client.CoreV1().ConfigMaps(w.namespace)
	stale, err := maps.Create(ctx, configMap("counter", "0"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if _, err := maps.Update(ctx, configMap("counter", "1"), metav1.UpdateOptions{}); err != nil {
		return err
	}
	stale.Data["key"] = "2"
	if _, err := maps.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("no conflict: %v", err)
	}
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		fresh, err := maps.Get(ctx, "counter", metav1.GetOptions{})
		if err != nil {
			return err
		}
		fresh.Data["key"] = "2"
		_, err = maps.Update(ctx, fresh, metav1.UpdateOptions{})
		return err
	})
}

func definition(group, kind, plural string) *apiextensionsv1.CustomResourceDefinition {
	text := apiextensionsv1.JSONSchemaProps{Type: "string"}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: plural + "." + group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: plural, Kind: kind},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object",
					Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec":   {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"message": text}},
						"status": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"phase": text}},
					},
				}},
			}},
		},
	}
}

// define makes a kind and waits until it is served; the function that it gives removes it.
func define(ctx context.Context, w world, crd *apiextensionsv1.CustomResourceDefinition) (func(), error) {
	definitions := apiextensions.NewForConfigOrDie(w.config).ApiextensionsV1().CustomResourceDefinitions()
	remove := func() { definitions.Delete(context.Background(), crd.Name, metav1.DeleteOptions{}) }
	if _, err := definitions.Create(ctx, crd, metav1.CreateOptions{}); err != nil {
		return remove, err
	}
	return remove, eventually(ctx, "the kind is established", func() bool {
		found, err := definitions.Get(ctx, crd.Name, metav1.GetOptions{})
		if err != nil {
			return false
		}
		for _, condition := range found.Status.Conditions {
			if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
				return true
			}
		}
		return false
	})
}

func discovery(ctx context.Context, w world) error {
	cached := memory.NewMemCacheClient(w.client.Discovery())
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	if _, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"}, "v1"); err != nil {
		return err
	}
	kind := schema.GroupKind{Group: "discovered.example.com", Kind: "Thing"}
	if _, err := mapper.RESTMapping(kind, "v1"); err == nil {
		return fmt.Errorf("a kind is known that is not there")
	}
	remove, err := define(ctx, w, definition(kind.Group, kind.Kind, "things"))
	defer remove()
	if err != nil {
		return err
	}
	return eventually(ctx, "the mapper knows the kind", func() bool {
		mapper.Reset()
		mapping, err := mapper.RESTMapping(kind, "v1")
		return err == nil && mapping.Resource.Resource == "things"
	})
}

func metadataInformer(ctx context.Context, w world) error {
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	client := metadata.NewForConfigOrDie(metadata.ConfigFor(w.config))
	informer := metadatainformer.NewFilteredMetadataInformer(client, secrets, w.namespace, 0, cache.Indexers{}, nil)
	go informer.Informer().RunWithContext(ctx)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "hidden", Labels: map[string]string{"seen": "yes"}}, StringData: map[string]string{"a": "b"}}
	if _, err := w.client.CoreV1().Secrets(w.namespace).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	return eventually(ctx, "the metadata of the secret", func() bool {
		for _, item := range informer.Informer().GetStore().List() {
			partial, ok := item.(*metav1.PartialObjectMetadata)
			if ok && partial.Name == "hidden" && partial.Labels["seen"] == "yes" {
				return true
			}
		}
		return false
	})
}

func eventRecorder(ctx context.Context, w world) error {
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: w.client.CoreV1().Events(w.namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "clients"})
	about, err := w.client.CoreV1().ConfigMaps(w.namespace).Create(ctx, configMap("about", "1"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for range 3 {
		recorder.Event(about, corev1.EventTypeWarning, "Tried", "it did not work")
	}
	return eventually(ctx, "one event that counts to three", func() bool {
		events, err := w.client.CoreV1().Events(w.namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=about"})
		return err == nil && len(events.Items) == 1 && events.Items[0].Count == 3
	})
}

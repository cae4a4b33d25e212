package main

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

type (
	objects = runtime.Object
	watcher = watch.Interface
)

func metaItems(list objects) []metav1.Object {
	items, _ := meta.ExtractList(list)
	found := make([]metav1.Object, 0, len(items))
	for _, item := range items {
		if object, err := meta.Accessor(item); err == nil {
			found = append(found, object)
		}
	}
	return found
}

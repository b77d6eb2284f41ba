package main

// The objects of an installation.
//
// Comes in: the manifests under deploy/manifests. Goes out: the same in the
// cluster, with Services that lead to loopback addresses, and nodes to look at.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// The label by which the manifests tell the parts.
const componentLabel = "app.kubernetes.io/component"

type install struct {
	options
	plane   *controlPlane
	configs []config
	client  *kubernetes.Clientset
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newInstall(_ context.Context, o options, plane *controlPlane) (*install, error) {
	configs, err := chosen(o.configs)
	if err != nil {
		return nil, err
	}
	rest := &rest.Config{
		Host:            plane.URL,
		BearerToken:     plane.Token,
		TLSClientConfig: rest.TLSClientConfig{CAFile: plane.CA},
		QPS:             -1,
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return nil, err
	}
	dynamic, err := dynamic.NewForConfig(rest)
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	return &install{options: o, plane: plane, configs: configs, client: client, dynamic: dynamic, mapper: mapper}, nil
}

func (in *install) apply(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(in.deploy, "manifests/crds/*.yaml"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no definitions under `%s`", in.deploy)
	}
	var definitions []*unstructured.Unstructured
	for _, file := range files {
		found, err := read(file)
		if err != nil {
			return err
		}
		definitions = append(definitions, found...)
	}
	if measures(in.configs) {
		definitions = append(definitions, usageDefinition())
	}
	objects, err := read(filepath.Join(in.deploy, "manifests/install.yaml"))
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := in.adapt(object); err != nil {
			return err
		}
	}
	roles, err := roles(in.configs)
	if err != nil {
		return err
	}
	if err := in.put(ctx, definitions); err != nil {
		return err
	}
	if err := in.waitServed(ctx, definitions); err != nil {
		return err
	}
	if err := in.put(ctx, append(roles, objects...)); err != nil {
		return err
	}
	return in.nodes(ctx)
}

// read gives the objects of a file, which may hold many.
func read(file string) ([]*unstructured.Unstructured, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", file, err)
		case len(object.Object) > 0:
			objects = append(objects, object)
		}
	}
}

// adapt changes what a container's address would have done, and the replicas.
func (in *install) adapt(object *unstructured.Unstructured) error {
	component := object.GetLabels()[componentLabel]
	switch object.GetKind() {
	case "Service":
		if !hasPort(object, "https") {
			return nil
		}
		unstructured.RemoveNestedField(object.Object, "spec", "selector")
		spec := map[string]any{
			"type":         "ExternalName",
			"externalName": in.serviceAddress(component),
		}
		for field, value := range spec {
			if err := unstructured.SetNestedField(object.Object, value, "spec", field); err != nil {
				return err
			}
		}
	case "Deployment":
		if component == admission {
			return unstructured.SetNestedField(object.Object, int64(in.replicas), "spec", "replicas")
		}
	}
	return nil
}

func hasPort(service *unstructured.Unstructured, name string) bool {
	ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	for _, port := range ports {
		if port, ok := port.(map[string]any); ok && port["name"] == name {
			return true
		}
	}
	return false
}

// serviceAddress is where the API server finds a component's Service.
func (in *install) serviceAddress(component string) string {
	last := map[string]int{admission: 1, background: 2, cleanup: 3, reports: 4}[component]
	return loopback(in.options, max(last, 1))
}

// loopback is an address of this cluster's.
func loopback(o options, last int) string { return fmt.Sprintf("127.0.%d.%d", o.number, last) }

func (in *install) put(ctx context.Context, objects []*unstructured.Unstructured) error {
	options := metav1.ApplyOptions{FieldManager: "helm", Force: true}
	for _, object := range objects {
		kind := object.GroupVersionKind()
		mapping, err := in.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if meta.IsNoMatchError(err) {
			// Somebody else's kind (a ServiceMonitor), which is not installed here.
			continue
		}
		if err != nil {
			return err
		}
		var api dynamic.ResourceInterface = in.dynamic.Resource(mapping.Resource)
		if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			space := object.GetNamespace()
			if space == "" {
				space = namespace
			}
			api = in.dynamic.Resource(mapping.Resource).Namespace(space)
		}
		if _, err := api.Apply(ctx, object.GetName(), object, options); err != nil {
			return fmt.Errorf("%s %s: %w", kind.Kind, object.GetName(), err)
		}
	}
	return nil
}

// waitServed returns once objects of every definition can be made.
func (in *install) waitServed(ctx context.Context, definitions []*unstructured.Unstructured) error {
	kinds := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	for _, definition := range definitions {
		err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
			found, err := in.dynamic.Resource(kinds).Get(ctx, definition.GetName(), metav1.GetOptions{})
			if err != nil {
				return false, err
			}
			conditions, _, _ := unstructured.NestedSlice(found.Object, "status", "conditions")
			for _, condition := range conditions {
				if c, ok := condition.(map[string]any); ok && c["type"] == "Established" && c["status"] == "True" {
					return true, nil
				}
			}
			return false, nil
		})
		if err != nil {
			return fmt.Errorf("`%s` is not established: %w", definition.GetName(), err)
		}
	}
	in.mapper.Reset()
	return nil
}

// nodes makes the nodes of a cluster of two, as users of kind know them.
func (in *install) nodes(ctx context.Context) error {
	for name, labels := range map[string]map[string]string{
		"kind-control-plane": {"node-role.kubernetes.io/control-plane": ""},
		"kind-worker":        {},
	} {
		labels["kubernetes.io/hostname"] = name
		labels["kubernetes.io/os"] = "linux"
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		made, err := in.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			continue
		}
		if err != nil {
			return err
		}
		amounts := corev1.ResourceList{
			corev1.ResourceCPU:              resource.MustParse("8"),
			corev1.ResourceMemory:           resource.MustParse("16Gi"),
			corev1.ResourcePods:             resource.MustParse("110"),
			corev1.ResourceEphemeralStorage: resource.MustParse("100Gi"),
		}
		made.Status.Capacity, made.Status.Allocatable = amounts, amounts
		made.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}}
		if _, err := in.client.CoreV1().Nodes().UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

package main

// What a metrics server knows: how much processor and memory each Pod takes.
//
// Comes in: the gate's processes, from /proc. Goes out: an object for each, of the
// kind and under the path at which a HorizontalPodAutoscaler's controller looks for
// it. Never here: a server of its own; the API server keeps the objects.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// How often processes are looked at.
const usageEvery = 2 * time.Second

// Linux counts time of processes in hundredths of a second.
const ticksPerSecond = 100

var usages = schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "pods"}

// usageDefinition has the API server keep such objects.
func usageDefinition() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata": map[string]any{
			"name":        "pods.metrics.k8s.io",
			"annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, in the place of a metrics server"},
		},
		"spec": map[string]any{
			"group": usages.Group,
			"scope": "Namespaced",
			"names": map[string]any{"kind": "PodMetrics", "listKind": "PodMetricsList", "plural": "pods", "singular": "pod"},
			"versions": []any{map[string]any{
				"name": usages.Version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}}
}

// measure writes what every process took, until ctx ends.
func (p *pods) measure(ctx context.Context) {
	last := map[int]time.Duration{}
	at := time.Now()
	for pause(ctx, usageEvery) {
		now := time.Now()
		window := now.Sub(at)
		at = now
		p.mutex.Lock()
		running := slices.Collect(maps.Values(p.running))
		pids := make([]int, len(running))
		for i, container := range running {
			pids[i] = container.pid
		}
		p.mutex.Unlock()
		seen := map[int]time.Duration{}
		for i, container := range running {
			took, memory, err := usageOf(pids[i])
			if err != nil {
				continue
			}
			seen[pids[i]] = took
			if before, known := last[pids[i]]; known {
				share := float64(took-before) / float64(window)
				p.tell(ctx, container, window, share, memory)
			}
		}
		last = seen
	}
}

// tell writes one Pod's object: which share of a core, and how many bytes.
func (p *pods) tell(ctx context.Context, c *container, window time.Duration, share float64, memory int64) {
	labels := map[string]any{}
	for key, value := range c.pod.Labels {
		labels[key] = value
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": usages.GroupVersion().String(),
		"kind":       "PodMetrics",
		"metadata":   map[string]any{"name": c.pod.Name, "namespace": c.pod.Namespace, "labels": labels},
		"timestamp":  time.Now().UTC().Format(time.RFC3339),
		"window":     window.Round(time.Millisecond).String(),
		"containers": []any{map[string]any{
			"name": c.pod.Spec.Containers[0].Name,
			"usage": map[string]any{
				"cpu":    fmt.Sprintf("%dm", int(share*1000)),
				"memory": fmt.Sprintf("%dKi", memory/1024),
			},
		}},
	}}
	options := metav1.ApplyOptions{FieldManager: "kubelet", Force: true}
	_, err := p.in.dynamic.Resource(usages).Namespace(c.pod.Namespace).Apply(ctx, c.pod.Name, object, options)
	if err != nil && ctx.Err() == nil && !apierrors.IsNotFound(err) {
		fmt.Fprintf(os.Stderr, "installed: what %s takes: %v\n", c.pod.Name, err)
	}
}

// usageOf is the processor time that a process took since its start, and its memory.
func usageOf(pid int) (time.Duration, int64, error) {
	if pid == 0 {
		return 0, 0, os.ErrNotExist
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name may hold anything, but it ends at the last bracket.
	_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 22 {
		return 0, 0, fmt.Errorf("`%s` has %d fields", stat, len(fields))
	}
	var ticks int64
	for _, field := range fields[11:13] {
		count, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0, err
		}
		ticks += count
	}
	pages, err := strconv.ParseInt(fields[21], 10, 64)
	if err != nil {
		return 0, 0, err
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, pages * int64(os.Getpagesize()), nil
}

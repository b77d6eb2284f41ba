package main

// What policies ask for hangs: for the gate, the API server takes requests and says
// nothing, while its reviews arrive.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var asking = map[string]string{"ask-closed": "Fail", "ask-open": "Ignore"}

// asks is a policy about objects with a label, which needs to know of another object.
func asks(name, mode string) *unstructured.Unstructured {
	return object(fmt.Sprintf(`{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": %q},
		"spec": {"background": false, "webhookConfiguration": {"failurePolicy": %q, "timeoutSeconds": 5}, "rules": [{
			"name": "ask",
			"match": {"any": [{"resources": {"kinds": ["ConfigMap"], "selector": {"matchLabels": {"asks": %q}}}}]},
			"context": [{"name": "said", "apiCall": {"urlPath": "/api/v1/namespaces/{{ request.namespace }}/configmaps?limit=1&fieldSelector=metadata.name%%3D{{ request.object.metadata.name }}"}}],
			"validate": {"failureAction": "Enforce", "message": "there is one",
				"deny": {"conditions": {"any": [{"key": "{{ length(said.items) }}", "operator": "GreaterThan", "value": 0}]}}}
		}]}}`, name, mode, name))
}

func askingPolicies(ctx context.Context, c *cluster) error {
	for name, mode := range asking {
		if err := c.apply(ctx, asks(name, mode)); err != nil {
			return err
		}
		if err := eventually(ctx, 30*time.Second, func() error { return c.isReady(ctx, name) }); err != nil {
			return err
		}
	}
	return nil
}

// askHanging makes objects that need the answer, beside all those that do not.
func askHanging(ctx context.Context, c *cluster) (string, error) {
	space, err := c.namespace(ctx, "asking")
	if err != nil {
		return "", err
	}
	if err := c.do("door", "hang", "true"); err != nil {
		return "", err
	}
	var group sync.WaitGroup
	var mutex sync.Mutex
	var notes []string
	for name, mode := range asking {
		group.Add(1)
		go func() {
			defer group.Done()
			note := c.ask(ctx, space, name, mode)
			mutex.Lock()
			defer mutex.Unlock()
			notes = append(notes, note)
		}()
	}
	group.Wait()
	if err := c.do("door"); err != nil {
		return "", err
	}
	slices.Sort(notes)
	pause(ctx, 8*time.Second)
	told, err := c.told(ctx, space)
	return strings.Join(notes, "; ") + "; events: " + told, err
}

// ask makes a few objects, one after the other.
func (c *cluster) ask(ctx context.Context, space, name, mode string) string {
	var times []string
	answers := map[string]int{}
	for i := range 5 {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%d", name, i), Labels: map[string]string{"team": "a", "asks": name},
		}}
		start := time.Now()
		_, err := c.client.CoreV1().ConfigMaps(space).Create(ctx, object, metav1.CreateOptions{})
		times = append(times, since(start))
		switch {
		case err == nil:
			answers["let pass"]++
		case strings.Contains(err.Error(), "denied the request"):
			answers["denied by the gate"]++
		default:
			answers[cut(err.Error(), 100)]++
		}
	}
	return fmt.Sprintf("%s: %v after %s", mode, answers, strings.Join(times, " "))
}

// told are the events about objects of a namespace, by reason.
func (c *cluster) told(ctx context.Context, space string) (string, error) {
	counts := map[string]int{}
	example := ""
	for _, where := range []string{space, "default"} {
		events, err := c.client.EventsV1().Events(where).List(ctx, metav1.ListOptions{})
		if err != nil {
			return "", err
		}
		for _, event := range events.Items {
			if event.Regarding.Namespace != space && !strings.HasPrefix(event.Regarding.Name, "ask-") {
				continue
			}
			counts[event.Regarding.Kind+" "+event.Reason]++
			if example == "" && strings.Contains(event.Note, "open") {
				example = event.Note
			}
		}
	}
	return fmt.Sprintf("%v `%s`", counts, cut(example, 160)), nil
}

func noAskingPolicies(ctx context.Context, c *cluster) error {
	for name := range asking {
		_ = c.dynamic.Resource(policies).Delete(ctx, name, metav1.DeleteOptions{})
	}
	return nil
}

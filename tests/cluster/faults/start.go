package main

// What it takes to start, and what memory, where many policies are in force.

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const many = 100

func manyName(i int) string { return fmt.Sprintf("many-%d", i) }

// Each is about Pods and what makes them, with rules that autogen multiplies.
func manyPolicies(ctx context.Context, c *cluster) error {
	for i := range many {
		policy := object(fmt.Sprintf(`{
			"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": %q},
			"spec": {"background": false, "rules": [{
				"name": "labels",
				"match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
				"validate": {"failureAction": "Enforce", "message": "label %d is wanted",
					"pattern": {"metadata": {"labels": {"label-%d": "?*"}}}}
			}, {
				"name": "images",
				"match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
				"validate": {"failureAction": "Enforce", "message": "registry %d is not trusted",
					"foreach": [{"list": "request.object.spec.containers", "deny": {"conditions": {"any": [
						{"key": "{{ element.image }}", "operator": "Equals", "value": "registry-%d.example/*"}]}}}]}
			}]}}`, manyName(i), i, i, i, i))
		if err := c.apply(ctx, policy); err != nil {
			return err
		}
	}
	return eventually(ctx, 2*time.Minute, func() error {
		for i := range many {
			if err := c.isReady(ctx, manyName(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func fewPolicies(ctx context.Context, c *cluster) error {
	for i := range many {
		_ = c.dynamic.Resource(policies).Delete(ctx, manyName(i), metav1.DeleteOptions{})
	}
	return nil
}

func start(ctx context.Context, c *cluster) (string, error) {
	one, err := c.follower(ctx)
	if err != nil {
		return "", err
	}
	before, err := c.processes(admission)
	if err != nil {
		return "", err
	}
	if err := c.client.CoreV1().Pods(home).Delete(ctx, one.Pod, metav1.DeleteOptions{}); err != nil {
		return "", err
	}
	pause(ctx, 12*time.Second)
	if err := eventually(ctx, time.Minute, func() error { return c.available(ctx) }); err != nil {
		return "", err
	}
	all, err := c.processes("")
	if err != nil {
		return "", err
	}
	var notes []string
	for _, one := range all {
		note := fmt.Sprintf("%s %s", one.Component, resident(one.PID))
		known := slices.ContainsFunc(before, func(other process) bool { return other.Pod == one.Pod })
		if one.Component == admission && !known {
			note += fmt.Sprintf(", ready after %d ms", one.ReadyAfterMs)
		}
		notes = append(notes, note)
	}
	slices.Sort(notes)
	return strings.Join(notes, "; "), nil
}

var memory = regexp.MustCompile(`(VmHWM|VmRSS|RssAnon):\s+([0-9]+) kB`)

// resident is the memory of a process now, at most, and without files.
func resident(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "gone"
	}
	sizes := map[string]int{}
	for _, found := range memory.FindAllStringSubmatch(string(text), -1) {
		size := 0
		_, _ = fmt.Sscan(found[2], &size)
		sizes[found[1]] = size / 1024
	}
	return fmt.Sprintf("%d MiB (anonymous %d, peak %d)", sizes["VmRSS"], sizes["RssAnon"], sizes["VmHWM"])
}

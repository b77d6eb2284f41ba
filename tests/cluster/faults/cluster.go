package main

// The cluster: its clients, the policies, and what can be done to it.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Where the gate is installed.
const (
	home      = "kyverno"
	gates     = "kyverno-admission-controller"
	admission = "admission-controller"
	lease     = "kyverno"
	pair      = "kyverno-svc.kyverno.svc.kyverno-tls-pair"
	authority = "kyverno-svc.kyverno.svc.kyverno-tls-ca"
)

const (
	deniedText = "whose is it?"
	addedLabel = "added"
)

// What the installer tells its command.
const controlVariable = "PORTCULLIS_INSTALLED"

var digits = regexp.MustCompile(`[0-9]+`)

var (
	policies = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
	crds     = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
)

type cluster struct {
	client  *kubernetes.Clientset
	dynamic dynamic.Interface
	control http.Client
	// Of policies that were made to see whether changes arrive.
	changes int
}

func connect() (*cluster, error) {
	socket := os.Getenv(controlVariable)
	if socket == "" {
		return nil, fmt.Errorf("%s is not set: this runs under `tests/cluster/up ... --`", controlVariable)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dynamic, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &cluster{client: client, dynamic: dynamic, control: http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// do asks the installer.
func (c *cluster) do(path string, values ...string) error {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	answer, err := c.control.PostForm("http://installed/"+path, form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", path, strings.TrimSpace(string(text)))
	}
	return nil
}

type process struct {
	Pod          string `json:"pod"`
	Component    string `json:"component"`
	IP           string `json:"ip"`
	PID          int    `json:"pid"`
	Dir          string `json:"dir"`
	Restarts     int    `json:"restarts"`
	ReadyAfterMs int64  `json:"readyAfterMs"`
}

// processes are those of a component; of all for "".
func (c *cluster) processes(component string) ([]process, error) {
	answer, err := c.control.Get("http://installed/pods")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var all, found []process
	if err := json.NewDecoder(answer.Body).Decode(&all); err != nil {
		return nil, err
	}
	for _, one := range all {
		if component == "" || one.Component == component {
			found = append(found, one)
		}
	}
	return found, nil
}

// leader is the replica that holds the Lease, if any does.
func (c *cluster) leader(ctx context.Context) (string, error) {
	lease, err := c.client.CoordinationV1().Leases(home).Get(ctx, lease, metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil {
		return "", err
	}
	return *lease.Spec.HolderIdentity, nil
}

// follower is a replica that does not lead.
func (c *cluster) follower(ctx context.Context) (process, error) {
	leader, err := c.leader(ctx)
	if err != nil {
		return process{}, err
	}
	all, err := c.processes(admission)
	for _, one := range all {
		if one.Pod != leader && one.PID != 0 {
			return one, err
		}
	}
	return process{}, fmt.Errorf("nobody but the leader runs: %w", err)
}

func (c *cluster) namespace(ctx context.Context, name string) (string, error) {
	made, err := c.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-"},
	}, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return made.Name, nil
}

func object(text string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON([]byte(text)); err != nil {
		panic(err)
	}
	return object
}

// A policy that wants a label, one that adds another, and some that are not about it.
func demands(name, label, selector string) *unstructured.Unstructured {
	return object(fmt.Sprintf(`{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": %q},
		"spec": {"background": false, "rules": [{
			"name": "check",
			"match": {"any": [{"resources": {"kinds": ["ConfigMap"]%s}}]},
			"validate": {"failureAction": "Enforce", "message": %q, "pattern": {"metadata": {"labels": {%q: "?*"}}}},
			"exclude": {"any": [{"resources": {"names": ["kube-root-ca.crt"]}}]}
		}]}}`, name, selector, deniedText, label))
}

func adds() *unstructured.Unstructured {
	return object(fmt.Sprintf(`{
		"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "add-label"},
		"spec": {"background": false, "rules": [{
			"name": "add",
			"match": {"any": [{"resources": {"kinds": ["ConfigMap"], "namespaces": ["f-*"]}}]},
			"mutate": {"patchStrategicMerge": {"metadata": {"labels": {%q: "yes"}}}}
		}]}}`, addedLabel))
}

func (c *cluster) policies() []*unstructured.Unstructured {
	return []*unstructured.Unstructured{demands("want-label", "team", ""), adds()}
}

// prepare puts the policies in force.
func (c *cluster) prepare(ctx context.Context) error {
	for _, policy := range c.policies() {
		if err := c.apply(ctx, policy); err != nil {
			return err
		}
	}
	return c.settled(ctx)
}

// apply tries for a while: the gate that judges policies may be on its way.
func (c *cluster) apply(ctx context.Context, policy *unstructured.Unstructured) error {
	return eventually(ctx, time.Minute, func() error {
		options := metav1.ApplyOptions{FieldManager: "faults", Force: true}
		_, err := c.dynamic.Resource(policies).Apply(ctx, policy.GetName(), policy, options)
		return err
	})
}

// isReady tells whether a policy says so itself.
func (c *cluster) isReady(ctx context.Context, name string) error {
	found, err := c.dynamic.Resource(policies).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	conditions, _, _ := unstructured.NestedSlice(found.Object, "status", "conditions")
	for _, condition := range conditions {
		if c, ok := condition.(map[string]any); ok && c["type"] == "Ready" && c["status"] == "True" {
			return nil
		}
	}
	return fmt.Errorf("`%s` is not READY", name)
}

// settled returns once all replicas are ready, the policies too, and creates come out
// as they should, on whichever replica.
func (c *cluster) settled(ctx context.Context) error {
	return eventually(ctx, 2*time.Minute, func() error {
		if err := c.available(ctx); err != nil {
			return err
		}
		for _, name := range []string{"want-label", "add-label"} {
			if err := c.isReady(ctx, name); err != nil {
				return err
			}
		}
		for i := range 10 {
			violating := i%2 == 0
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "probe-"}}
			if !violating {
				object.Labels = map[string]string{"team": "a"}
			}
			dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
			_, err := c.client.CoreV1().ConfigMaps("default").Create(ctx, object, dry)
			if violating == (err == nil) {
				return fmt.Errorf("a create came out wrongly: %w", orNil(err))
			}
		}
		return nil
	})
}

func orNil(err error) error {
	if err == nil {
		return fmt.Errorf("it was let pass")
	}
	return err
}

// available tells whether the Deployment has all its replicas, of the newest kind.
func (c *cluster) available(ctx context.Context) error {
	d, err := c.client.AppsV1().Deployments(home).Get(ctx, gates, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !isRolledOut(d) {
		return fmt.Errorf("%d of %d replicas are available, %d new", d.Status.AvailableReplicas, *d.Spec.Replicas, d.Status.UpdatedReplicas)
	}
	processes, err := c.processes(admission)
	if err != nil {
		return err
	}
	if len(processes) != int(*d.Spec.Replicas) {
		return fmt.Errorf("%d processes run", len(processes))
	}
	return nil
}

func isRolledOut(d *appsv1.Deployment) bool {
	s := d.Status
	return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == *d.Spec.Replicas &&
		s.Replicas == *d.Spec.Replicas && s.AvailableReplicas == *d.Spec.Replicas
}

// change makes a policy and says how long it took until it was stored, until no replica
// lets pass what it is against, and until it was READY.
func (c *cluster) change(ctx context.Context, when string) (string, error) {
	c.changes++
	name := fmt.Sprintf("change-%d", c.changes)
	start := time.Now()
	policy := demands(name, "owner", fmt.Sprintf(`, "selector": {"matchLabels": {"probe": %q}}`, name))
	if err := c.apply(ctx, policy); err != nil {
		return "", err
	}
	stored := time.Now()
	var in, at time.Time
	err := eventually(ctx, 2*time.Minute, func() error {
		if in.IsZero() {
			if err := c.denies(ctx, name); err != nil {
				return err
			}
			in = time.Now()
		}
		if err := c.isReady(ctx, name); err != nil {
			return err
		}
		at = time.Now()
		return nil
	})
	_ = c.dynamic.Resource(policies).Delete(ctx, name, metav1.DeleteOptions{})
	return fmt.Sprintf("a policy made %s: stored after %s, in force after %s, READY after %s",
		when, short(stored.Sub(start)), short(in.Sub(start)), short(at.Sub(start))), err
}

// denies asks often enough to meet every replica.
func (c *cluster) denies(ctx context.Context, name string) error {
	for range 12 {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			GenerateName: "probe-", Labels: map[string]string{"team": "a", "probe": name},
		}}
		dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
		_, err := c.client.CoreV1().ConfigMaps("default").Create(ctx, object, dry)
		if err == nil || !strings.Contains(err.Error(), deniedText) {
			return fmt.Errorf("`%s` is not in force: %w", name, orNil(err))
		}
	}
	return nil
}

func eventually(ctx context.Context, limit time.Duration, ask func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not in %v: %w", limit, err)
		}
		if !pause(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
}

func isGone(err error) bool { return apierrors.IsNotFound(err) }

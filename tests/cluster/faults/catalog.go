package main

// The faults.
//
// Each: what is done, how long it takes, what it may cost. What is made after it must
// come out right in any case: measure waits for that.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

type fault struct {
	name, title string
	// Is it over in seconds?
	short bool
	// May good objects be refused, because nobody is there who could answer?
	mayFail bool
	// May the API server be away?
	mayBeAway bool
	// May violating objects be made, because no policy is in force, or nobody is asked?
	mayPass bool

	prepare func(context.Context, *cluster) error
	// Says what else was seen. Requests go on for a while when it is over.
	run  func(context.Context, *cluster) (string, error)
	tidy func(context.Context, *cluster) error
}

var catalog = []fault{
	{name: "none", title: "nothing happens", run: nothing},
	{name: "update", title: "rolling update of all replicas", run: update},
	{name: "delete", title: "one Pod deleted: SIGTERM, drain", short: true, run: deleteOne},
	{name: "evict", title: "all Pods evicted, as far as the budget lets one", run: evict},
	{name: "kill", title: "SIGKILL of one replica", short: true, mayFail: true, run: kill},
	{name: "leader", title: "SIGKILL of the replica that leads", mayFail: true, run: killLeader},
	{name: "depose", title: "SIGSTOP of the replica that leads, until another one does and longer", mayFail: true, run: depose},
	{name: "pause", title: "SIGSTOP of one replica for 10 s", mayFail: true, run: pauseOne},
	{name: "starve", title: "one replica gets a tenth of a core for 10 s", mayFail: true, run: starve},
	{name: "disk", title: "no room for the last good policies", run: fullDisk},
	{name: "clock", title: "clocks jump: an hour ahead, an hour back, 200 days ahead", run: clock, tidy: clockBack},
	{name: "rotate", title: "certificates and their authority are replaced", prepare: shortLived, run: rotate, tidy: longLived},
	{name: "secret", title: "the Secret of the serving certificate is deleted", run: loseSecret},
	{name: "watches", title: "all connections of the gate to the API server break, five times", short: true, run: breakWatches},
	{name: "cut", title: "the gate does not reach the API server for 15 s", run: cutOff},
	{name: "apiserver", title: "the API server stops and starts", mayBeAway: true, run: restartAPIServer},
	{name: "crd", title: "the definition of the policies is deleted and restored", mayPass: true, run: loseDefinition},
	{name: "facts", title: "what policies ask for hangs", prepare: askingPolicies, run: askHanging, tidy: noAskingPolicies},
	{name: "start", title: "a replica is replaced where a hundred policies are in force", prepare: manyPolicies, run: start, tidy: fewPolicies},
	{name: "zero", title: "scaled to zero, and back to three", mayPass: true, run: scaleToZero},
	{name: "power", title: "everything off at once, and on again", mayFail: true, mayBeAway: true, run: power},
}

func nothing(ctx context.Context, _ *cluster) (string, error) {
	pause(ctx, 4*time.Second)
	return "", nil
}

func update(ctx context.Context, c *cluster) (string, error) {
	start := time.Now()
	patch := fmt.Sprintf(`{"spec":{"template":{"metadata":{"annotations":{"restarted":%q}}}}}`, start.String())
	if err := c.patchGates(ctx, patch); err != nil {
		return "", err
	}
	if err := eventually(ctx, 3*time.Minute, func() error { return c.available(ctx) }); err != nil {
		return "", err
	}
	note := "all new in " + since(start)
	// The last of the old ones drain.
	pause(ctx, 12*time.Second)
	return note, nil
}

func (c *cluster) patchGates(ctx context.Context, patch string) error {
	_, err := c.client.AppsV1().Deployments(home).Patch(ctx, gates, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	return err
}

func deleteOne(ctx context.Context, c *cluster) (string, error) {
	one, err := c.follower(ctx)
	if err != nil {
		return "", err
	}
	if err := c.client.CoreV1().Pods(home).Delete(ctx, one.Pod, metav1.DeleteOptions{}); err != nil {
		return "", err
	}
	pause(ctx, 13*time.Second)
	return "", nil
}

// evict asks for the end of each Pod until each is gone, as a node drain does.
func evict(ctx context.Context, c *cluster) (string, error) {
	all, err := c.processes(admission)
	if err != nil {
		return "", err
	}
	start, refused, least := time.Now(), 0, len(all)
	for _, one := range all {
		err := eventually(ctx, 2*time.Minute, func() error {
			eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: one.Pod, Namespace: home}}
			err := c.client.CoreV1().Pods(home).EvictV1(ctx, eviction)
			if apierrors.IsTooManyRequests(err) {
				refused++
			}
			if d, err := c.client.AppsV1().Deployments(home).Get(ctx, gates, metav1.GetOptions{}); err == nil {
				least = min(least, int(d.Status.AvailableReplicas))
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if err := eventually(ctx, time.Minute, func() error { return c.available(ctx) }); err != nil {
		return "", err
	}
	note := fmt.Sprintf("three evicted in %s, %d refusals by the budget, never fewer than %d available", since(start), refused, least)
	pause(ctx, 12*time.Second)
	if least < 2 {
		return note, errors.New("less than the quorum was available")
	}
	return note, nil
}

func kill(ctx context.Context, c *cluster) (string, error) {
	one, err := c.follower(ctx)
	if err != nil {
		return "", err
	}
	return "", c.killed(ctx, one.Pod)
}

// killed returns when the process runs again.
func (c *cluster) killed(ctx context.Context, pod string) error {
	if err := c.do("signal", "pod", pod, "name", "KILL"); err != nil {
		return err
	}
	pause(ctx, 300*time.Millisecond)
	return eventually(ctx, time.Minute, func() error { return c.isUp(pod) })
}

func (c *cluster) isUp(pod string) error {
	all, err := c.processes("")
	for _, one := range all {
		if one.Pod == pod && one.ReadyAfterMs > 0 {
			return nil
		}
	}
	return fmt.Errorf("`%s` is not ready: %w", pod, orNil(err))
}

func killLeader(ctx context.Context, c *cluster) (string, error) {
	leader, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	// The process, not the Pod: it comes back under its name, and may lead again at once.
	if err := c.do("signal", "pod", leader, "name", "KILL"); err != nil {
		return "", err
	}
	change, err := c.change(ctx, "at once")
	if err != nil {
		return "", err
	}
	next, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	who := "another one"
	if next == leader {
		who = "itself, restarted,"
	}
	return fmt.Sprintf("%s leads after it; %s", who, change), nil
}

// depose stops the leader where it stands: its Lease runs out, and it does not know.
func depose(ctx context.Context, c *cluster) (string, error) {
	leader, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	if err := c.do("signal", "pod", leader, "name", "STOP"); err != nil {
		return "", err
	}
	start := time.Now()
	err = eventually(ctx, time.Minute, func() error {
		next, err := c.leader(ctx)
		if err == nil && next == leader {
			err = errors.New("nobody takes over")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	note := "another one leads after " + since(start)
	change, err := c.change(ctx, "then")
	if err != nil {
		return "", err
	}
	pause(ctx, 2*time.Second)
	next, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	if err := c.do("signal", "pod", leader, "name", "CONT"); err != nil {
		return "", err
	}
	pause(ctx, 4*time.Second)
	now, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	note += "; " + change
	if now != next {
		return note, fmt.Errorf("`%s` led, and `%s` took the Lease when it went on", next, now)
	}
	return note, nil
}

func pauseOne(ctx context.Context, c *cluster) (string, error) {
	one, err := c.follower(ctx)
	if err != nil {
		return "", err
	}
	if err := c.do("signal", "pod", one.Pod, "name", "STOP"); err != nil {
		return "", err
	}
	pause(ctx, 10*time.Second)
	return "", c.do("signal", "pod", one.Pod, "name", "CONT")
}

func starve(ctx context.Context, c *cluster) (string, error) {
	one, err := c.follower(ctx)
	if err != nil {
		return "", err
	}
	if err := c.do("throttle", "pod", one.Pod, "percent", "10"); err != nil {
		return "", err
	}
	pause(ctx, 10*time.Second)
	return "", c.do("throttle", "pod", one.Pod, "percent", "0")
}

// rotate watches certificates come and go.
func rotate(ctx context.Context, c *cluster) (string, error) {
	seen := map[string]bool{}
	authorities := map[string]bool{}
	for start := time.Now(); time.Since(start) < 40*time.Second; {
		secret, err := c.client.CoreV1().Secrets(home).Get(ctx, pair, metav1.GetOptions{})
		if err == nil {
			seen[string(secret.Data["tls.crt"])] = true
		}
		authority, err := c.client.CoreV1().Secrets(home).Get(ctx, authority, metav1.GetOptions{})
		if err == nil {
			authorities[string(authority.Data["tls.crt"])] = true
		}
		if !pause(ctx, 500*time.Millisecond) {
			break
		}
	}
	note := fmt.Sprintf("%d certificates and %d authorities in 40 s", len(seen), len(authorities))
	if len(seen) < 3 || len(authorities) < 2 {
		return note, fmt.Errorf("only %s", note)
	}
	return note, nil
}

// Long enough for what must happen before an authority signs, short enough for a test.
var rotation = []string{"--tls-validity=16s", "--ca-validity=28s", "--renew-before=8s"}

func shortLived(ctx context.Context, c *cluster) error {
	if err := c.args(ctx, func(args []string) []string { return append(args, rotation...) }); err != nil {
		return err
	}
	// What is valid for months would stay.
	for _, secret := range []string{authority, pair} {
		if err := c.client.CoreV1().Secrets(home).Delete(ctx, secret, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	pause(ctx, 5*time.Second)
	return c.settled(ctx)
}

func longLived(ctx context.Context, c *cluster) error {
	return c.args(ctx, func(args []string) []string {
		return slices.DeleteFunc(args, func(arg string) bool { return slices.Contains(rotation, arg) })
	})
}

// args changes the gate's flags, and waits for the update.
func (c *cluster) args(ctx context.Context, change func([]string) []string) error {
	d, err := c.client.AppsV1().Deployments(home).Get(ctx, gates, metav1.GetOptions{})
	if err != nil {
		return err
	}
	list, err := json.Marshal(change(d.Spec.Template.Spec.Containers[0].Args))
	if err != nil {
		return err
	}
	patch := fmt.Sprintf(`[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": %s}]`, list)
	if _, err := c.client.AppsV1().Deployments(home).Patch(ctx, gates, types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		return err
	}
	return c.settled(ctx)
}

func loseSecret(ctx context.Context, c *cluster) (string, error) {
	start := time.Now()
	if err := c.client.CoreV1().Secrets(home).Delete(ctx, pair, metav1.DeleteOptions{}); err != nil {
		return "", err
	}
	err := eventually(ctx, 30*time.Second, func() error {
		_, err := c.client.CoreV1().Secrets(home).Get(ctx, pair, metav1.GetOptions{})
		return err
	})
	note := "there again after " + since(start)
	pause(ctx, 3*time.Second)
	return note, err
}

func breakWatches(ctx context.Context, c *cluster) (string, error) {
	for range 5 {
		if err := c.do("door", "break", "true"); err != nil {
			return "", err
		}
		pause(ctx, 500*time.Millisecond)
	}
	return c.change(ctx, "at once")
}

func cutOff(ctx context.Context, c *cluster) (string, error) {
	if err := c.do("door", "shut", "true", "break", "true"); err != nil {
		return "", err
	}
	pause(ctx, 15*time.Second)
	if err := c.do("door"); err != nil {
		return "", err
	}
	return c.change(ctx, "right after it")
}

func restartAPIServer(ctx context.Context, c *cluster) (string, error) {
	if err := c.do("plane", "do", "stop"); err != nil {
		return "", err
	}
	stopped := time.Now()
	pause(ctx, 3*time.Second)
	if err := c.do("plane", "do", "start"); err != nil {
		return "", err
	}
	note := "it was away for " + since(stopped)
	change, err := c.change(ctx, "right after it")
	return note + "; " + change, err
}

const definition = "clusterpolicies.kyverno.io"

func loseDefinition(ctx context.Context, c *cluster) (string, error) {
	found, err := c.dynamic.Resource(crds).Get(ctx, definition, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	if err := c.dynamic.Resource(crds).Delete(ctx, definition, metav1.DeleteOptions{}); err != nil {
		return "", err
	}
	err = eventually(ctx, time.Minute, func() error {
		_, err := c.dynamic.Resource(crds).Get(ctx, definition, metav1.GetOptions{})
		if isGone(err) {
			return nil
		}
		return errors.New("it is still there")
	})
	if err != nil {
		return "", err
	}
	pause(ctx, 3*time.Second)
	found.SetResourceVersion("")
	found.SetUID("")
	start := time.Now()
	options := metav1.CreateOptions{}
	if _, err := c.dynamic.Resource(crds).Create(ctx, found, options); err != nil {
		return "", err
	}
	for _, policy := range c.policies() {
		if err := c.apply(ctx, policy); err != nil {
			return "", err
		}
	}
	applied := time.Now()
	if err := c.settled(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("policies could be applied after %s, were READY and in force %s later", short(applied.Sub(start)), since(applied)), nil
}

func scaleToZero(ctx context.Context, c *cluster) (string, error) {
	start := time.Now()
	if err := c.patchGates(ctx, `{"spec":{"replicas":0}}`); err != nil {
		return "", err
	}
	err := eventually(ctx, time.Minute, func() error {
		hooks, err := c.client.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		changing, err := c.client.AdmissionregistrationV1().MutatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if left := len(hooks.Items) + len(changing.Items); left > 0 {
			return fmt.Errorf("%d configurations are left", left)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	note := "no webhooks after " + since(start)
	pause(ctx, 15*time.Second)
	start = time.Now()
	if err := c.patchGates(ctx, `{"spec":{"replicas":3}}`); err != nil {
		return "", err
	}
	if err := c.settled(ctx); err != nil {
		return "", err
	}
	return note + "; all enforced again " + since(start) + " after it was scaled up", nil
}

func power(ctx context.Context, c *cluster) (string, error) {
	if err := c.do("halt"); err != nil {
		return "", err
	}
	if err := c.do("plane", "do", "kill"); err != nil {
		return "", err
	}
	pause(ctx, 2*time.Second)
	start := time.Now()
	if err := c.do("plane", "do", "start"); err != nil {
		return "", err
	}
	up := time.Now()
	if err := c.do("resume"); err != nil {
		return "", err
	}
	if err := c.settled(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("the API server took %s, all was enforced and READY %s after it", short(up.Sub(start)), since(up)), nil
}

func since(start time.Time) string { return short(time.Since(start)) }

func short(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

func cut(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	return text[:min(len(text), most)]
}

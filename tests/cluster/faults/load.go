package main

// The creates, and what came of them.
//
// Comes in: a rate, a fault. Goes out: a row. Never here: what the fault is.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Each so many breaks a policy.
const violates = 10

// Two of so many are stored, a violating one and a good one. All others stop before the store, as `--dry-run=server` does:
// they are admitted like the rest, and what storing costs is not the gate's.
const stores = 20

// How long creates go on before the fault, and after it is over.
const before, after = 2 * time.Second, 4 * time.Second

// The longest that an API server waits for a webhook, and a little.
const patience = 35 * time.Second

type verdict int

const (
	made verdict = iota
	denied
	failed    // no gate answered, or not with the policy's words
	away      // no API server answered
	unchanged // made, without what the mutating policy adds
)

type result struct {
	violating bool
	due       time.Time
	took      time.Duration
	verdict   verdict
	text      string
}

type tally struct {
	mutex   sync.Mutex
	results []result
}

func (t *tally) add(r result) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.results = append(t.results, r)
}

// measure makes objects while the fault happens.
func (c *cluster) measure(ctx context.Context, f fault, rate int) (row, error) {
	if f.prepare != nil {
		if err := f.prepare(ctx, c); err != nil {
			return row{}, fmt.Errorf("before it: %w", err)
		}
	}
	space, err := c.namespace(ctx, "f-"+f.name)
	if err != nil {
		return row{}, err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	tally := &tally{}
	done := make(chan struct{})
	go func() { defer close(done); c.make(work, space, rate, tally) }()
	pause(ctx, before)
	start := time.Now()
	note, err := f.run(ctx, c)
	if err == nil {
		pause(ctx, after)
	}
	stop()
	<-done
	row := tally.row(f, start)
	row.Note = note
	if err != nil {
		row.Problem = err.Error()
	}
	if f.tidy != nil {
		if err := f.tidy(ctx, c); err != nil {
			return row, fmt.Errorf("after it: %w", err)
		}
	}
	background := metav1.DeletePropagationBackground
	_ = c.client.CoreV1().Namespaces().Delete(ctx, space, metav1.DeleteOptions{PropagationPolicy: &background})
	return row, c.settled(ctx)
}

// make asks for an object at each moment that one is due, until ctx ends, and waits
// for the answers.
func (c *cluster) make(ctx context.Context, space string, rate int, tally *tally) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	start, gap := time.Now(), time.Second/time.Duration(rate)
	for i := 0; ; i++ {
		due := start.Add(time.Duration(i) * gap)
		if !pause(ctx, time.Until(due)) {
			return
		}
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			// Not ctx: a request that was made is waited for.
			limit, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			options := metav1.CreateOptions{}
			if i%stores > 1 {
				options.DryRun = []string{metav1.DryRunAll}
			}
			r := c.create(limit, space, fmt.Sprintf("o-%d", i), i%violates == 0, options)
			r.due, r.took = due, time.Since(due)
			tally.add(r)
		}()
	}
}

// create makes a ConfigMap, which needs a label, and gets another.
func (c *cluster) create(ctx context.Context, space, name string, violating bool, options metav1.CreateOptions) result {
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": "a"}}}
	if violating {
		object.Labels = nil
	}
	got, err := c.client.CoreV1().ConfigMaps(space).Create(ctx, object, options)
	r := result{violating: violating}
	switch {
	case err == nil && got.Labels[addedLabel] == "":
		r.verdict = unchanged
	case err == nil:
		r.verdict = made
	case strings.Contains(err.Error(), "denied the request") && strings.Contains(err.Error(), deniedText):
		r.verdict = denied
	case isAway(err):
		r.verdict, r.text = away, err.Error()
	default:
		r.verdict, r.text = failed, err.Error()
	}
	return r
}

// isAway tells an API server that does not answer from one that says no.
func isAway(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return true
	}
	reason := status.Status().Reason
	text := err.Error()
	return reason == metav1.StatusReasonServiceUnavailable || reason == metav1.StatusReasonTooManyRequests ||
		// While it starts, and until its namespaces and accounts are read.
		strings.Contains(text, "not yet ready to handle request") || reason == metav1.StatusReasonForbidden && !strings.Contains(text, "webhook") ||
		reason == metav1.StatusReasonUnauthorized || strings.Contains(text, "shutting down")
}

func (t *tally) row(f fault, start time.Time) row {
	r := row{Fault: f.name, Load: load()}
	var good []time.Duration
	var last time.Time
	texts := map[string]int{}
	for _, one := range t.results {
		if one.violating {
			r.Violating++
		} else {
			r.Tried++
		}
		right := denied
		if !one.violating {
			right = made
		}
		switch {
		case one.verdict == right:
			good = append(good, one.took)
			continue
		case one.verdict == away:
			r.Away++
		case one.violating && (one.verdict == made || one.verdict == unchanged):
			r.Slipped++
		case one.verdict == unchanged:
			r.Unchanged++
		case one.violating:
			// Denied, though not by the policy: nothing slipped.
		default:
			r.Failed++
		}
		if at := one.due.Add(one.took); at.After(last) && !one.violating {
			last = at
		}
		if one.text != "" {
			texts[shape(one.text)]++
		}
	}
	if last.After(start) {
		r.RecoverMs = last.Sub(start).Milliseconds()
	}
	slices.Sort(good)
	at := func(part float64) float64 {
		if len(good) == 0 {
			return 0
		}
		return float64(good[min(int(part*float64(len(good))), len(good)-1)].Microseconds()) / 1000
	}
	r.P50Ms, r.P99Ms, r.WorstMs = at(0.5), at(0.99), at(1)
	for text, count := range texts {
		r.Errors = append(r.Errors, fmt.Sprintf("%d x %s", count, text))
	}
	slices.Sort(r.Errors)
	r.Errors = r.Errors[:min(len(r.Errors), 6)]
	switch {
	case r.Slipped > 0 && !f.mayPass:
		r.Problem = "a violating object was made"
	case r.Unchanged > 0 && !f.mayPass:
		r.Problem = "an object was made without what a policy adds"
	case r.Failed > 0 && !f.mayFail:
		r.Problem = "good objects were refused"
	case r.Away > 0 && !f.mayBeAway:
		r.Problem = "the API server was away"
	}
	return r
}

// shape is a text without what differs from request to request.
func shape(text string) string {
	text = digits.ReplaceAllString(text, "N")
	if len(text) > 300 {
		text = text[:300]
	}
	return strings.ReplaceAll(text, "\n", " ")
}

// load is the machine's, over the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// pause tells whether ctx goes on.
func pause(ctx context.Context, long time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(long):
		return true
	}
}

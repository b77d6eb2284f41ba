package main

// What a kubelet does, for the gate's Pods alone: each Pod is a process, and its
// status says how that one is.
//
// Comes in: the Pods that Deployments make. Goes out: processes, Pods that are
// Running and Ready, the targets of the Services. Never here: a Pod of somebody
// else; a node (a Pod that is bound to one is not gone before a kubelet says so).

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

type pods struct {
	in        *install
	options   options
	door      *door
	balancers map[string]*balancer // by component

	mutex    sync.Mutex
	running  map[types.UID]*container
	last     int // of the last address that was given
	waiting  sync.WaitGroup
	stopping bool
	// Nobody starts before it is closed.
	halted    chan struct{}
	throttled map[string]chan struct{} // by Pod
}

func newPods(in *install, door *door, o options) *pods {
	return &pods{
		in: in, door: door, options: o, last: 10,
		balancers: map[string]*balancer{admission: {}, cleanup: {}},
		running:   map[types.UID]*container{},
		throttled: map[string]chan struct{}{},
	}
}

// run works until ctx ends, and then until every process has ended.
func (p *pods) run(ctx context.Context) {
	for component, balancer := range p.balancers {
		listener, err := balancer.listen(p.in.serviceAddress(component))
		if err != nil {
			fmt.Fprintln(os.Stderr, "installed:", err)
			return
		}
		defer listener.Close()
	}
	source := cache.NewListWatchFromClient(p.in.client.CoreV1().RESTClient(), "pods", namespace, fields.Everything())
	_, controller := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: source,
		ObjectType:    &corev1.Pod{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { p.start(object.(*corev1.Pod)) },
			UpdateFunc: func(_, object any) { p.start(object.(*corev1.Pod)) },
			DeleteFunc: func(object any) {
				if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
					object = unknown.Obj
				}
				p.end(object.(*corev1.Pod).UID)
			},
		},
	})
	controller.Run(ctx.Done())
	p.mutex.Lock()
	p.stopping = true
	left := slices.Collect(maps.Values(p.running))
	p.mutex.Unlock()
	for _, container := range left {
		container.cancel()
	}
	p.waiting.Wait()
}

func (p *pods) isStopping() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.stopping
}

// start runs the Pod's process, unless it runs already.
func (p *pods) start(pod *corev1.Pod) {
	component := pod.Labels[componentLabel]
	if len(pod.Spec.Containers) == 0 || pod.Spec.ServiceAccountName == "" || component == "" {
		return
	}
	if pod.DeletionTimestamp != nil {
		p.end(pod.UID)
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.stopping || p.running[pod.UID] != nil {
		return
	}
	p.last++
	ctx, cancel := context.WithCancel(context.Background())
	container := &container{
		pods:      p,
		pod:       pod,
		component: component,
		ip:        loopback(p.options, p.last),
		dir:       filepath.Join(p.options.dir, pod.Name),
		cancel:    cancel,
		started:   time.Now(),
	}
	p.running[pod.UID] = container
	p.waiting.Add(1)
	go func() { defer p.waiting.Done(); container.run(ctx) }()
}

func (p *pods) end(uid types.UID) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if container := p.running[uid]; container != nil {
		container.cancel()
		delete(p.running, uid)
	}
}

// waitReady returns once a Pod of each Deployment is ready.
func (p *pods) waitReady(ctx context.Context, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		missing := ""
		deployments, err := p.in.client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, deployment := range deployments.Items {
			wanted := int32(1)
			if deployment.Spec.Replicas != nil {
				wanted = *deployment.Spec.Replicas
			}
			if deployment.Status.ReadyReplicas < wanted {
				missing = deployment.Name
			}
		}
		if missing == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("`%s` is not ready after %v; see the logs in `%s`", missing, limit, p.options.dir)
		}
		select {
		case <-ctx.Done():
			return errors.New("stopped while starting")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// report writes the Pod's status; whether it could.
func (c *container) report(ctx context.Context, running, ready bool, restarts int) bool {
	state := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	if running {
		state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(c.started)}}
	}
	is := corev1.ConditionFalse
	if ready {
		is = corev1.ConditionTrue
	}
	now := metav1.Now()
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: now}
	}
	first := c.pod.Spec.Containers[0]
	patch, err := json.Marshal(map[string]any{"status": corev1.PodStatus{
		Phase:     corev1.PodRunning,
		StartTime: &metav1.Time{Time: c.started},
		PodIP:     c.ip,
		PodIPs:    []corev1.PodIP{{IP: c.ip}},
		HostIP:    "127.0.0.1",
		Conditions: []corev1.PodCondition{
			condition(corev1.PodScheduled, corev1.ConditionTrue),
			condition(corev1.PodInitialized, corev1.ConditionTrue),
			condition(corev1.ContainersReady, is),
			condition(corev1.PodReady, is),
		},
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: first.Name, Image: first.Image, ImageID: first.Image,
			Ready: ready, Started: &running, RestartCount: int32(restarts), State: state,
		}},
	}})
	if err != nil {
		return false
	}
	_, err = c.pods.in.client.CoreV1().Pods(namespace).Patch(ctx, c.pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	// One that is gone meanwhile needs no report.
	return err == nil || apierrors.IsNotFound(err)
}

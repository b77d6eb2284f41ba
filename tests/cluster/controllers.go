package main

// The controllers that make objects act: Deployments make Pods, a namespace's
// deletion empties it, owners take their dependents along.
//
// Comes in: a list in kube-controller-manager's syntax, and the API server's
// files. Goes out: nothing but requests to that API server. Never here: a port,
// leader election.

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	controllermanager "k8s.io/controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/config"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
)

type controllerManager struct {
	api    *apiServer
	config *config.CompletedConfig
}

// newControllerManager checks the list, but starts nothing yet.
func newControllerManager(ctx context.Context, api *apiServer, controllers []string) (*controllerManager, error) {
	flags := []string{
		"--kubeconfig=" + api.files.masters,
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + api.files.serviceAccountKey,
		"--root-ca-file=" + api.files.ca,
		"--controllers=" + strings.Join(controllers, ","),
		// The default of 20 requests/s protects a shared API server. This one serves
		// a test that waits.
		"--kube-api-qps=1000",
		"--kube-api-burst=1000",
	}
	known, disabled, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()

	settings, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	if err := parse(settings.Flags(known, disabled, aliases), flags); err != nil {
		return nil, err
	}
	config, err := settings.Config(ctx, known, disabled, aliases)
	if err != nil {
		return nil, err
	}
	return &controllerManager{api: api, config: config.Complete()}, nil
}

// serve returns when ctx ends and the controllers have stopped.
func (m *controllerManager) serve(ctx context.Context) error {
	// They would wait too, but give up after 10 s.
	if err := m.api.waitServing(ctx); err != nil {
		return err
	}
	return app.Run(ctx, m.config)
}

// makesServiceAccounts tells whether the list has the controller that gives each
// namespace its `default` service account.
func makesServiceAccounts(controllers []string) bool {
	aliases := app.ControllerAliases()
	full := make([]string, len(controllers))
	for i, controller := range controllers {
		name, minus := strings.CutPrefix(controller, "-")
		if alias, ok := aliases[name]; ok {
			name = alias
		}
		if minus {
			name = "-" + name
		}
		full[i] = name
	}
	disabled := sets.NewString(app.ControllersDisabledByDefault()...)
	return controllermanager.IsControllerEnabled(names.ServiceAccountController, disabled, full)
}

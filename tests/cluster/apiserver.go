package main

// The API server.
//
// Comes in: the state directory, with etcd behind its socket. Goes out: an API
// server on a free port of 127.0.0.1, and how to reach it. Never here: the cobra
// command, which would install signal handlers and logging for the whole process.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

type apiServer struct {
	options options.CompletedOptions
	files   credentials
	ready   ready
	// Whether Pods get a service account: the controller that makes them runs.
	serviceAccounts bool
}

// newAPIServer takes the port, or a free one for 0, and writes every file that is not
// there from an earlier run, but serves nothing yet.
func newAPIServer(ctx context.Context, dir string, port int, controllers []string, apis string) (*apiServer, error) {
	files, err := writeCredentials(dir)
	if err != nil {
		return nil, err
	}
	// Listening before anything else is what makes the free port ours.
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	etcd := etcdURL(dir)
	serviceAccounts := makesServiceAccounts(controllers)

	flags := []string{
		"--etcd-servers=" + etcd.String(),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + files.dir,
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--authorization-mode=RBAC",
		"--token-auth-file=" + files.tokens,
		"--client-ca-file=" + files.clientCA,
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + files.serviceAccountKey,
		"--service-account-signing-key-file=" + files.serviceAccountKey,
		// As installers set it: a policy test must be able to ask for a privileged Pod.
		"--allow-privileged=true",
		// A load test must meet the webhook's limits, not these.
		"--max-requests-inflight=2000",
		"--max-mutating-requests-inflight=1000",
	}
	if apis != "" {
		flags = append(flags, "--runtime-config="+apis)
	}
	if !serviceAccounts {
		// It would refuse every Pod, for want of its namespace's service account.
		flags = append(flags, "--disable-admission-plugins=ServiceAccount")
	}

	settings := options.NewServerRunOptions()
	if err := parse(settings.Flags(), flags); err != nil {
		return nil, err
	}
	settings.SecureServing.Listener = listener
	if err := settings.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	// Completing makes the serving certificate, which the kubeconfigs embed.
	completed, err := settings.Complete(ctx)
	if err != nil {
		return nil, err
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	if err := files.writeKubeconfigs(url); err != nil {
		return nil, err
	}
	return &apiServer{
		options:         completed,
		files:           files,
		ready:           ready{URL: url, Kubeconfig: files.kubeconfig, CA: files.ca, Token: files.token},
		serviceAccounts: serviceAccounts,
	}, nil
}

// serve returns when ctx ends and the last request is answered.
func (a *apiServer) serve(ctx context.Context) error {
	// Its own clients and the controllers use deprecated kinds; nobody can act on that.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return app.Run(ctx, a.options)
}

// waitServing returns once the API server says that it is ready.
func (a *apiServer) waitServing(ctx context.Context) error {
	return a.wait(ctx, a.files.masters, func(ctx context.Context, client *kubernetes.Clientset) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// waitReady returns once, besides, the user may create a Pod in the default namespace.
func (a *apiServer) waitReady(ctx context.Context) error {
	if err := a.waitServing(ctx); err != nil {
		return err
	}
	if err := a.wait(ctx, a.files.masters, bindUser); err != nil {
		return err
	}
	return a.wait(ctx, a.files.kubeconfig, func(ctx context.Context, client *kubernetes.Clientset) error {
		core, space := client.CoreV1(), metav1.NamespaceDefault
		if _, err := core.Namespaces().Get(ctx, space, metav1.GetOptions{}); err != nil {
			return err
		}
		if !a.serviceAccounts {
			return nil
		}
		_, err := core.ServiceAccounts(space).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

// bindUser lets the user do everything, by the binding that kubeadm makes.
func bindUser(ctx context.Context, client *kubernetes.Clientset) error {
	_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: userGroup},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: userGroup}},
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// wait asks as a kubeconfig's user until the answer is nil, for at most startLimit.
func (a *apiServer) wait(ctx context.Context, kubeconfig string, ask func(context.Context, *kubernetes.Clientset) error) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	var last error
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, startLimit, true, func(ctx context.Context) (bool, error) {
		last = ask(ctx, client)
		return last == nil, nil
	})
	if err != nil {
		return fmt.Errorf("not ready: %w", errors.Join(err, last))
	}
	return nil
}

// parse applies a flag list to a component's options.
func parse(sets cliflag.NamedFlagSets, flags []string) error {
	all := pflag.NewFlagSet("component", pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	return all.Parse(flags)
}

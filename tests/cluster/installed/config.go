package main

// The configurations: what tests change of the manifests' defaults.
//
// Comes in: names. Goes out: flags for each Deployment, and ClusterRoles that add
// to what its account may do.

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

type config struct {
	name string
	// By component. One that the program does not know is left out: what it asks
	// for is then the program's only way.
	flags map[string][]string
	// Further rules, by component.
	rules map[string][]rbacv1.PolicyRule
	// Versions of APIs that the control plane serves besides the usual ones.
	apis []string
	// Is it measured what Pods take, and are Deployments scaled by that?
	measures bool
}

// Tests ask for every version of these policies that there has been.
var oldAdmissionPolicies = []string{"admissionregistration.k8s.io/v1beta1=true", "admissionregistration.k8s.io/v1alpha1=true"}

const (
	admission  = "admission-controller"
	background = "background-controller"
	cleanup    = "cleanup-controller"
	reports    = "reports-controller"
)

var configs = []config{
	{
		name: "standard",
		flags: map[string][]string{
			admission:  {"--enablePolicyException=true", "--exceptionNamespace=*", "--omitEvents=", "--generateValidatingAdmissionPolicy=true", "--validatingAdmissionPolicyReports=true"},
			background: {"--enablePolicyException=true", "--exceptionNamespace=*", "--omitEvents="},
			cleanup:    {"--enablePolicyException=true", "--exceptionNamespace=*"},
			reports:    {"--enablePolicyException=true", "--exceptionNamespace=*", "--omitEvents=", "--validatingAdmissionPolicyReports=true"},
		},
		rules: map[string][]rbacv1.PolicyRule{
			admission: {allow([]string{""}, "secrets")},
			background: {
				allow([]string{""}, "configmaps", "resourcequotas", "secrets", "limitranges", "namespaces", "nodes", "nodes/status", "pods"),
				allow([]string{"networking.k8s.io"}, "networkpolicies"),
				allow([]string{"rbac.authorization.k8s.io"}, "roles", "rolebindings", "clusterroles", "clusterrolebindings"),
			},
		},
	},
	{
		name:  "generate-mutating-admission-policy",
		flags: map[string][]string{admission: {"--generateMutatingAdmissionPolicy=true"}},
		apis:  oldAdmissionPolicies,
	},
	{
		name: "mutating-admission-policy-reports",
		flags: map[string][]string{
			admission: {"--mutatingAdmissionPolicyReports=true"},
			reports:   {"--mutatingAdmissionPolicyReports=true"},
		},
		apis: oldAdmissionPolicies,
	},
	{
		name: "ttl",
		rules: map[string][]rbacv1.PolicyRule{
			// No other kind: a test wants what is labelled to stay for want of the right.
			cleanup: {{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch", "delete"}}},
		},
	},
	{
		name:  "force-failure-policy-ignore",
		flags: map[string][]string{admission: {"--forceFailurePolicyIgnore=true"}},
	},
	{
		name:     "autoscaling",
		measures: true,
	},
}

func allow(groups []string, resources ...string) rbacv1.PolicyRule {
	verbs := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	return rbacv1.PolicyRule{APIGroups: groups, Resources: resources, Verbs: verbs}
}

func configNames() []string {
	names := make([]string, 0, len(configs))
	for _, c := range configs[1:] {
		names = append(names, c.name)
	}
	return names
}

// chosen are the named configurations.
func chosen(names []string) ([]config, error) {
	var found []config
	for _, name := range names {
		i := slices.IndexFunc(configs, func(c config) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no configuration is called `%s`", name)
		}
		found = append(found, configs[i])
	}
	return found, nil
}

// flagsOf are all that configurations give a component.
func flagsOf(chosen []config, component string) []string {
	var flags []string
	for _, c := range chosen {
		flags = append(flags, c.flags[component]...)
	}
	return flags
}

// measures tells whether any of them wants Pods measured.
func measures(chosen []config) bool {
	return slices.ContainsFunc(chosen, func(c config) bool { return c.measures })
}

// apisOf are the versions of APIs that configurations want served.
func apisOf(chosen []config) []string {
	var apis []string
	for _, c := range chosen {
		apis = append(apis, c.apis...)
	}
	slices.Sort(apis)
	return slices.Compact(apis)
}

// roles are ClusterRoles that the components' own ones aggregate.
func roles(chosen []config) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, c := range chosen {
		for component, rules := range c.rules {
			role := &rbacv1.ClusterRole{
				TypeMeta: metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: "ClusterRole"},
				ObjectMeta: metav1.ObjectMeta{
					Name:   fmt.Sprintf("kyverno:%s:%s", component, c.name),
					Labels: map[string]string{"rbac.kyverno.io/aggregate-to-" + component: "true"},
				},
				Rules: rules,
			}
			fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(role)
			if err != nil {
				return nil, err
			}
			objects = append(objects, &unstructured.Unstructured{Object: fields})
		}
	}
	return objects, nil
}

//! ValidatingPolicies: the Pod Security Standards, and any number of made ones.

use std::sync::Arc;

use portcullis_engine::doc::{self, AnyPolicy, ValidatingPolicy};

/// The containers of a Pod, of all three sorts.
const EVERY: &str = "{name: every, expression: 'object.spec.containers + \
    object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])'}";

/// Variables and checks of ten policies, as their authors write them.
const STANDARDS: [(&str, &str, &[&str]); 10] = [
    (
        "capabilities",
        "{name: allowed, expression: \"['AUDIT_WRITE', 'CHOWN', 'FOWNER', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETGID', 'SETUID']\"}",
        &[
            "variables.every.all(c, c.?securityContext.?capabilities.?add.orValue([]).all(it, it == '' || it in variables.allowed))",
        ],
    ),
    (
        "host-namespaces",
        "{name: net, expression: 'object.spec.?hostNetwork.orValue(false)'}, \
         {name: ipc, expression: 'object.spec.?hostIPC.orValue(false)'}, \
         {name: pid, expression: 'object.spec.?hostPID.orValue(false)'}",
        &["!(variables.net || variables.ipc || variables.pid)"],
    ),
    (
        "host-path",
        "",
        &["object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))"],
    ),
    (
        "host-process",
        "",
        &[
            "variables.every.all(c, c.?securityContext.?windowsOptions.?hostProcess.orValue(false) == false)",
        ],
    ),
    (
        "privileged",
        "",
        &["variables.every.all(box, box.?securityContext.?privileged.orValue(false) == false)"],
    ),
    (
        "proc-mount",
        "",
        &["variables.every.all(c, c.?securityContext.?procMount.orValue('Default') == 'Default')"],
    ),
    (
        "selinux",
        "{name: types, expression: \"['container_t', 'container_init_t', 'container_kvm_t']\"}, \
         {name: own, expression: \"object.spec.?securityContext.?seLinuxOptions.?type.orValue('') == '' \
          || variables.types.exists(t, t == object.spec.securityContext.seLinuxOptions.type)\"}",
        &[
            "variables.own && variables.every.all(c, c.?securityContext.?seLinuxOptions.?type.orValue('') == '' \
             || variables.types.exists(t, t == c.securityContext.seLinuxOptions.type))",
            "variables.every.all(c, c.?securityContext.?seLinuxOptions.?user.orValue('') == '' \
             && c.?securityContext.?seLinuxOptions.?role.orValue('') == '')",
        ],
    ),
    (
        "seccomp",
        "{name: profiles, expression: \"['RuntimeDefault', 'Localhost']\"}",
        &[
            "object.spec.?securityContext.?seccompProfile.?type.orValue('Localhost') in variables.profiles \
             && variables.every.all(c, c.?securityContext.?seccompProfile.?type.orValue('Localhost') in variables.profiles)",
        ],
    ),
    (
        "non-root",
        "",
        &[
            "variables.every.all(c, c.?securityContext.?runAsUser.orValue(1) != 0 \
             && c.?securityContext.?allowPrivilegeEscalation.orValue(false) == false)",
        ],
    ),
    (
        "volume-types",
        "",
        &[
            "!has(object.spec.volumes) || object.spec.volumes.all(v, has(v.configMap) || has(v.csi) || has(v.downwardAPI) \
             || has(v.emptyDir) || has(v.ephemeral) || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))",
        ],
    ),
];

/// Ten policies that ask of a Pod what the Pod Security Standards ask.
pub fn validating() -> Vec<Arc<ValidatingPolicy>> {
    let policies = STANDARDS.iter().flat_map(|(name, variables, checks)| {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| format!("{{expression: {check:?}}}"))
            .collect();
        let spec = format!(
            "variables: [{EVERY}, {variables}], validations: [{}]",
            checks.join(", ")
        );
        read_validating(&about("pods", name, &spec))
    });
    policies.collect()
}

/// `count` policies about Pods, each with a check of its own.
pub fn validating_distinct(count: usize) -> Vec<Arc<ValidatingPolicy>> {
    let policies = (0..count).flat_map(|index| read_validating(&made(index, "pods")));
    policies.collect()
}

/// `count` policies of which only the first is about Pods.
pub fn validating_elsewhere(count: usize) -> Vec<Arc<ValidatingPolicy>> {
    let resource = |index: usize| if index == 0 { "pods" } else { "configmaps" };
    let policies = (0..count).flat_map(|index| read_validating(&made(index, resource(index))));
    policies.collect()
}

fn made(index: usize, resource: &str) -> String {
    let check = format!(
        "variables: [{EVERY}], validations: [{{expression: \"variables.every.all(c, \
         !c.image.startsWith('registry-{index}.example.com/') \
         && c.?securityContext.?privileged.orValue(false) == false)\"}}]"
    );
    about(resource, &format!("made-{index:06}"), &check)
}

fn about(resource: &str, name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {{name: {name}}}, spec: \
         {{validationActions: [Deny], matchConstraints: {{resourceRules: [{{apiGroups: [''], apiVersions: [v1], \
         operations: [CREATE, UPDATE], resources: [{resource}]}}]}}, {spec}}}}}"
    )
}

/// The ValidatingPolicies of a text, denying.
pub fn read_validating(text: &str) -> Vec<Arc<ValidatingPolicy>> {
    let denying = text
        .replace("- Audit", "- Deny")
        .replace("[Audit]", "[Deny]");
    let policies = doc::read_any(&denying).into_iter();
    let validating = policies.filter_map(|policy| match policy {
        Ok(AnyPolicy::Validating(policy)) => Some(policy),
        _ => None,
    });
    validating.collect()
}

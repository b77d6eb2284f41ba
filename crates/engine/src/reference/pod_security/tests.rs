//! Whole rules: levels, excuses, exceptions, the kinds that hold a Pod, messages and properties.

use bumpalo::Bump;
use portcullis_lang::value::{Numbers, yaml};

use super::{Exception, Outcome, evaluate};
use crate::doc::{self, Body, PodSecurity, Validation};

/// A Pod that the strictest level lets pass, but for what `more` adds to its container.
fn pod(more: &str) -> String {
    format!("{{kind: Pod, spec: {{{}}}}}", spec(more))
}

fn spec(more: &str) -> String {
    format!(
        "containers: [{{name: c, image: 'nginx:1', securityContext: {{allowPrivilegeEscalation: false, \
         capabilities: {{drop: [ALL]}}, runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}{more}}}}}]"
    )
}

const PRIVILEGED: &str = ", privileged: true";
const PRIVILEGED_TEXT: &str = "privileged, field error list: \
     [spec.containers[0].securityContext.privileged is forbidden, forbidden values found: true]";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn levels() {
    check("level: restricted", &pod(""), "pass");
    check("level: privileged", &pod(PRIVILEGED), &failed("privileged:", PRIVILEGED_TEXT));
    check("{level: baseline, version: v1.30}", &pod(PRIVILEGED), &failed("baseline:v1.30", PRIVILEGED_TEXT));
    check("level: baseline", "{kind: Pod, spec: {containers: [{}]}}", "pass");
    check("{level: restricted, version: latest}", "{kind: Pod, spec: {}}", "pass");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn kinds() {
    let deployment = format!("{{kind: Deployment, spec: {{template: {{spec: {{{}}}}}}}}}", spec(PRIVILEGED));
    check("level: baseline", &deployment, &failed("baseline:",
        "privileged, field error list: [spec.template.spec.containers[0].securityContext.privileged is forbidden, forbidden values found: true]"));
    let cron = format!("{{kind: CronJob, spec: {{jobTemplate: {{spec: {{template: {{spec: {{{}}}}}}}}}}}}}", spec(PRIVILEGED));
    check("level: baseline", &cron, &failed("baseline:",
        "privileged, field error list: [spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged is forbidden, forbidden values found: true]"));
    check("level: baseline", "kind: Service", "error Error while getting new resource: could not find correct resource type");

    let unconfined = "annotations: {container.apparmor.security.beta.kubernetes.io/spec: unconfined}";
    check("level: baseline", &format!("{{kind: Job, spec: {{template: {{metadata: {{{unconfined}}}}}}}}}"), &failed("baseline:",
        "forbidden AppArmor profile, field error list: [spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/spec.template.spec] is forbidden, forbidden values found: unconfined]"));
    check("level: baseline", &format!("{{kind: CronJob, spec: {{jobTemplate: {{spec: {{template: {{metadata: {{{unconfined}}}}}}}}}}}}}"), "pass");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn mistyped_fields() {
    check("level: baseline", "{kind: Pod, spec: {containers: [{securityContext: {privileged: 'true'}}]}}",
        "error Error while getting new resource: json: cannot unmarshal string into Go struct field SecurityContext.spec.containers.securityContext.privileged of type bool");
    check("level: baseline", "{kind: Pod, spec: {containers: [{ports: [{hostPort: 1.5}]}]}}",
        "error Error while getting new resource: json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.hostPort of type int32");
    check("level: baseline", "{kind: Job, spec: {template: {spec: {hostPID: {}}}}}",
        "error Error while getting new resource: json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.hostPID of type bool");
    check("level: baseline", "{kind: Pod, spec: []}",
        "error Error while getting new resource: json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec");
    check("level: baseline", "{kind: CronJob, spec: {jobTemplate: {spec: 1}}}",
        "error Error while getting new resource: json: cannot unmarshal number into Go struct field JobTemplateSpec.spec.jobTemplate.spec of type v1.JobSpec");
    check("level: baseline", "{kind: Pod, metadata: {annotations: {a: 1}}}",
        "error Error while getting new resource: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations of type string");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn excuses_by_image() {
    let privileged = failed("baseline:", PRIVILEGED_TEXT);
    excuse("controlName: Privileged Containers, images: ['nginx*']",      &pod(PRIVILEGED), "pass");
    excuse("controlName: Privileged Containers, images: ['x', '*:1']",    &pod(PRIVILEGED), "pass");
    excuse("controlName: Privileged Containers, images: ['docker.io/*']", &pod(PRIVILEGED), &privileged);
    excuse("controlName: Host Ports, images: ['*']",                      &pod(PRIVILEGED), &privileged);
    excuse("controlName: Privileged Containers, images: ['*'], restrictedField: 'spec.containers[*].securityContext.privileged', values: ['t*']",  &pod(PRIVILEGED), "pass");
    excuse("controlName: Privileged Containers, images: ['*'], restrictedField: 'spec.containers[*].securityContext.privileged', values: [x]",     &pod(PRIVILEGED), &privileged);
    excuse("controlName: Privileged Containers, images: ['*'], restrictedField: 'spec.initContainers[*].securityContext.privileged', values: ['*']", &pod(PRIVILEGED), &privileged);

    let capable = ", capabilities: {drop: [ALL], add: [NET_ADMIN, SYS_TIME]}";
    let text = "non-default capabilities, field error list: \
         [spec.containers[0].securityContext.capabilities.add is forbidden, forbidden values found: [NET_ADMIN SYS_TIME]]";
    excuse("controlName: Capabilities, images: ['*'], restrictedField: 'spec.containers[*].securityContext.capabilities.add', values: ['NET_*', 'SYS_*']", &pod(capable), "pass");
    excuse("controlName: Capabilities, images: ['*'], restrictedField: 'spec.containers[*].securityContext.capabilities.add', values: ['NET_*']",          &pod(capable), &failed("baseline:", text));

    let pod = "{kind: Pod, spec: {securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: c, image: i}]}}";
    excuse("controlName: Seccomp, images: ['*']", pod, &failed("baseline:",
        "seccompProfile, field error list: [spec.securityContext.seccompProfile.type is forbidden, forbidden values found: Unconfined]"));
    excuse("controlName: Seccomp", pod, "pass");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn excuses_of_the_pod() {
    let host = "{kind: Pod, spec: {hostNetwork: true, hostPID: true, hostIPC: true}}";
    excuse("controlName: Host Namespaces", host, "pass");
    // The last error takes the place of the one that is excused.
    excuse("controlName: Host Namespaces, restrictedField: spec.hostNetwork, values: ['true']", host, &failed("baseline:",
        "host namespaces, field error list: [spec.hostIPC is forbidden, forbidden values found: true, spec.hostPID is forbidden, forbidden values found: true]"));
    // A value that is not shown fits any list of values.
    excuse("controlName: HostPath Volumes, restrictedField: 'spec.volumes[*].hostPath', values: [/x]", "{kind: Pod, spec: {volumes: [{hostPath: {}}]}}", "pass");
    // What cannot be excused stays.
    excuse("controlName: Host Namespaces", "{kind: Pod, spec: {hostPID: true, containers: [{livenessProbe: {httpGet: {host: h}}}]}}",
        &failed("baseline:", "probe or lifecycle host, field error list: []"));
    // The stand-in for the containers excuses what the first container does not state, no more.
    let pod = "{kind: Pod, spec: {containers: [{name: a}, {name: b}]}}";
    let rule = "{level: restricted, exclude: [{controlName: Running as Non-root}, {controlName: Seccomp}, \
         {controlName: Privilege Escalation, images: ['']}, {controlName: Capabilities, images: ['']}]}";
    check(rule, pod, &failed("restricted:",
        "runAsNonRoot != true, field error list: [spec.containers[1].securityContext.runAsNonRoot: Required value])\
         (Forbidden reason: seccompProfile, field error list: [spec.containers[1].securityContext.seccompProfile.type: Required value]"));
}

#[test]
fn exceptions() {
    let rule = rule("level: baseline");
    let ports = rule_excludes("{controlName: Host Ports, images: ['*']}");
    let containers = rule_excludes("{controlName: Privileged Containers, images: ['*']}");
    let fine = |key, rule: &'static PodSecurity| Exception {
        key,
        excludes: &rule.excludes,
    };
    let whole = Exception {
        key: "ns/whole",
        excludes: &[],
    };
    let (ports, containers) = (fine("a/ports", ports), fine("b/containers", containers));
    let ask = |exceptions: &[Exception<'_>], pod: &str| said(&rule, exceptions, pod);

    assert_eq!(ask(&[ports], &pod("")), "pass");
    assert_eq!(
        ask(&[ports], &pod(PRIVILEGED)),
        failed("baseline:", PRIVILEGED_TEXT)
    );
    assert_eq!(
        ask(&[ports, containers], &pod(PRIVILEGED)),
        "skip rule is skipped due to policy exceptions a/ports, b/containers"
    );
    assert_eq!(
        ask(&[ports, whole], &pod("")),
        "skip rule is skipped due to policy exception ns/whole"
    );
}

fn rule_excludes(entry: &str) -> &'static PodSecurity {
    Box::leak(Box::new(rule(&format!(
        "{{level: restricted, exclude: [{entry}]}}"
    ))))
}

#[test]
fn properties() {
    let rule = rule("{level: baseline, version: v1.25}");
    let pod =
        "{kind: Pod, spec: {initContainers: [{image: 'i:1', securityContext: {privileged: true}}],
        containers: [{image: a<b, securityContext: {privileged: true}, ports: [{hostPort: 1}]}]}}";
    let document = yaml::read_one(pod, Numbers::Doubles).unwrap();
    let bump = Bump::new();
    let Outcome::Failed(violations) = evaluate(&rule, &[], document.root(), &bump) else {
        panic!("it passed");
    };
    let json = r#"[{"ID":"hostPorts","Name":"Host Ports","Images":null},{"ID":"privileged","Name":"Privileged Containers","Images":["r/i:1","r/a\u003cb"]}]"#;
    let expect = [
        ("standard", "baseline"),
        ("version", "v1.25"),
        ("controls", "hostPorts,privileged"),
        ("controlsJSON", json),
    ];
    let found = violations.properties(&rule, |image| format!("r/{image}"));
    assert_eq!(
        found,
        expect.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

/// What a failed rule says.
fn failed(level: &str, violation: &str) -> String {
    format!(
        "fail Validation rule 'r' failed. It violates PodSecurity \"{level}\": (Forbidden reason: {violation})"
    )
}

#[track_caller]
fn excuse(entry: &str, resource: &str, expect: &str) {
    check(
        &format!("{{level: baseline, exclude: [{{{entry}}}]}}"),
        resource,
        expect,
    );
}

#[track_caller]
fn check(block: &str, resource: &str, expect: &str) {
    let found = said(&rule(block), &[], resource);
    assert_eq!(found, expect, "`{block}` on `{resource}`");
}

fn said(rule: &PodSecurity, exceptions: &[Exception<'_>], resource: &str) -> String {
    let document = yaml::read_one(resource, Numbers::Doubles).unwrap();
    let bump = Bump::new();
    match evaluate(rule, exceptions, document.root(), &bump) {
        Outcome::Passed => "pass".to_owned(),
        Outcome::Failed(violations) => format!("fail {}", violations.message("r", rule)),
        Outcome::Skipped(message) => format!("skip {message}"),
        Outcome::Error(message) => format!("error {message}"),
    }
}

/// Reads a `podSecurity` block the way it stands in a policy.
fn rule(block: &str) -> PodSecurity {
    let block = if block.starts_with('{') {
        block.to_owned()
    } else {
        format!("{{{block}}}")
    };
    let policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: [{{name: r, \
         match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{podSecurity: {block}}}}}]}}}}"
    );
    let policy = doc::read(&policy).remove(0).unwrap();
    match &policy.rules()[0].body {
        Body::Validate(validate) => match &validate.validation {
            Validation::PodSecurity(rule) => rule.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

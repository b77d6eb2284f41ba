//! Each check alone, on Pods that show one thing.

use std::collections::BTreeSet;

use bumpalo::Bump;
use portcullis_lang::value::{Numbers, yaml};

use super::{ALL, Check};
use crate::doc::Version;
use crate::reference::pod_security::pod::{Holder, Pod};

/// One row: the check, the version, the Pod's `spec`, and the reason with the fields at fault;
/// empty where the Pod passes.
type Row = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip] // A table: its columns stay aligned.
const ROWS: &[Row] = &[
    ("allowPrivilegeEscalation", "latest", "containers: [{securityContext: {allowPrivilegeEscalation: false}}]", ""),
    ("allowPrivilegeEscalation", "latest", "containers: [{}]",
        "allowPrivilegeEscalation != false [spec.containers[0].securityContext.allowPrivilegeEscalation: Required value]"),
    ("allowPrivilegeEscalation", "latest", "containers: [{securityContext: {}}]",
        "allowPrivilegeEscalation != false [spec.containers[0].securityContext.allowPrivilegeEscalation is forbidden, forbidden values found: nil]"),
    ("allowPrivilegeEscalation", "latest", "containers: [{securityContext: {allowPrivilegeEscalation: true}}]",
        "allowPrivilegeEscalation != false [spec.containers[0].securityContext.allowPrivilegeEscalation is forbidden, forbidden values found: true]"),
    ("allowPrivilegeEscalation", "v1.25", "{os: {name: windows}, containers: [{}]}", ""),
    ("allowPrivilegeEscalation", "v1.24", "{os: {name: windows}, containers: [{}]}",
        "allowPrivilegeEscalation != false [spec.containers[0].securityContext.allowPrivilegeEscalation: Required value]"),

    ("appArmorProfile", "latest", "containers: [{securityContext: {appArmorProfile: {type: RuntimeDefault}}}]", ""),
    ("appArmorProfile", "latest", "containers: [{securityContext: {appArmorProfile: {type: Localhost, localhostProfile: x}}}]", ""),
    ("appArmorProfile", "latest", "containers: [{securityContext: {appArmorProfile: {type: Unconfined}}}]",
        "forbidden AppArmor profile [spec.containers[0].securityContext.appArmorProfile.type is forbidden, forbidden values found: Unconfined]"),
    ("appArmorProfile", "latest", "securityContext: {appArmorProfile: {}}",
        "forbidden AppArmor profile [spec.securityContext.appArmorProfile.type: Forbidden]"),
    ("appArmorProfile", "latest", "{securityContext: {appArmorProfile: {type: A}}, containers: [{securityContext: {appArmorProfile: {type: B}}}]}",
        "forbidden AppArmor profiles [spec.securityContext.appArmorProfile.type is forbidden, forbidden values found: A, spec.containers[0].securityContext.appArmorProfile.type is forbidden, forbidden values found: B]"),
    ("appArmorProfile", "latest", "{securityContext: {appArmorProfile: {type: A}}, containers: [{securityContext: {appArmorProfile: {type: A}}}]}",
        "forbidden AppArmor profile [spec.securityContext.appArmorProfile.type is forbidden, forbidden values found: A, spec.containers[0].securityContext.appArmorProfile.type is forbidden, forbidden values found: A]"),

    ("capabilities_baseline", "latest", "containers: [{securityContext: {capabilities: {add: [CHOWN, SYS_CHROOT], drop: [X]}}}]", ""),
    ("capabilities_baseline", "latest", "{containers: [{securityContext: {capabilities: {add: [SYS_TIME, KILL, NET_RAW, SYS_TIME]}}}], initContainers: [{securityContext: {capabilities: {add: [CAP_CHOWN]}}}]}",
        "non-default capabilities [spec.initContainers[0].securityContext.capabilities.add is forbidden, forbidden values found: [CAP_CHOWN], spec.containers[0].securityContext.capabilities.add is forbidden, forbidden values found: [NET_RAW SYS_TIME]]"),

    ("capabilities_restricted", "latest", "containers: [{securityContext: {capabilities: {add: [NET_BIND_SERVICE], drop: [X, ALL]}}}]", ""),
    ("capabilities_restricted", "latest", "containers: [{securityContext: {capabilities: {add: [KILL], drop: [ALL]}}}]",
        "unrestricted capabilities [spec.containers[0].securityContext.capabilities.add is forbidden, forbidden values found: [KILL]]"),
    ("capabilities_restricted", "latest", "containers: [{}, {securityContext: {capabilities: {add: [KILL], drop: [all]}}}]",
        "unrestricted capabilities [spec.containers[0].securityContext.capabilities.drop: Required value, spec.containers[1].securityContext.capabilities.drop is forbidden, forbidden values found: [all], spec.containers[1].securityContext.capabilities.add is forbidden, forbidden values found: [KILL]]"),
    ("capabilities_restricted", "v1.19", "containers: [{}]",
        "unrestricted capabilities [spec.containers[0].securityContext.capabilities.drop: Required value]"),
    ("capabilities_restricted", "v1.32", "{os: {name: windows}, containers: [{}]}", ""),

    ("hostNamespaces", "latest", "{hostNetwork: false, hostPID: null}", ""),
    ("hostNamespaces", "latest", "{hostIPC: true, hostNetwork: true, hostPID: true}",
        "host namespaces [spec.hostNetwork is forbidden, forbidden values found: true, spec.hostPID is forbidden, forbidden values found: true, spec.hostIPC is forbidden, forbidden values found: true]"),

    ("hostPathVolumes", "latest", "volumes: [{name: a, emptyDir: {}}, {hostPath: null}]", ""),
    ("hostPathVolumes", "latest", "volumes: [{name: a, emptyDir: {}}, {hostPath: {path: /etc}}, {hostPath: {}}]",
        "hostPath volumes [spec.volumes[1].hostPath is forbidden, forbidden values found: /etc, spec.volumes[2].hostPath: Forbidden]"),

    ("hostPorts", "latest", "containers: [{ports: [{containerPort: 80}, {hostPort: 0}]}]", ""),
    ("hostPorts", "latest", "{containers: [{}, {ports: [{hostPort: 0}, {hostPort: 8080}]}], ephemeralContainers: [{ports: [{hostPort: 1}]}]}",
        "hostPort [spec.containers[1].ports[1].hostPort is forbidden, forbidden values found: 8080, spec.ephemeralContainers[0].ports[0].hostPort is forbidden, forbidden values found: 1]"),

    ("hostProbesAndHostLifecycle", "latest", "containers: [{livenessProbe: {httpGet: {port: 80}, tcpSocket: {host: ''}}, lifecycle: {preStop: {exec: {}}}}]", ""),
    ("hostProbesAndHostLifecycle", "latest", "containers: [{startupProbe: {tcpSocket: {host: h}}}]",      "probe or lifecycle host []"),
    ("hostProbesAndHostLifecycle", "v1.19",  "containers: [{readinessProbe: {httpGet: {host: 127.0.0.1}}}]", "probe or lifecycle host []"),
    ("hostProbesAndHostLifecycle", "latest", "initContainers: [{lifecycle: {preStop: {httpGet: {host: h}}}}]", "probe or lifecycle host []"),

    ("privileged", "latest", "containers: [{securityContext: {privileged: false}}, {}]", ""),
    ("privileged", "latest", "{ephemeralContainers: [{securityContext: {privileged: true}}], containers: [{securityContext: {privileged: true}}], initContainers: [{}, {securityContext: {privileged: true}}]}",
        "privileged [spec.initContainers[1].securityContext.privileged is forbidden, forbidden values found: true, spec.containers[0].securityContext.privileged is forbidden, forbidden values found: true, spec.ephemeralContainers[0].securityContext.privileged is forbidden, forbidden values found: true]"),

    ("procMount", "latest", "containers: [{securityContext: {procMount: Default}}]", ""),
    ("procMount", "latest", "{hostUsers: false, containers: [{securityContext: {procMount: Unmasked}}]}",
        "procMount [spec.containers[0].securityContext.procMount is forbidden, forbidden values found: Unmasked]"),

    ("restrictedVolumes", "latest", "volumes: [{configMap: {}}, {csi: {}}, {downwardAPI: {}}, {emptyDir: {}}, {ephemeral: {}}, {image: {}}, {persistentVolumeClaim: {}}, {projected: {}}, {secret: {}}]", ""),
    ("restrictedVolumes", "latest", "volumes: [{hostPath: {path: /x}}, {emptyDir: null}, {nfs: {}}, {newKind: {}}]",
        "restricted volume types [spec.volumes[0].hostPath: Forbidden, spec.volumes[1].unknown: Forbidden, spec.volumes[2].nfs: Forbidden, spec.volumes[3].unknown: Forbidden]"),

    ("runAsNonRoot", "latest", "{securityContext: {runAsNonRoot: true}, containers: [{}]}", ""),
    ("runAsNonRoot", "latest", "containers: [{securityContext: {runAsNonRoot: true}}]", ""),
    ("runAsNonRoot", "latest", "containers: [{}, {securityContext: {}}]",
        "runAsNonRoot != true [spec.containers[0].securityContext.runAsNonRoot: Required value, spec.containers[1].securityContext.runAsNonRoot: Required value]"),
    ("runAsNonRoot", "latest", "containers: [{securityContext: {runAsNonRoot: false}}, {}]",
        "runAsNonRoot != true [spec.containers[0].securityContext.runAsNonRoot is forbidden, forbidden values found: false, spec.containers[1].securityContext.runAsNonRoot: Required value]"),
    ("runAsNonRoot", "latest", "{securityContext: {runAsNonRoot: false}, containers: [{}, {securityContext: {runAsNonRoot: false}}]}",
        "runAsNonRoot != true [spec.securityContext.runAsNonRoot is forbidden, forbidden values found: false, spec.containers[1].securityContext.runAsNonRoot is forbidden, forbidden values found: false]"),

    ("runAsUser", "latest", "{securityContext: {runAsUser: 1}, containers: [{}]}", ""),
    ("runAsUser", "v1.19", "{securityContext: {runAsUser: 0}, containers: [{securityContext: {runAsUser: 0}}]}",
        "runAsUser=0 [spec.securityContext.runAsUser is forbidden, forbidden values found: 0, spec.containers[0].securityContext.runAsUser is forbidden, forbidden values found: 0]"),

    ("seLinuxOptions", "latest", "{securityContext: {seLinuxOptions: {type: container_t, level: x}}, containers: [{securityContext: {seLinuxOptions: {type: container_kvm_t}}}]}", ""),
    ("seLinuxOptions", "v1.31", "securityContext: {seLinuxOptions: {type: container_engine_t}}", ""),
    ("seLinuxOptions", "v1.30", "securityContext: {seLinuxOptions: {type: container_engine_t}}",
        "seLinuxOptions [spec.securityContext.seLinuxOptions.type is forbidden, forbidden values found: container_engine_t]"),
    ("seLinuxOptions", "latest", "{securityContext: {seLinuxOptions: {role: r, user: u, type: t}}, containers: [{securityContext: {seLinuxOptions: {user: v}}}]}",
        "seLinuxOptions [spec.securityContext.seLinuxOptions.type is forbidden, forbidden values found: t, spec.securityContext.seLinuxOptions.user is forbidden, forbidden values found: u, spec.securityContext.seLinuxOptions.role is forbidden, forbidden values found: r, spec.containers[0].securityContext.seLinuxOptions.user is forbidden, forbidden values found: v]"),

    ("seccompProfile_baseline", "latest", "{securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{}, {securityContext: {seccompProfile: {type: Localhost}}}]}", ""),
    ("seccompProfile_baseline", "latest", "{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{securityContext: {seccompProfile: {type: x}}}]}",
        "seccompProfile [spec.securityContext.seccompProfile.type is forbidden, forbidden values found: Unconfined, spec.containers[0].securityContext.seccompProfile.type is forbidden, forbidden values found: x]"),

    ("seccompProfile_restricted", "latest", "{securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: [{}]}", ""),
    ("seccompProfile_restricted", "latest", "{os: {name: windows}, containers: [{}]}", ""),
    ("seccompProfile_restricted", "v1.24", "{os: {name: windows}, containers: [{}]}",
        "seccompProfile [spec.containers[0].securityContext.seccompProfile.type: Required value]"),
    ("seccompProfile_restricted", "latest", "{securityContext: {seccompProfile: {type: Unconfined}}, containers: [{}]}",
        "seccompProfile [spec.securityContext.seccompProfile.type is forbidden, forbidden values found: Unconfined]"),
    ("seccompProfile_restricted", "latest", "containers: [{}, {securityContext: {seccompProfile: {type: Localhost}}}, {securityContext: {seccompProfile: null}}]",
        "seccompProfile [spec.containers[0].securityContext.seccompProfile.type: Required value, spec.containers[2].securityContext.seccompProfile.type: Required value]"),

    ("sysctls", "v1.19", "securityContext: {sysctls: [{name: kernel.shm_rmid_forced}, {name: net.ipv4.ping_group_range}]}", ""),
    ("sysctls", "v1.29", "securityContext: {sysctls: [{name: net.ipv4.tcp_fin_timeout}, {name: net.ipv4.ip_local_reserved_ports}]}", ""),
    ("sysctls", "v1.28", "securityContext: {sysctls: [{name: net.ipv4.tcp_fin_timeout}, {name: net.ipv4.ip_local_reserved_ports}, {name: x}]}",
        "forbidden sysctls [spec.securityContext.sysctls[0].name is forbidden, forbidden values found: net.ipv4.tcp_fin_timeout, spec.securityContext.sysctls[2].name is forbidden, forbidden values found: x]"),
    ("sysctls", "latest", "securityContext: {sysctls: [{name: net.ipv4.tcp_wmem}]}", ""),

    ("windowsHostProcess", "latest", "containers: [{securityContext: {windowsOptions: {hostProcess: false}}}]", ""),
    ("windowsHostProcess", "latest", "{securityContext: {windowsOptions: {hostProcess: true}}, containers: [{securityContext: {windowsOptions: {hostProcess: true}}}]}",
        "hostProcess [spec.securityContext.windowsOptions.hostProcess is forbidden, forbidden values found: true, spec.containers[0].securityContext.windowsOptions.hostProcess is forbidden, forbidden values found: true]"),
];

#[test]
fn every_row_holds() {
    for (id, version, spec, expect) in ROWS {
        let found = ask(
            check(id),
            version,
            &format!("{{spec: {{{}}}}}", braceless(spec)),
        );
        assert_eq!(found, *expect, "{id} at {version}: `{spec}`");
    }
}

#[test]
fn every_check_has_a_row_that_passes_and_one_that_fails() {
    for check in ALL {
        let rows = || ROWS.iter().filter(|(id, ..)| *id == check.id);
        assert!(rows().any(|(.., expect)| expect.is_empty()), "{}", check.id);
        assert!(
            rows().any(|(.., expect)| !expect.is_empty()),
            "{}",
            check.id
        );
    }
    let ids: BTreeSet<_> = ALL.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), ALL.len());
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn app_armor_annotations() {
    annotation("unrelated: unconfined", "");
    annotation("container.apparmor.security.beta.kubernetes.io/c: ''", "");
    annotation("container.apparmor.security.beta.kubernetes.io/c: runtime/default", "");
    annotation("container.apparmor.security.beta.kubernetes.io/c: localhost/x", "");
    annotation("container.apparmor.security.beta.kubernetes.io/c: unconfined",
        "forbidden AppArmor profile [spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c] is forbidden, forbidden values found: unconfined]");
}

#[track_caller]
fn annotation(entry: &str, expect: &str) {
    let pod = format!("metadata: {{annotations: {{{entry}}}}}");
    assert_eq!(
        ask(check("appArmorProfile"), "latest", &pod),
        expect,
        "`{entry}`"
    );
}

fn check(id: &str) -> &'static Check {
    ALL.into_iter().find(|check| check.id == id).unwrap()
}

/// `{a: b}` and `a: b` are both ways to write a row's map.
fn braceless(map: &str) -> &str {
    let inner = map.strip_prefix('{').and_then(|map| map.strip_suffix('}'));
    inner.unwrap_or(map)
}

/// What a check says of a Pod, in one line.
fn ask(check: &Check, version: &str, pod: &str) -> String {
    let document = yaml::read_one(pod, Numbers::Doubles).unwrap();
    let bump = Bump::new();
    let pod = Pod::read(Holder::Pod, document.root(), &bump).unwrap();
    match (check.run)(&pod, Version::parse(version).unwrap()) {
        None => String::new(),
        Some(forbidden) => {
            let errors = forbidden.errors.iter();
            let shown: Vec<_> = errors
                .map(|error| format!("{}{}", error.field.shown(Holder::Pod), error.problem))
                .collect();
            format!("{} [{}]", forbidden.reason, shown.join(", "))
        }
    }
}

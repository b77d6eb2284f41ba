//! The controls of the Pod Security Standards, by which excuses name checks.

/// A control of the standard, as policies name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named by `Control::as_str`")]
pub enum Control {
    AppArmor,
    Capabilities,
    HostNamespaces,
    HostPathVolumes,
    HostPorts,
    HostProcess,
    PrivilegeEscalation,
    PrivilegedContainers,
    ProcMount,
    RunningAsNonRoot,
    RunningAsNonRootUser,
    Seccomp,
    SeLinux,
    Sysctls,
    VolumeTypes,
}

/// Where the fields of a control stand, which decides whether an excuse may name images.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    /// Only in containers: an excuse has to name images.
    Container,
    /// Only outside of containers: an excuse must not name images.
    Pod,
    /// In both.
    Both,
}

impl Control {
    /// The control that a policy names.
    pub(super) fn parse(name: &str) -> Option<Control> {
        let mut all = Control::ALL.into_iter();
        all.find(|control| control.as_str() == name)
    }

    /// Every control.
    pub const ALL: [Control; 15] = [
        Control::AppArmor,
        Control::Capabilities,
        Control::HostNamespaces,
        Control::HostPathVolumes,
        Control::HostPorts,
        Control::HostProcess,
        Control::PrivilegeEscalation,
        Control::PrivilegedContainers,
        Control::ProcMount,
        Control::RunningAsNonRoot,
        Control::RunningAsNonRootUser,
        Control::Seccomp,
        Control::SeLinux,
        Control::Sysctls,
        Control::VolumeTypes,
    ];

    /// Its name in policies and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Control::AppArmor => "AppArmor",
            Control::Capabilities => "Capabilities",
            Control::HostNamespaces => "Host Namespaces",
            Control::HostPathVolumes => "HostPath Volumes",
            Control::HostPorts => "Host Ports",
            Control::HostProcess => "HostProcess",
            Control::PrivilegeEscalation => "Privilege Escalation",
            Control::PrivilegedContainers => "Privileged Containers",
            Control::ProcMount => "/proc Mount Type",
            Control::RunningAsNonRoot => "Running as Non-root",
            Control::RunningAsNonRootUser => "Running as Non-root user",
            Control::Seccomp => "Seccomp",
            Control::SeLinux => "SELinux",
            Control::Sysctls => "Sysctls",
            Control::VolumeTypes => "Volume Types",
        }
    }

    pub(super) fn scope(self) -> Scope {
        match self {
            Control::Capabilities
            | Control::HostPorts
            | Control::PrivilegeEscalation
            | Control::PrivilegedContainers
            | Control::ProcMount => Scope::Container,
            Control::HostNamespaces
            | Control::HostPathVolumes
            | Control::Sysctls
            | Control::VolumeTypes => Scope::Pod,
            Control::AppArmor
            | Control::HostProcess
            | Control::RunningAsNonRoot
            | Control::RunningAsNonRootUser
            | Control::Seccomp
            | Control::SeLinux => Scope::Both,
        }
    }

    /// Does no check of the baseline level belong to it?
    pub(super) fn is_restricted_only(self) -> bool {
        matches!(
            self,
            Control::PrivilegeEscalation
                | Control::RunningAsNonRoot
                | Control::RunningAsNonRootUser
                | Control::VolumeTypes
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Control;

    #[test]
    fn names_tell_controls_apart() {
        for control in Control::ALL {
            assert_eq!(Control::parse(control.as_str()), Some(control));
        }
    }
}

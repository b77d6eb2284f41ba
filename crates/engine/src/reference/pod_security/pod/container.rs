//! One container of a Pod.

use bumpalo::Bump;
use portcullis_lang::value::Map;

use super::mistyped::{Read, each, flag, list, map, text, whole};
use super::security::Security;

/// Which list a container stands in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Group {
    Init,
    Main,
    Ephemeral,
}

impl Group {
    /// The field of the list.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Group::Init => "initContainers",
            Group::Main => "containers",
            Group::Ephemeral => "ephemeralContainers",
        }
    }
}

/// One container.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container<'v> {
    pub(crate) group: Group,
    /// Its place in its list.
    pub(crate) index: usize,
    pub(crate) name: &'v str,
    pub(crate) image: &'v str,
    /// `hostPort` of each port; 0 where it has none.
    pub(crate) host_ports: &'v [i64],
    /// Does a probe or a lifecycle handler name a host?
    pub(crate) names_host: bool,
    /// `securityContext`, where there is one.
    pub(crate) security: Option<ContainerSecurity<'v>>,
}

/// The `securityContext` of a container.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ContainerSecurity<'v> {
    pub(crate) shared: Security<'v>,
    pub(crate) privileged: bool,
    pub(crate) allow_privilege_escalation: Option<bool>,
    pub(crate) proc_mount: Option<&'v str>,
    pub(crate) capabilities: Capabilities<'v>,
}

/// `capabilities`; empty where it is not stated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Capabilities<'v> {
    pub(crate) add: &'v [&'v str],
    pub(crate) drop: &'v [&'v str],
}

impl<'v> Container<'v> {
    /// A container that states nothing.
    pub(crate) fn nameless(group: Group) -> Container<'v> {
        Container {
            group,
            index: 0,
            name: "",
            image: "",
            host_ports: &[],
            names_host: false,
            security: None,
        }
    }

    pub(super) fn read(
        group: Group,
        index: usize,
        fields: Map<'v>,
        bump: &'v Bump,
    ) -> Read<Container<'v>> {
        const OWNER: &str = "Container";
        let mut read = Container {
            index,
            ..Container::nameless(group)
        };
        for (key, value) in fields {
            match key {
                "name" => read.name = text(OWNER, key, value)?.unwrap_or_default(),
                "image" => read.image = text(OWNER, key, value)?.unwrap_or_default(),
                "ports" => {
                    let ports = list(OWNER, key, value, "[]v1.ContainerPort")?;
                    read.host_ports = each(bump, ports, |port| {
                        let port = map(OWNER, key, port, "v1.ContainerPort")?;
                        let host = port.get("hostPort").unwrap_or_default();
                        let host = whole("ContainerPort", "hostPort", host, "int32");
                        Ok(host.map_err(|found| found.within(key))?.unwrap_or_default())
                    })?;
                }
                "livenessProbe" | "readinessProbe" | "startupProbe" => {
                    let probe = map(OWNER, key, value, "v1.Probe")?;
                    read.names_host |= names_host(probe).map_err(|found| found.within(key))?;
                }
                "lifecycle" => {
                    let lifecycle = map(OWNER, key, value, "v1.Lifecycle")?;
                    for step in ["postStart", "preStop"] {
                        let handler = lifecycle.get(step).unwrap_or_default();
                        let handler = map("Lifecycle", step, handler, "v1.LifecycleHandler")
                            .map_err(|found| found.within(key))?;
                        read.names_host |=
                            names_host(handler).map_err(|found| found.within(step).within(key))?;
                    }
                }
                "securityContext" if !value.is_null() => {
                    let context = map(OWNER, key, value, "v1.SecurityContext")?;
                    let security = ContainerSecurity::read(context, bump);
                    read.security = Some(security.map_err(|found| found.within(key))?);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// Does a probe or a handler name the host that it connects to?
fn names_host(handler: Map<'_>) -> Read<bool> {
    for (key, wanted, owner) in [
        ("httpGet", "v1.HTTPGetAction", "HTTPGetAction"),
        ("tcpSocket", "v1.TCPSocketAction", "TCPSocketAction"),
    ] {
        let action = handler.get(key).unwrap_or_default();
        let action = map("ProbeHandler", key, action, wanted)?;
        let host = text(owner, "host", action.get("host").unwrap_or_default());
        if host
            .map_err(|found| found.within(key))?
            .is_some_and(|host| !host.is_empty())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

impl<'v> ContainerSecurity<'v> {
    fn read(context: Map<'v>, bump: &'v Bump) -> Read<ContainerSecurity<'v>> {
        const OWNER: &str = "SecurityContext";
        let mut read = ContainerSecurity::default();
        for (key, value) in context {
            match key {
                "privileged" => read.privileged = flag(OWNER, key, value)?.unwrap_or(false),
                "allowPrivilegeEscalation" => {
                    read.allow_privilege_escalation = flag(OWNER, key, value)?;
                }
                "procMount" => read.proc_mount = text(OWNER, key, value)?,
                "capabilities" => {
                    let lists = map(OWNER, key, value, "v1.Capabilities")?;
                    let lists = Capabilities::read(lists, bump);
                    read.capabilities = lists.map_err(|found| found.within(key))?;
                }
                _ => read.shared.read(OWNER, key, value)?,
            }
        }
        Ok(read)
    }
}

impl<'v> Capabilities<'v> {
    fn read(lists: Map<'v>, bump: &'v Bump) -> Read<Capabilities<'v>> {
        const OWNER: &str = "Capabilities";
        let mut read = Capabilities::default();
        for (key, value) in lists {
            let field = match key {
                "add" => &mut read.add,
                "drop" => &mut read.drop,
                _ => continue,
            };
            let names = list(OWNER, key, value, "[]v1.Capability")?;
            *field = each(bump, names, |name| {
                Ok(text(OWNER, key, name)?.unwrap_or_default())
            })?;
        }
        Ok(read)
    }
}

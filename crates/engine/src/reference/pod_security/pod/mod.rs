//! What the checks look at of a Pod, read once.
//!
//! Comes in:  a resource of a kind that is or holds a Pod.
//! Goes out:  [`Pod`], all of its fields typed; or the first field that has another type than
//!            Kubernetes gives it.
//! Never here: what is allowed.
//!
//! One pass over each map, so that eighteen checks do not search for the same keys eighteen times.
//! Lists are laid out in the evaluation's own memory; texts are not copied.

mod container;
mod mistyped;
mod security;

pub(super) use container::{Container, ContainerSecurity, Group};
pub(super) use security::Security;

use bumpalo::Bump;
use portcullis_lang::value::{Map, Value};

use mistyped::{Mistyped, Read, each, flag, list, map, text};

/// Where a resource holds its Pod.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Holder {
    /// It is the Pod.
    Pod,
    /// In `spec.template`.
    Controller,
    /// In `spec.jobTemplate.spec.template`.
    CronJob,
}

impl Holder {
    /// The holder that a kind is, if it is one.
    pub(super) fn of(kind: &str) -> Option<Holder> {
        match kind {
            "Pod" => Some(Holder::Pod),
            "DaemonSet"
            | "Deployment"
            | "Job"
            | "ReplicaSet"
            | "ReplicationController"
            | "StatefulSet" => Some(Holder::Controller),
            "CronJob" => Some(Holder::CronJob),
            _ => None,
        }
    }
}

/// A Pod, or the template of the Pods that a controller makes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pod<'v> {
    pub(super) annotations: Map<'v>,
    /// `os.name` is `windows`.
    pub(super) windows: bool,
    pub(super) host_network: bool,
    pub(super) host_pid: bool,
    pub(super) host_ipc: bool,
    pub(super) security: Security<'v>,
    /// The names in `securityContext.sysctls`.
    pub(super) sysctls: &'v [&'v str],
    pub(super) volumes: &'v [Volume<'v>],
    /// In the order of visits: init containers, containers, ephemeral containers.
    pub(super) containers: &'v [Container<'v>],
}

/// One volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volume<'v> {
    /// The whole volume; one of its keys is the type.
    pub(super) fields: Map<'v>,
    /// `hostPath.path`.
    pub(super) host_path: Option<&'v str>,
}

impl<'v> Pod<'v> {
    /// Reads the Pod of `resource`.
    pub(super) fn read(holder: Holder, resource: Value<'v>, bump: &'v Bump) -> Read<Pod<'v>> {
        // A CronJob's annotations are those of its Job template, not of its Pod template:
        // a quirk of the reference that its outcomes show.
        let (metadata, spec): (&[&str], &[&str]) = match holder {
            Holder::Pod => (&["metadata"], &["spec"]),
            Holder::Controller => (
                &["spec", "template", "metadata"],
                &["spec", "template", "spec"],
            ),
            Holder::CronJob => (
                &["spec", "jobTemplate", "metadata"],
                &["spec", "jobTemplate", "spec", "template", "spec"],
            ),
        };
        let mut pod = Pod::default();
        pod.read_metadata(descend(resource, metadata)?)
            .map_err(|found| found.within(&metadata.join(".")))?;
        pod.read_spec(descend(resource, spec)?, bump)
            .map_err(|found| found.within(&spec.join(".")))?;
        Ok(pod)
    }

    fn read_metadata(&mut self, metadata: Map<'v>) -> Read<()> {
        const OWNER: &str = "ObjectMeta";
        let Some(annotations) = metadata.get("annotations") else {
            return Ok(());
        };
        self.annotations = map(OWNER, "annotations", annotations, "map[string]string")?;
        for (_, value) in self.annotations {
            text(OWNER, "annotations", value)?;
        }
        Ok(())
    }

    fn read_spec(&mut self, spec: Map<'v>, bump: &'v Bump) -> Read<()> {
        const OWNER: &str = "PodSpec";
        let mut groups = [
            (Group::Init, None),
            (Group::Main, None),
            (Group::Ephemeral, None),
        ];
        for (key, value) in spec {
            match key {
                "hostNetwork" => self.host_network = flag(OWNER, key, value)?.unwrap_or(false),
                "hostPID" => self.host_pid = flag(OWNER, key, value)?.unwrap_or(false),
                "hostIPC" => self.host_ipc = flag(OWNER, key, value)?.unwrap_or(false),
                "os" => {
                    let os = map(OWNER, key, value, "v1.PodOS")?;
                    let name = text("PodOS", "name", os.get("name").unwrap_or_default());
                    self.windows = name.map_err(|found| found.within(key))? == Some("windows");
                }
                "securityContext" => {
                    let context = map(OWNER, key, value, "v1.PodSecurityContext")?;
                    self.read_security(context, bump)
                        .map_err(|found| found.within(key))?;
                }
                "volumes" => {
                    let volumes = list(OWNER, key, value, "[]v1.Volume")?;
                    self.volumes = each(bump, volumes, |volume| {
                        let fields = map(OWNER, key, volume, "v1.Volume")?;
                        Volume::read(fields).map_err(|found| found.within(key))
                    })?;
                }
                _ => {
                    let group = groups.iter_mut().find(|(group, _)| group.field() == key);
                    if let Some((_, found)) = group {
                        *found = Some(value);
                    }
                }
            }
        }
        let mut containers = bumpalo::collections::Vec::new_in(bump);
        for (group, value) in groups {
            let (key, value) = (group.field(), value.unwrap_or_default());
            for (index, item) in list(OWNER, key, value, "[]v1.Container")?
                .iter()
                .enumerate()
            {
                let fields = map(OWNER, key, item, "v1.Container")?;
                let container = Container::read(group, index, fields, bump);
                containers.push(container.map_err(|found| found.within(key))?);
            }
        }
        self.containers = containers.into_bump_slice();
        Ok(())
    }

    fn read_security(&mut self, context: Map<'v>, bump: &'v Bump) -> Read<()> {
        const OWNER: &str = "PodSecurityContext";
        for (key, value) in context {
            if key == "sysctls" {
                let sysctls = list(OWNER, key, value, "[]v1.Sysctl")?;
                self.sysctls = each(bump, sysctls, |sysctl| {
                    let fields = map(OWNER, key, sysctl, "v1.Sysctl")?;
                    let name = text("Sysctl", "name", fields.get("name").unwrap_or_default());
                    Ok(name.map_err(|found| found.within(key))?.unwrap_or_default())
                })?;
            } else {
                self.security.read(OWNER, key, value)?;
            }
        }
        Ok(())
    }
}

/// Follows `path` from `resource`; what is missing is empty.
fn descend<'v>(resource: Value<'v>, path: &[&str]) -> Read<Map<'v>> {
    let mut at = resource.as_map().unwrap_or_default();
    for (depth, key) in path.iter().enumerate() {
        at = match at.get(key) {
            Some(Value::Map(map)) => map,
            None | Some(Value::Null) => Map::EMPTY,
            Some(other) => {
                let (above, here) = (path.get(..depth), path.get(..=depth));
                let kind = resource.text("kind");
                let owner = go_struct(kind, above.unwrap_or_default());
                let wanted = format!("v1.{}", go_struct(kind, here.unwrap_or_default()));
                let found = Mistyped::new(&owner, key, other, &wanted);
                return Err(above
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .fold(found, |found, key| found.within(key)));
            }
        };
    }
    Ok(at)
}

/// The Go struct at `path` of a resource.
fn go_struct(kind: &str, path: &[&str]) -> String {
    path.iter().fold(kind.to_owned(), |owner, key| {
        let name = match (*key, owner.as_str()) {
            ("metadata", _) => "ObjectMeta",
            ("template", _) => "PodTemplateSpec",
            ("jobTemplate", _) => "JobTemplateSpec",
            (_, "PodTemplateSpec") => "PodSpec",
            (_, "JobTemplateSpec") => "JobSpec",
            _ => return format!("{owner}Spec"),
        };
        name.to_owned()
    })
}

impl<'v> Volume<'v> {
    fn read(fields: Map<'v>) -> Read<Volume<'v>> {
        let key = "hostPath";
        let host_path = match fields.get(key) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let source = map("Volume", key, value, "v1.HostPathVolumeSource")?;
                let path = source.get("path").unwrap_or_default();
                let path = text("HostPathVolumeSource", "path", path);
                Some(path.map_err(|found| found.within(key))?.unwrap_or_default())
            }
        };
        Ok(Volume { fields, host_path })
    }
}

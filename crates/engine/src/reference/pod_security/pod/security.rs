//! The fields that the `securityContext` of a Pod and that of a container share.

use portcullis_lang::value::{Map, Value};

use super::mistyped::{Read, flag, map, text, whole};

/// The fields that a Pod's `securityContext` shares with that of a container.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Security<'v> {
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) run_as_user: Option<i64>,
    pub(crate) host_process: bool,
    /// The `type` of the profile, where there is one.
    pub(crate) seccomp: Option<&'v str>,
    /// The `type` of the profile, where there is one.
    pub(crate) app_armor: Option<&'v str>,
    pub(crate) se_linux: SeLinux<'v>,
}

/// `seLinuxOptions`; empty where it is not stated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeLinux<'v> {
    pub(crate) kind: &'v str,
    pub(crate) user: &'v str,
    pub(crate) role: &'v str,
}

impl<'v> Security<'v> {
    /// Reads one field of a `securityContext`; others are passed over.
    pub(super) fn read(&mut self, owner: &str, key: &str, value: Value<'v>) -> Read<()> {
        match key {
            "runAsNonRoot" => self.run_as_non_root = flag(owner, key, value)?,
            "runAsUser" => self.run_as_user = whole(owner, key, value, "int64")?,
            "windowsOptions" => {
                const OWNER: &str = "WindowsSecurityContextOptions";
                let options = map(owner, key, value, "v1.WindowsSecurityContextOptions")?;
                let host = options.get("hostProcess").unwrap_or_default();
                let host = flag(OWNER, "hostProcess", host).map_err(|found| found.within(key))?;
                self.host_process = host.unwrap_or(false);
            }
            "seccompProfile" => {
                self.seccomp = profile("SeccompProfile", owner, key, value, "v1.SeccompProfile")?;
            }
            "appArmorProfile" => {
                self.app_armor =
                    profile("AppArmorProfile", owner, key, value, "v1.AppArmorProfile")?;
            }
            "seLinuxOptions" => {
                let options = map(owner, key, value, "v1.SELinuxOptions")?;
                self.se_linux = SeLinux::read(options).map_err(|found| found.within(key))?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// The `type` of a profile; none where there is no profile.
fn profile<'v>(
    name: &str,
    owner: &str,
    key: &str,
    value: Value<'v>,
    wanted: &str,
) -> Read<Option<&'v str>> {
    if value.is_null() {
        return Ok(None);
    }
    let fields = map(owner, key, value, wanted)?;
    let kind = text(name, "type", fields.get("type").unwrap_or_default());
    let kind = kind.map_err(|found| found.within(key))?;
    Ok(Some(kind.unwrap_or_default()))
}

impl<'v> SeLinux<'v> {
    fn read(options: Map<'v>) -> Read<SeLinux<'v>> {
        let mut read = SeLinux::default();
        for (key, value) in options {
            let field = match key {
                "type" => &mut read.kind,
                "user" => &mut read.user,
                "role" => &mut read.role,
                _ => continue,
            };
            *field = text("SELinuxOptions", key, value)?.unwrap_or_default();
        }
        Ok(read)
    }
}

//! The user information file: who sends the requests.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use bumpalo::Bump;
use portcullis_engine::review::UserInfo;
use portcullis_lang::value::{Document, Numbers, Value, yaml};

use super::read_input;

/// A document of kind `UserInfo`.
#[derive(Clone, Debug)]
pub(crate) struct User(Document);

impl User {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<User> {
        let source = read_input(path)?;
        let document = yaml::read_one(&source.text, Numbers::Doubles)
            .map_err(|error| anyhow!("{}: {error}", path.display()))?;
        if document.root().text("kind") != "UserInfo" {
            bail!("{}: expected a document of kind `UserInfo`", path.display());
        }
        Ok(User(document))
    }

    /// As the engine sees it.
    pub(crate) fn info<'a>(&'a self, bump: &'a Bump) -> UserInfo<'a> {
        let root = self.0.root();
        let names = |key: &str| -> &'a [&'a str] {
            let list = root.get(key).and_then(Value::as_list).into_iter().flatten();
            bump.alloc_slice_copy(&list.filter_map(Value::as_str).collect::<Vec<_>>())
        };
        UserInfo {
            info: root.get("userInfo").unwrap_or_default(),
            roles: names("roles"),
            cluster_roles: names("clusterRoles"),
        }
    }
}

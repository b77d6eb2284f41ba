//! Which roles users are bound to.
//!
//! Comes in:  RoleBindings and ClusterRoleBindings of the cluster, followed once a policy or a setting
//!            speaks of roles, and not before.
//! Goes out:  [`RoleTable`], swapped by one pointer store.
//! Never here: what a role allows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use futures::StreamExt as _;
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleBinding, RoleRef, Subject};
use kube::Client;
use kube::api::Api;
use portcullis_engine::facts::Role;
use tokio::time::timeout;

use crate::cluster::follow::{self, Event, Which};

/// Bindings come in bursts.
const SETTLE: Duration = Duration::from_millis(20);

/// The roles of users and groups.
#[derive(Debug, Default)]
pub(crate) struct RoleTable {
    users: HashMap<String, Vec<Bound>>,
    groups: HashMap<String, Vec<Bound>>,
}

/// `Role`, as text.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Bound {
    Own(String),
    Cluster(String),
}

impl RoleTable {
    /// Every role that somebody is bound to, none twice: those of namespaces first, by name.
    pub(crate) fn of<'t>(
        &'t self,
        user: &str,
        groups: impl Iterator<Item = impl AsRef<str>>,
    ) -> impl Iterator<Item = Role<'t>> {
        let mut all: BTreeSet<&Bound> = self.users.get(user).into_iter().flatten().collect();
        for group in groups {
            all.extend(self.groups.get(group.as_ref()).into_iter().flatten());
        }
        all.into_iter().map(|bound| match bound {
            Bound::Own(role) => Role::Own(role),
            Bound::Cluster(role) => Role::Cluster(role),
        })
    }

    fn add(&mut self, binding: &Binding) {
        for subject in &binding.subjects {
            let (table, name) = match subject.kind.as_str() {
                "User" => (&mut self.users, subject.name.clone()),
                "Group" => (&mut self.groups, subject.name.clone()),
                "ServiceAccount" => {
                    let namespace = subject.namespace.as_deref().unwrap_or_default();
                    let name = format!("system:serviceaccount:{namespace}:{}", subject.name);
                    (&mut self.users, name)
                }
                _ => continue,
            };
            table.entry(name).or_default().push(binding.role.clone());
        }
    }
}

/// The table as it is now; none until somebody needs it and all bindings were listed. Cloning shares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roles(Arc<ArcSwapOption<RoleTable>>);

impl Roles {
    /// Where it is.
    pub(crate) fn load(&self) -> Option<Arc<RoleTable>> {
        self.0.load_full()
    }

    /// Follows all bindings from when `needed` says so, for as long as the runtime lives.
    pub(crate) fn follow(
        client: &Client,
        needed: impl Future<Output = ()> + Send + 'static,
    ) -> Roles {
        let roles = Roles::default();
        let (kept, client) = (roles.clone(), client.clone());
        tokio::spawn(async move {
            needed.await;
            keep(&client, &kept).await;
        });
        roles
    }
}

struct Binding {
    role: Bound,
    subjects: Vec<Subject>,
}

/// A binding and its key: the namespace, and the name.
type Keyed = ((String, String), Binding);

async fn keep(client: &Client, roles: &Roles) {
    let everywhere = Which::default();
    let own = Api::<RoleBinding>::all(client.clone());
    let own = follow::follow_api(own, "rolebindings".to_owned(), &everywhere);
    let mut own = own
        .map(|event| {
            event_of(event, |binding| {
                keyed(binding.metadata, binding.role_ref, binding.subjects)
            })
        })
        .boxed();
    let cluster = Api::<ClusterRoleBinding>::all(client.clone());
    let cluster = follow::follow_api(cluster, "clusterrolebindings".to_owned(), &everywhere);
    let mut cluster = cluster
        .map(|event| {
            event_of(event, |binding| {
                keyed(binding.metadata, binding.role_ref, binding.subjects)
            })
        })
        .boxed();
    let mut tables = [Table::default(), Table::default()];
    loop {
        let mut next = async || {
            tokio::select! {
                event = own.next() => (0, event),
                event = cluster.next() => (1, event),
            }
        };
        let mut news = Some(next().await);
        while let Some((index, Some(event))) = news {
            if let Some(table) = tables.get_mut(index) {
                table.take(event);
            }
            news = timeout(SETTLE, next()).await.ok();
        }
        if news.is_some() {
            return;
        }
        if tables.iter().all(|table| table.complete) {
            let mut made = RoleTable::default();
            let bindings = tables.iter().flat_map(|table| table.bindings.values());
            bindings.for_each(|binding| made.add(binding));
            roles.0.store(Some(Arc::new(made)));
        }
    }
}

fn event_of<K>(event: Event<K>, keyed: impl Fn(K) -> Keyed) -> Event<Keyed> {
    match event {
        Event::Restarted => Event::Restarted,
        Event::Applied(binding) => Event::Applied(keyed(binding)),
        Event::Deleted(binding) => Event::Deleted(keyed(binding)),
        Event::Synced => Event::Synced,
    }
}

fn keyed(metadata: kube::api::ObjectMeta, role: RoleRef, subjects: Option<Vec<Subject>>) -> Keyed {
    let namespace = metadata.namespace.unwrap_or_default();
    let role = match role.kind.as_str() {
        "Role" => Bound::Own(format!("{namespace}:{}", role.name)),
        _ => Bound::Cluster(role.name),
    };
    let binding = Binding {
        role,
        subjects: subjects.unwrap_or_default(),
    };
    ((namespace, metadata.name.unwrap_or_default()), binding)
}

#[derive(Default)]
struct Table {
    bindings: BTreeMap<(String, String), Binding>,
    /// What the list that is being read has brought.
    listed: Option<BTreeSet<(String, String)>>,
    complete: bool,
}

impl Table {
    fn take(&mut self, event: Event<Keyed>) {
        match event {
            Event::Restarted => self.listed = Some(BTreeSet::new()),
            Event::Applied((key, binding)) => {
                if let Some(listed) = &mut self.listed {
                    listed.insert(key.clone());
                }
                self.bindings.insert(key, binding);
            }
            Event::Deleted((key, _)) => _ = self.bindings.remove(&key),
            Event::Synced => {
                self.complete = true;
                if let Some(listed) = self.listed.take() {
                    self.bindings.retain(|key, _| listed.contains(key));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::rbac::v1::{RoleRef, Subject};
    use kube::api::ObjectMeta;
    use portcullis_engine::facts::Role;

    use super::{RoleTable, keyed};

    #[test]
    fn users_groups_and_accounts_have_the_roles_that_they_are_bound_to() {
        let mut table = RoleTable::default();
        for (namespace, role, kind, subject) in [
            ("team", "Role/edit", "User", "me"),
            ("team", "Role/edit", "Group", "us"),
            ("team", "ClusterRole/view", "Group", "us"),
            ("", "ClusterRole/admin", "ServiceAccount", "team/robot"),
            ("", "ClusterRole/odd", "Other", "me"),
        ] {
            let (kind_of_role, role) = role.split_once('/').unwrap();
            let (own, name) = subject.split_once('/').unwrap_or(("", subject));
            let metadata = ObjectMeta {
                namespace: Some(namespace.to_owned()),
                ..ObjectMeta::default()
            };
            let role = RoleRef {
                kind: kind_of_role.to_owned(),
                name: role.to_owned(),
                ..RoleRef::default()
            };
            let subject = Subject {
                kind: kind.to_owned(),
                name: name.to_owned(),
                namespace: Some(own.to_owned()),
                ..Subject::default()
            };
            let (_, binding) = keyed(metadata, role, Some(vec![subject]));
            table.add(&binding);
        }
        let of = |user: &str, groups: &[&str]| -> Vec<Role<'_>> {
            table.of(user, groups.iter()).collect()
        };
        assert_eq!(
            of("me", &["us"]),
            [Role::Own("team:edit"), Role::Cluster("view")]
        );
        assert_eq!(
            of("system:serviceaccount:team:robot", &[]),
            [Role::Cluster("admin")]
        );
        assert_eq!(of("you", &[]), []);
    }
}

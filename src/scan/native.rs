//! The API server's own policies and their bindings, which are in force without us.
//!
//! Comes in:  ValidatingAdmissionPolicies, MutatingAdmissionPolicies and bindings, as they are.
//! Goes out:  [`Natives`], all of them, whenever one changes.
//! Never here: enforcing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{SelectAll, select_all};
use kube::Client;
use kube::api::{DynamicObject, TypeMeta};
use portcullis_engine::doc::{AnyPolicy, Binding, read_any};
use tokio::sync::watch;

use crate::cluster::follow::{Event, Which, follow};
use crate::cluster::kinds::Kinds;

const GROUP: &str = "admissionregistration.k8s.io";

/// The API server's own policies.
#[derive(Clone, Debug, Default)]
pub(super) struct Natives {
    pub(super) policies: Vec<AnyPolicy>,
    pub(super) bindings: Vec<Arc<Binding>>,
    /// Have all of them been read once?
    pub(super) complete: bool,
}

/// What one object is.
enum Native {
    Policy(AnyPolicy),
    Binding(Arc<Binding>),
}

/// Follows them for as long as somebody listens. `validating`, `mutating`: which of the two.
pub(super) async fn keep(
    client: Client,
    kinds: Arc<Kinds>,
    validating: bool,
    mutating: bool,
    natives: watch::Sender<Natives>,
) {
    let wanted = [
        ("validatingadmissionpolicies", validating),
        ("validatingadmissionpolicybindings", validating),
        ("mutatingadmissionpolicies", mutating),
        ("mutatingadmissionpolicybindings", mutating),
    ];
    let served = wanted.into_iter().filter(|(_, wanted)| *wanted);
    let served = served.filter_map(|(plural, _)| kinds.preferred(GROUP, plural));
    let streams = served.enumerate().map(|(source, served)| {
        let resource = served.resource();
        let events = follow(&client, &resource, &Which::default());
        events
            .map(move |event| (source, resource.kind.clone(), event))
            .boxed()
    });
    let mut events: SelectAll<_> = select_all(streams.collect::<Vec<_>>());
    let mut missing = events.len();
    let mut known: BTreeMap<(usize, String), Option<Native>> = BTreeMap::new();
    let mut listed: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    if missing == 0 {
        natives.send_modify(|natives| natives.complete = true);
    }
    while let Some((source, kind, event)) = events.next().await {
        let in_list = listed.contains_key(&source);
        match event {
            Event::Restarted => _ = listed.insert(source, Vec::new()),
            Event::Applied(object) => {
                let name = object.metadata.name.clone().unwrap_or_default();
                listed
                    .entry(source)
                    .and_modify(|names| names.push(name.clone()));
                known.insert((source, name), read(object, &kind));
            }
            Event::Deleted(object) => {
                let name = object.metadata.name.unwrap_or_default();
                known.remove(&(source, name));
            }
            Event::Synced => {
                let names = listed.remove(&source).unwrap_or_default();
                known.retain(|(of, name), _| *of != source || names.contains(name));
                missing = missing.saturating_sub(1);
            }
        }
        if in_list && listed.contains_key(&source) {
            continue;
        }
        let mut all = Natives {
            complete: missing == 0,
            ..Natives::default()
        };
        for native in known.values().flatten() {
            match native {
                Native::Policy(policy) => all.policies.push(policy.clone()),
                Native::Binding(binding) => all.bindings.push(binding.clone()),
            }
        }
        if natives.send(all).is_err() {
            return;
        }
    }
}

/// What an object says; nothing where it cannot be read, or where Kyverno made it of a policy that is
/// scanned itself.
fn read(mut object: DynamicObject, kind: &str) -> Option<Native> {
    let labels = object.metadata.labels.get_or_insert_default();
    if labels
        .get("app.kubernetes.io/managed-by")
        .map(String::as_str)
        == Some("kyverno")
    {
        return None;
    }
    object.metadata.managed_fields = None;
    // The fields are the same in all versions; this is the one that is read of both kinds.
    object.types = Some(TypeMeta {
        api_version: format!("{GROUP}/v1alpha1"),
        kind: kind.to_owned(),
    });
    let text = serde_json::to_string(&object).ok()?;
    let binding = Binding::read(&text).into_iter().find_map(Result::ok);
    if let Some(binding) = binding {
        return Some(Native::Binding(binding));
    }
    let policy = read_any(&text).into_iter().find_map(Result::ok);
    policy.map(Native::Policy)
}

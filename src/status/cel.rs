//! The status of policies written in CEL.

use jiff::Timestamp;
use portcullis_engine::doc::PolicyKind;
use portcullis_lang::value::Document;
use serde_json::{Map, Value as Json, json};

use super::conditions::{self, Condition};
use super::permissions::Permissions;
use super::{Known, Policy, autogen};

/// Sets what the gate knows of the policy. `false` where permissions are missing, which may change
/// without a change of anything else.
pub(super) async fn fill(
    status: &mut Map<String, Json>,
    policy: &Policy<'_>,
    document: Option<&Document>,
    known: &Known<'_>,
    permissions: &mut Permissions,
) -> bool {
    let kind = Kind::of(policy.id.kind);
    let spec = policy.spec();
    let enabled = |part: &str| {
        let flag = spec.and_then(|spec| spec.get("evaluation"));
        let flag = flag.and_then(|evaluation| evaluation.get(part)?.get("enabled")?.as_bool());
        flag.unwrap_or(true)
    };
    let (admission, background) = (enabled("admission"), enabled("background"));
    let mut set = Vec::new();
    let awaits_webhook = match kind {
        Kind::Mutating => admission,
        Kind::Validating | Kind::Images => admission || !background,
        Kind::Generating => true,
    };
    if awaits_webhook {
        set.push(Condition {
            kind: "WebhookConfigured",
            holds: known.registered,
            message: match known.registered {
                true => "Webhook configured.",
                false => "Policy is not configured in the webhook.",
            }
            .to_owned(),
        });
    }
    let missing = match kind == Kind::Generating || background {
        true => permissions.missing(spec).await,
        false => Vec::new(),
    };
    set.push(Condition {
        kind: "RBACPermissionsGranted",
        holds: missing.is_empty(),
        message: if kind != Kind::Generating && !background {
            "Background scanning disabled; reporting permissions not required.".to_owned()
        } else if missing.is_empty() {
            "Policy is ready for reporting.".to_owned()
        } else {
            let missing = missing.join("; ");
            format!("Policy is not ready for reporting, missing permissions: {missing}.")
        },
    });
    let finding = known.status.errors.first();
    let mut whole = status
        .get("conditionStatus")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    let mut list = conditions::set(whole.get("conditions"), &set, Timestamp::now());
    if !awaits_webhook {
        conditions::unset(&mut list, "WebhookConfigured");
    }
    whole.insert("conditions".to_owned(), list);
    let ready = finding.is_none() && set.iter().all(|condition| condition.holds);
    whole.insert("ready".to_owned(), ready.into());
    let message = finding.map_or("", |finding| &finding.message);
    whole.insert("message".to_owned(), message.into());
    status.insert("conditionStatus".to_owned(), whole.into());
    if kind != Kind::Generating {
        let configs = document
            .zip(spec)
            .map(|(document, spec)| autogen::configs(document, spec, kind == Kind::Mutating));
        let configs = configs.unwrap_or_default();
        let autogen = match configs.is_empty() {
            true => json!({}),
            false => json!({ "configs": configs }),
        };
        status.insert("autogen".to_owned(), autogen);
    }
    if matches!(kind, Kind::Validating | Kind::Mutating) {
        status.entry("generated").or_insert(false.into());
    }
    missing.is_empty()
}

/// What a policy does, in a namespace or everywhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Validating,
    Mutating,
    Generating,
    Images,
}

impl Kind {
    fn of(kind: PolicyKind) -> Kind {
        match kind {
            PolicyKind::MutatingPolicy | PolicyKind::NamespacedMutatingPolicy => Kind::Mutating,
            PolicyKind::GeneratingPolicy | PolicyKind::NamespacedGeneratingPolicy => {
                Kind::Generating
            }
            PolicyKind::ImageValidatingPolicy | PolicyKind::NamespacedImageValidatingPolicy => {
                Kind::Images
            }
            _ => Kind::Validating,
        }
    }
}

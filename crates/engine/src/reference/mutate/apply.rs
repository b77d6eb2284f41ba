//! One patch on one object: variables filled in, patch applied, result named.

use portcullis_lang::value::{Value, to_json};

use super::foreach;
use crate::actions::mutate::{json_patch, strategic_merge};
use crate::context::Context;
use crate::doc::{Mutate, Patch, Rule};
use crate::facts::Fault;
use crate::outcome::Status;

/// What a patch came to.
#[derive(Debug)]
pub(super) struct Said<'v> {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) change: Change<'v>,
}

/// What became of the object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'v> {
    /// It is as it was.
    None,
    /// It is this now.
    Object(Value<'v>),
    /// Nobody knows: the patch failed.
    Void,
}

impl<'v> Said<'v> {
    pub(super) fn error(message: String) -> Said<'v> {
        Said {
            status: Status::Error,
            message,
            change: Change::Void,
        }
    }

    pub(super) fn skip(message: &str) -> Said<'v> {
        Said {
            status: Status::Skip,
            message: message.to_owned(),
            change: Change::None,
        }
    }

    /// A changed object, named as it is by now.
    pub(super) fn mutated(object: Value<'v>) -> Said<'v> {
        let metadata = object.get("metadata").unwrap_or_default();
        let (kind, name) = (object.text("kind"), metadata.text("name"));
        let mut message = format!("mutated {kind}/{name}");
        let namespace = metadata.text("namespace");
        if !namespace.is_empty() {
            message.push_str(" in namespace ");
            message.push_str(namespace);
        }
        Said {
            status: Status::Pass,
            message,
            change: Change::Object(object),
        }
    }
}

/// Applies a rule to `object`.
pub(super) fn rule<'v>(
    rule: &'v Rule,
    body: &'v Mutate,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<Said<'v>, Fault> {
    if let Patch::Foreach(entries) = &body.patch {
        return foreach::run(entries, 0, object, context);
    }
    // The whole rule is filled in, so that its parts can refer to each other.
    match context.substitute(rule.document.root()) {
        Ok(document) => {
            let block = document.get("mutate").unwrap_or_default();
            Ok(patched(&body.patch, block, object, context))
        }
        Err(Fault::Error(text)) => Ok(Said::error(format!("variable substitution failed: {text}"))),
        Err(fault) => Err(fault),
    }
}

/// Applies one patch, which stands in `block` with its variables filled in.
pub(super) fn patched<'v>(
    patch: &'v Patch,
    block: Value<'v>,
    object: Value<'v>,
    context: &Context<'v>,
) -> Said<'v> {
    let bump = context.bump();
    let result = match patch {
        Patch::StrategicMerge => {
            let patch = block.get("patchStrategicMerge").unwrap_or_default();
            strategic_merge::apply(object, patch, bump).map_err(|error| error.to_string())
        }
        Patch::Json(Some(ready)) => json_patch::parse(ready.root())
            .and_then(|operations| json_patch::apply(object, &operations, bump))
            .map_err(|error| error.to_string()),
        Patch::Json(None) => json_patch::read_text(block.text("patchesJson6902"))
            .and_then(|document| {
                let operations = json_patch::parse(document.root())?;
                json_patch::apply(object, &operations, bump)
            })
            .map_err(|error| error.to_string()),
        Patch::Foreach(_) | Patch::None => return Said::error("empty mutate rule".to_owned()),
    };
    match result {
        Err(text) => Said::error(format!("failed to patch resource: {text}")),
        Ok(patched) if patched == object => Said::skip("no patches applied"),
        Ok(patched) if patched.text("kind").is_empty() => Said::error(format!(
            "failed to unmarshal patched resource: Object 'Kind' is missing in '{}'",
            to_json(patched)
        )),
        Ok(patched) => Said::mutated(patched),
    }
}

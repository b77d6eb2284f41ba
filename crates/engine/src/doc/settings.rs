//! What a policy says about itself: how failures count, when it applies.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Item;

use super::cel::{Named, webhook_conditions};
use super::fields::Fields;
use super::filter::LabelSelector;

/// What a failed rule does to a request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Action {
    /// The request passes; the failure is reported.
    #[default]
    Audit,
    /// The request is denied.
    Enforce,
}

/// An action for some namespaces.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionOverride {
    /// The action; `None` where the text is no action, and the entry is passed over.
    pub action: Option<Action>,
    /// Wildcards; empty for all.
    pub namespaces: Vec<String>,
    /// On the namespace's labels.
    pub namespace_selector: Option<LabelSelector>,
}

/// What happens when a rule cannot be decided.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FailurePolicy {
    /// The request is denied.
    #[default]
    Fail,
    /// The request passes.
    Ignore,
}

/// How many rules of a policy apply to one resource.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ApplyRules {
    /// Every rule that matches.
    #[default]
    All,
    /// None after the first that passes or fails.
    One,
}

/// The fields of `spec` that are not rules.
#[derive(Debug)]
pub struct Settings {
    /// `validationFailureAction`.
    pub action: Action,
    /// `validationFailureActionOverrides`.
    pub overrides: Vec<ActionOverride>,
    /// `webhookConfiguration.failurePolicy`, or the deprecated `failurePolicy`.
    pub failure_policy: FailurePolicy,
    /// Does the policy say so itself, or is that the default?
    pub states_failure_policy: bool,
    /// `webhookConfiguration.timeoutSeconds`, or the deprecated `webhookTimeoutSeconds`.
    pub timeout_seconds: Option<i64>,
    /// `webhookConfiguration.matchConditions`.
    pub match_conditions: Vec<Named>,
    /// `applyRules`.
    pub apply_rules: ApplyRules,
    /// `background`: apply in background scans?
    pub background: bool,
    /// `admission`: apply to requests?
    pub admission: bool,
    /// `emitWarning`: warn the client about failures that are only audited?
    pub emit_warning: bool,
    /// `mutateExistingOnPolicyUpdate`.
    pub mutate_existing_on_policy_update: bool,
    /// `generateExisting`.
    pub generate_existing: bool,
    /// `useServerSideApply`.
    pub use_server_side_apply: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            action: Action::default(),
            overrides: Vec::new(),
            failure_policy: FailurePolicy::default(),
            states_failure_policy: false,
            timeout_seconds: None,
            match_conditions: Vec::new(),
            apply_rules: ApplyRules::default(),
            background: true,
            admission: true,
            emit_warning: false,
            mutate_existing_on_policy_update: false,
            generate_existing: false,
            use_server_side_apply: false,
        }
    }
}

impl Settings {
    pub(super) fn read(spec: &mut Fields<'_, '_>) -> Settings {
        let (action, overrides) = actions(
            spec,
            "validationFailureAction",
            "validationFailureActionOverrides",
        );
        let mut failure_policy = failure_policy(spec);
        let mut timeout_seconds = timeout(spec, "webhookTimeoutSeconds");
        let mut match_conditions = Vec::new();
        spec.map("webhookConfiguration", |webhook| {
            failure_policy = self::failure_policy(webhook).or(failure_policy);
            timeout_seconds = timeout(webhook, "timeoutSeconds").or(timeout_seconds);
            match_conditions = webhook_conditions(Named::texts(webhook, "matchConditions"));
        });
        let apply_rules = match spec.one_of("applyRules", &["All", "One"]) {
            Some("One") => ApplyRules::One,
            _ => ApplyRules::All,
        };
        spec.ignore(&["schemaValidation", "generateExistingOnPolicyUpdate"]);
        Settings {
            action: action.unwrap_or_default(),
            overrides,
            failure_policy: failure_policy.unwrap_or_default(),
            states_failure_policy: failure_policy.is_some(),
            timeout_seconds,
            match_conditions,
            apply_rules,
            background: spec.flag("background").unwrap_or(true),
            admission: spec.flag("admission").unwrap_or(true),
            emit_warning: spec.flag("emitWarning").unwrap_or(false),
            mutate_existing_on_policy_update: spec
                .flag("mutateExistingOnPolicyUpdate")
                .unwrap_or(false),
            generate_existing: spec.flag("generateExisting").unwrap_or(false),
            use_server_side_apply: spec.flag("useServerSideApply").unwrap_or(false),
        }
    }
}

/// A failure action under the given name.
pub(super) fn action(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<Action> {
    let item = fields.item(key)?;
    let parsed = parse_action(item);
    if parsed.is_none() {
        let message = format!("`{key}` is `Audit` or `Enforce`");
        let finding = Diagnostic::error("unknown-action", message, item.span());
        fields.diagnostics().push(finding);
    }
    parsed
}

/// A failure action and its overrides, under the two given names.
pub(super) fn actions(
    fields: &mut Fields<'_, '_>,
    action: &'static str,
    overrides: &'static str,
) -> (Option<Action>, Vec<ActionOverride>) {
    let read = self::action(fields, action);
    let overrides = fields.each(overrides, |entry| ActionOverride {
        action: entry.item("action").and_then(parse_action),
        namespaces: entry.texts("namespaces"),
        namespace_selector: LabelSelector::read(entry, "namespaceSelector"),
    });
    (read, overrides)
}

fn parse_action(item: Item<'_>) -> Option<Action> {
    match item.value().as_str()? {
        "Audit" | "audit" => Some(Action::Audit),
        "Enforce" | "enforce" => Some(Action::Enforce),
        _ => None,
    }
}

pub(super) fn failure_policy(fields: &mut Fields<'_, '_>) -> Option<FailurePolicy> {
    let item = fields.item("failurePolicy")?;
    match item.value().as_str() {
        Some("Fail") => Some(FailurePolicy::Fail),
        Some("Ignore") => Some(FailurePolicy::Ignore),
        _ => {
            let message = "`failurePolicy` is `Fail` or `Ignore`";
            fields.diagnostics().push(Diagnostic::error(
                "unknown-failure-policy",
                message,
                item.span(),
            ));
            None
        }
    }
}

pub(super) fn timeout(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<i64> {
    let seconds = fields.int(key)?;
    if !(1..=30).contains(&seconds) {
        let at = fields.item(key).map(Item::span).unwrap_or_default();
        let message = format!("`{key}` is {seconds}, but the API server takes 1 to 30 seconds");
        fields
            .diagnostics()
            .push(Diagnostic::error("timeout-out-of-range", message, at));
    }
    Some(seconds)
}

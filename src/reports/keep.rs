//! The room that keeps reports free of what is gone.
//!
//! Comes in:  the policies in force, while this replica leads.
//! Goes out:  reports without results of policies and rules that nobody has any more.
//! Never here: what policies say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portcullis_engine::doc::AnyPolicy;
use tokio::time::sleep;

use super::entry::{Author, Entry};
use super::{Writer, prune};
use crate::controllers::Site;
use crate::snapshot::{Item, Snapshot};

/// Policies come and go together.
const SETTLE: Duration = Duration::from_secs(1);

/// When what failed is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// The policies that may stand in reports, each with its rules; none for one without rules.
type Policies = BTreeMap<(&'static str, String), Option<BTreeSet<String>>>;

/// Keeps reports for as long as it is not dropped.
pub(crate) async fn keep(site: Site, writer: Writer) {
    let mut changes = site.policies.subscribe();
    let mut known: Option<Policies> = None;
    loop {
        let current = site.policies.load().as_deref().map(policies);
        if let Some(current) = current {
            let lost = known.as_ref().is_none_or(|known| loses(known, &current));
            if lost
                && let Err(error) =
                    prune(&writer, &|entry| stands(&current, entry), |_, _| {}).await
            {
                tracing::warn!(%error, "reports cannot be looked through; trying again");
                sleep(AGAIN).await;
                continue;
            }
            known = Some(current);
        }
        if changes.changed().await.is_err() {
            return;
        }
        sleep(SETTLE).await;
        changes.mark_unchanged();
    }
}

/// Those that are in force, and want to be reported.
fn policies(snapshot: &Snapshot) -> Policies {
    let mut policies = Policies::new();
    for item in snapshot.items.iter() {
        let policy = match item {
            Item::Policy(policy) => AnyPolicy::Rules(policy.clone()),
            Item::Validating(policy) => AnyPolicy::Validating(policy.clone()),
            Item::Mutating(policy) => AnyPolicy::Mutating(policy.clone()),
            Item::Generating(policy) => AnyPolicy::Generating(policy.clone()),
            Item::Other(policy) => policy.clone(),
            Item::Exception(_) | Item::CelException(_) => continue,
        };
        let author = Author::of(&policy);
        if author.is_silent() {
            continue;
        }
        let rules = policy.as_rules().map(|policy| {
            let rules = policy.rules().iter();
            rules.map(|rule| rule.name.clone()).collect()
        });
        policies.insert((author.source(), author.policy().to_owned()), rules);
    }
    policies
}

/// Is a policy or a rule gone?
fn loses(before: &Policies, now: &Policies) -> bool {
    before
        .iter()
        .any(|(policy, rules)| match (rules, now.get(policy)) {
            (_, None) => true,
            (Some(rules), Some(Some(now))) => !rules.is_subset(now),
            _ => false,
        })
}

/// Is there still somebody behind it? What the API server's own policies say, and others, is not ours
/// to judge.
fn stands(policies: &Policies, entry: &Entry) -> bool {
    if entry.source != "kyverno" && !entry.source.starts_with("Kyverno") {
        return true;
    }
    let mut own = policies.iter();
    let found =
        own.find(|((source, policy), _)| *source == entry.source && *policy == entry.policy);
    match found {
        None => false,
        Some((_, Some(rules))) => rules.contains(&entry.rule),
        Some((_, None)) => true,
    }
}

//! The labels of a review's namespace, which some policies look at.
//!
//! Comes in:  a review without them.
//! Goes out:  the same review with them; or without, where they cannot be had, and then only the
//!            policies that look at them find no outcome.
//! Never here: fetching.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::account::{Account, Undecided, Wanted};
use super::{Outside, Pending, concluded};
use crate::facts::{Fact, Fault, Role};
use crate::ir;
use crate::program::Program;
use crate::reference::matching;
use crate::review::{Review, UserInfo};
use crate::verdict::Verdict;

/// A review, and what keeps the labels of its namespace from being known, if they are asked for.
#[derive(Debug)]
pub(crate) struct Situated<'v> {
    pub(crate) review: Review<'v>,
    pub(crate) unknown: Option<Fault>,
}

/// The review with the labels of its namespace, where a policy looks at them.
///
/// # Errors
///
/// [`Pending::Facts`] where they must be fetched first.
pub(crate) fn situated<'v>(
    program: &Program,
    review: Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<Situated<'v>, Pending> {
    let review = Review {
        user: bound(review.user, outside, bump),
        ..review
    };
    let plain = |review, unknown| Ok(Situated { review, unknown });
    if review.namespace.is_empty() || !program.asks_namespace_labels(&review) {
        return plain(review, None);
    }
    let fact = Fact::NamespaceLabels {
        name: review.namespace.to_owned(),
    };
    match outside.facts.get(&fact) {
        Some(Ok(labels)) => {
            let namespace_labels = labels.root().as_map();
            let review = Review {
                namespace_labels,
                ..review
            };
            plain(review, None)
        }
        Some(Err(why)) => plain(
            review,
            Some(Fault::Error(format!("the {fact} are not known: {why}"))),
        ),
        None if outside.time.is_over() || outside.facts.given_up(&fact).is_some() => {
            plain(review, Some(Fault::Missing(fact)))
        }
        None => Err(Pending::Facts(std::vec![Wanted { fact, limit: None }])),
    }
}

/// The user with the roles that it is bound to, as far as somebody keeps account of them.
fn bound<'v>(user: UserInfo<'v>, outside: Outside<'v>, bump: &'v Bump) -> UserInfo<'v> {
    let (mut roles, mut cluster_roles) = (Vec::new_in(bump), Vec::new_in(bump));
    outside.facts.roles(&user, &mut |role| match role {
        Role::Own(role) => roles.push(role),
        Role::Cluster(role) => cluster_roles.push(role),
    });
    if roles.is_empty() && cluster_roles.is_empty() {
        return user;
    }
    UserInfo {
        info: user.info,
        roles: roles.into_bump_slice(),
        cluster_roles: cluster_roles.into_bump_slice(),
    }
}

/// Decides a validating review whose namespace's labels are not known: the policies that look at them
/// are resolved by their failure modes, all others decided by the reference evaluator.
///
/// # Errors
///
/// As [`super::decide`].
pub(super) fn decide<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    fault: &Fault,
    bump: &'v Bump,
) -> Result<(Verdict, Undecided), Pending> {
    let mut account = Account::for_answer();
    for policy in program.answering(ir::Role::Answers) {
        if program.policy_asks_namespace_labels(policy, &review.kind) {
            let speaks = &matching::may_apply;
            account.give_up(policy, review, outside, fault, speaks);
        } else {
            account.ask(program, policy, review, outside, bump);
        }
    }
    account.ask_cel(program, true, Some(fault), review, outside, bump);
    concluded(account, false, review, outside)
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::situated;
    use crate::admit::Outside;
    use crate::admit::tests::Still;
    use crate::doc::{AnyPolicy, read_any};
    use crate::facts::NoFacts;
    use crate::failure::{FailureModes, Time};
    use crate::program::Program;
    use crate::review::Buffers;

    #[test]
    fn nobody_is_asked_about_a_namespace_that_is_being_made() {
        let text = "{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {name: p}, \
                    spec: {matchConstraints: {namespaceSelector: {matchLabels: {tier: gold}}, \
                    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], \
                    resources: [namespaces]}]}, validations: [{expression: 'true'}]}}";
        let Ok(AnyPolicy::Validating(policy)) = read_any(text).remove(0) else {
            panic!("no policy");
        };
        let program = Program::default().with_cel([policy], []);
        let body = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
            "kind":{"group":"","version":"v1","kind":"Namespace"},"name":"shop","namespace":"shop",
            "resource":{"group":"","version":"v1","resource":"namespaces"},"operation":"CREATE",
            "object":{"metadata":{"name":"shop","labels":{"tier":"gold"}}}}}"#;
        let outside = Outside {
            facts: &NoFacts,
            inputs: &Still,
            time: Time::ENDLESS,
            modes: &FailureModes::default(),
            stages: None,
        };
        let (mut buffers, bump) = (Buffers::default(), Bump::new());
        let asked = buffers.decode(body.as_bytes(), |review| {
            let situated = situated(&program, review, outside, &bump);
            situated.is_ok_and(|situated| situated.unknown.is_none())
        });
        assert_eq!(asked.ok(), Some(true));
    }
}

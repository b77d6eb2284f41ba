//! `verifyImages` rules, as far as they go without a registry.
//!
//! Comes in:  a policy, a review, facts.
//! Goes out:  outcomes: digests that are missing, images that nobody verified; and an error for every
//!            image whose signature, attestation or digest only a registry knows.
//! Never here: registries. Nothing passes that would have to be looked up in one.
//!
//! ```text
//! images of the object ─ references fit ─┬─ verify: signatures, attestations, digests to fill in
//!                                        └─ check:  a digest where there must be one, verified where required
//! ```
//!
//! Kyverno verifies while it mutates, and checks while it validates; users see both as outcomes of
//! one rule. A gate that only validates is told of both in [`check`].

use bumpalo::Bump;
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::Value;

use super::matching::Target;
use super::{Surroundings, context_of, rule};
use crate::context::{Context, QueryFault};
use crate::doc::{Body, ImageEntry, Policy, Rule, VerifyImages};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::{Operation, Review};

/// Has the policy any rule about images?
pub fn verifies_images(policy: &Policy) -> bool {
    let mut rules = policy.rules().iter();
    rules.any(|rule| matches!(rule.body, Body::VerifyImages(_)))
}

/// What verifying the images says, for every rule of the policy: one outcome for each image that is
/// let off, and an error for each that cannot be verified here.
///
/// # Errors
///
/// As [`super::evaluate`].
pub fn verify<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Vec<RuleOutcome>, Fault> {
    let mut outcomes = Vec::new();
    if review.operation == Operation::Delete {
        return Ok(outcomes);
    }
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(outcomes);
    };
    for rule in policy.rules() {
        let Body::VerifyImages(body) = &rule.body else {
            continue;
        };
        if (surroundings.stop)() {
            return Err(Fault::Stopped);
        }
        if !rule::matches(rule, &Target::of(review), &context) {
            continue;
        }
        let start = context.checkpoint();
        let said = open(policy, rule, body, review, surroundings, &mut context);
        context.restore(start);
        match said? {
            Ok(images) => {
                outcomes.extend(verified(policy, rule, body, &images));
                rule::note_outcome(rule, Some(outcomes.last()), &context);
            }
            Err(settled) => outcomes.extend(settled),
        }
    }
    Ok(outcomes)
}

/// What the rule says of a review that it is about: the first error of verifying the images, or what
/// checking them says. `None` where there is nothing to verify and nothing to check.
pub(super) fn check<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    body: &'v VerifyImages,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Option<RuleOutcome>, Fault> {
    if review.operation == Operation::Delete {
        return Ok(None);
    }
    let images = match open(policy, rule, body, review, surroundings, context)? {
        Ok(images) => images,
        Err(settled) => return Ok(settled),
    };
    let error = verified(policy, rule, body, &images)
        .into_iter()
        .find(|outcome| outcome.status == Status::Error);
    Ok(error.or_else(|| checked(rule, body, &images)))
}

/// One image of the object.
struct Image<'v> {
    /// With the digest, or the tag where there is none.
    reference: &'v str,
    has_digest: bool,
}

impl Image<'_> {
    fn fits(&self, patterns: &[String]) -> bool {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| wildcard::matches(pattern, self.reference))
    }
}

/// Does the entry let this image off from being verified?
fn is_skipped(entry: &ImageEntry, image: &Image<'_>) -> bool {
    entry.asks_registry && image.fits(&entry.skip_image_references)
}

/// The images that the rule is about. `Err` where it does not get to them: with an outcome, or with
/// none because there are no such images.
fn open<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    body: &VerifyImages,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Result<Vec<Image<'v>>, Option<RuleOutcome>>, Fault> {
    if let Some(extractors) = &rule.image_extractors {
        context.set_image_extractors(Some(extractors.root()));
    }
    let mut images = match context.query("images") {
        Ok(groups) => listed(groups),
        Err(QueryFault::NotFound(_)) => Vec::new(),
        Err(QueryFault::Fault(Fault::Error(text))) => {
            return Ok(Err(Some(outcome(rule, Status::Error, text))));
        }
        Err(QueryFault::Fault(fault)) => return Err(fault),
    };
    images.retain(|image| {
        let mut entries = body.entries.iter();
        entries.any(|entry| image.fits(&entry.image_references))
    });
    if images.is_empty() {
        return Ok(Err(None));
    }
    let kind = RuleType::ImageVerify;
    let opened = rule::open(policy, rule, kind, review, surroundings, context)?;
    Ok(opened.map(|_| images).map_err(Some))
}

/// `images`, group by group.
fn listed(groups: Value<'_>) -> Vec<Image<'_>> {
    let groups = groups.as_map().into_iter().flatten();
    let images = groups.flat_map(|(_, group)| group.as_map().into_iter().flatten());
    let images = images.map(|(_, image)| Image {
        has_digest: !image.text("digest").is_empty(),
        reference: image.text("reference"),
    });
    images.collect()
}

/// What would be asked of a registry, entry by entry.
fn verified(
    policy: &Policy,
    rule: &Rule,
    body: &VerifyImages,
    images: &[Image<'_>],
) -> Vec<RuleOutcome> {
    let mut outcomes = Vec::new();
    for entry in &body.entries {
        for image in images
            .iter()
            .filter(|image| image.fits(&entry.image_references))
        {
            let reference = image.reference;
            let skipped = is_skipped(entry, image);
            let said = if entry.asks_registry && !skipped {
                let message = format!(
                    "failed to verify image {reference}: this version of Portcullis does not verify \
                     images yet"
                );
                Some((Status::Error, message))
            } else if entry.mutate_digest && !image.has_digest {
                let message = format!(
                    "failed to update digest of {reference}: this version of Portcullis does not ask \
                     registries for digests yet"
                );
                Some((Status::Error, message))
            } else if skipped {
                let message = format!(
                    "skipping image reference image {reference}, policy {} ruleName {}",
                    policy.name(),
                    rule.name
                );
                Some((Status::Skip, message))
            } else {
                None
            };
            outcomes.extend(said.map(|(status, message)| outcome(rule, status, message)));
        }
    }
    outcomes
}

/// What the references themselves show. An image counts as verified where somebody verified it, and
/// nobody does yet.
fn checked(rule: &Rule, body: &VerifyImages, images: &[Image<'_>]) -> Option<RuleOutcome> {
    let mut entries = body.entries.iter();
    if !entries.any(|entry| entry.verify_digest || entry.required) {
        return None;
    }
    let mut passed = false;
    let mut let_off = Vec::new();
    for entry in &body.entries {
        for image in images
            .iter()
            .filter(|image| image.fits(&entry.image_references))
        {
            let reference = image.reference;
            if entry.verify_digest && !image.has_digest {
                let message = format!("missing digest for {reference}");
                return Some(outcome(rule, Status::Fail, message));
            }
            if is_skipped(entry, image) {
                let_off.push(reference);
            } else if entry.required {
                let message = format!("unverified image {reference}");
                return Some(outcome(rule, Status::Fail, message));
            } else {
                passed = true;
            }
        }
    }
    let (status, words) = match passed {
        true => (Status::Pass, "image verified"),
        false => (Status::Skip, "image skipped"),
    };
    let message = match let_off.is_empty() {
        true => words.to_owned(),
        false => format!("{words}, skipped images: {}", let_off.join(" ")),
    };
    Some(outcome(rule, status, message))
}

fn outcome(rule: &Rule, status: Status, message: String) -> RuleOutcome {
    RuleOutcome::new(&rule.name, RuleType::ImageVerify, status, message)
}

#[cfg(test)]
mod tests;

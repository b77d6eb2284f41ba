//! A rule: what it speaks about, when, and one thing that it does.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::context::ContextEntry;
use super::generate::Generation;
use super::matching::MatchResources;
use super::mutate::Mutation;
use super::validate::{MatchCondition, Validation};
use super::verify_images::ImageVerification;
use crate::crds::shared::Any;

/// One rule of a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    /// Its name, of which the policy has no other.
    #[schemars(length(max = 63))]
    name: String,
    /// Values that the rule looks up, in order.
    context: Option<Vec<ContextEntry>>,
    /// What is added to each result in reports.
    report_properties: Option<BTreeMap<String, String>>,
    /// The requests that the rule speaks about.
    r#match: Option<MatchResources>,
    /// Requests among them that it does not speak about.
    exclude: Option<MatchResources>,
    /// Where kinds that are no Pods hold images.
    image_extractors: Option<BTreeMap<String, Vec<ImageExtractor>>>,
    /// Conditions that must hold for the rule to be applied: `any` and `all`, or a list.
    preconditions: Option<Any>,
    /// CEL expressions that all must be true for the rule to be applied; only beside `validate.cel`.
    cel_preconditions: Option<Vec<MatchCondition>>,
    /// Change the resource, or others.
    mutate: Option<Mutation>,
    /// Check the resource.
    validate: Option<Validation>,
    /// Make other resources.
    generate: Option<Generation>,
    /// Check signatures of images, and pin their digests.
    verify_images: Option<Vec<ImageVerification>>,
    /// Whether requests of the background controller are passed by.
    #[schemars(extend("default" = true))]
    skip_background_requests: Option<bool>,
}

/// Where a kind holds images.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ImageExtractor {
    /// The path of the object with the image, with `/` between fields and `*` for every element.
    path: String,
    /// The field of that object that is the image; the last of the path when not said.
    value: Option<String>,
    /// What variables call the group of images; `custom` when not said.
    name: Option<String>,
    /// The field of that object that names the image within the group.
    key: Option<String>,
    /// An expression that makes the image of the field's text.
    jmes_path: Option<String>,
}

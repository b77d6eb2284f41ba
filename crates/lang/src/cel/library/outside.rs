//! What calls need from outside: the time, chance, the cluster, the network.

use bumpalo::Bump;

use crate::cel::val::Authorizer;
use crate::value::Value;

/// Answers what an expression cannot know. It never waits: what it does not have at hand is
/// [`Answer::Missing`], it remembers what that was, and the evaluation ends.
pub trait Outside: std::fmt::Debug {
    /// Answers a question.
    fn ask<'v>(&'v self, question: &Question<'_>, bump: &'v Bump) -> Answer<'v>;

    /// Is the time for the evaluation over? Asked every few thousand units of cost.
    fn is_over(&self) -> bool {
        false
    }
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug)]
pub enum Answer<'v> {
    /// Here it is.
    Value(Value<'v>),
    /// There is none, for this reason. The expression sees an error of this text.
    Failed(&'v str),
    /// Not at hand.
    Missing,
}

/// Something that a call has to ask.
#[derive(Clone, Copy, Debug)]
pub enum Question<'q> {
    /// The time: nanoseconds since 1970, a whole number; the same during one evaluation.
    Now,
    /// Any whole number, another one each time.
    Random,
    /// An object of the cluster, or `null` when there is none.
    Get(Object<'q>),
    /// The list of objects of a type, with these labels.
    List(Object<'q>, &'q [(&'q str, &'q str)]),
    /// What comes of creating this object.
    Post(Object<'q>, Value<'q>),
    /// The resource type of a kind: a map of `group`, `version`, `resource`.
    ResourceType {
        /// `v1`, `apps/v1`.
        api_version: &'q str,
        /// The kind.
        kind: &'q str,
    },
    /// What an HTTP server answers: a map of `statusCode` and the JSON of the body, or its `body`.
    Http(Http<'q>),
    /// What a GlobalContextEntry holds, or `null`.
    GlobalContext {
        /// Its name.
        name: &'q str,
        /// One of its projections.
        projection: Option<&'q str>,
    },
    /// What a registry knows of an image.
    ImageMetadata(&'q str),
    /// Creates objects, once the policy is through; the answer says whether that may be.
    Generate {
        /// Where; `None` in a namespaced policy.
        namespace: Option<&'q str>,
        /// The objects.
        objects: &'q [Value<'q>],
    },
    /// How many of the attestors have signed the image, or an attestation of it.
    Verify {
        /// The image.
        image: &'q str,
        /// The attestation, by its name in the policy; `None` for the image itself.
        attestation: Option<&'q str>,
        /// The attestors, by their names in the policy.
        attestors: &'q [&'q str],
    },
    /// What an attestation says.
    Payload {
        /// The image.
        image: &'q str,
        /// The attestation, by its name in the policy.
        attestation: &'q str,
    },
    /// Whether a verb is allowed: a map of `allowed` and `reason`.
    Authorize {
        /// What is asked about.
        authorizer: &'q Authorizer<'q>,
        /// The verb.
        verb: &'q str,
    },
}

/// Objects of the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Object<'q> {
    /// `v1`, `apps/v1`.
    pub api_version: &'q str,
    /// The plural name, perhaps with a subresource.
    pub resource: &'q str,
    /// The namespace; `None` where the policy's own is meant, empty for none or all.
    pub namespace: Option<&'q str>,
    /// The name; empty where no single object is meant.
    pub name: &'q str,
}

/// An HTTP request.
#[derive(Clone, Copy, Debug)]
pub struct Http<'q> {
    /// Where to.
    pub url: &'q str,
    /// The JSON to post; `None` to get.
    pub body: Option<Value<'q>>,
    /// Headers, in order.
    pub headers: &'q [(&'q str, &'q str)],
    /// PEM certificates, one of which must have signed the server's; empty for the usual ones.
    pub ca_bundle: &'q str,
}

/// Knows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Outside for Nothing {
    fn ask<'v>(&'v self, _: &Question<'_>, _: &'v Bump) -> Answer<'v> {
        Answer::Missing
    }
}

//! Facts: what evaluation needs from outside and never fetches itself.
//!
//! Comes in:  what a rule asks for, as a typed description.
//! Goes out:  [`Facts`], which answers from memory; [`Fault::Missing`], which hands the question to
//!            the caller: fetch it, put it into memory, evaluate again.
//! Never here: fetching, waiting, caches that change while a rule is evaluated.

use std::fmt;

use portcullis_lang::scalar::image::Defaults;
use portcullis_lang::value::Document;

use crate::review::UserInfo;

/// One thing to be known. Equal facts have equal answers, so a fact is the key of every cache.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
#[non_exhaustive]
pub enum Fact {
    /// A ConfigMap: the whole object.
    ConfigMap {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The answer to an HTTP call: its body, which is JSON.
    Api(Box<ApiCall>),
    /// The answer to an HTTP call, whatever its status: a map of the `statusCode` and, where the body
    /// is a JSON object, its fields, or else of the JSON of the `body`.
    Http(Box<ApiCall>),
    /// What a registry knows of an image: `image`, `resolvedImage`, `registry`, `repository`,
    /// `identifier`, `manifestList`, `manifest`, `configData`.
    Image(Box<ImageData>),
    /// The data of a GlobalContextEntry, or of one of its projections.
    GlobalContext {
        /// `entry` or `entry.projection`.
        name: String,
    },
    /// The labels of a Namespace: a map from text to text.
    NamespaceLabels {
        /// Its name.
        name: String,
    },
    /// The addresses of a host: a list of texts.
    Host {
        /// Its name.
        name: String,
    },
}

/// The kinds of facts, as far as a source has them or not.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum FactKind {
    /// [`Fact::ConfigMap`].
    ConfigMap,
    /// [`Fact::Api`] to the API server.
    Kubernetes,
    /// [`Fact::Api`] to any other service, and [`Fact::Http`].
    Service,
    /// [`Fact::Image`].
    Image,
    /// [`Fact::GlobalContext`].
    GlobalContext,
    /// [`Fact::NamespaceLabels`].
    NamespaceLabels,
    /// [`Fact::Host`].
    Host,
}

/// An HTTP call of an `apiCall` entry.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
pub struct ApiCall {
    /// `GET` or `POST`.
    pub method: Method,
    /// Who is called.
    pub target: ApiTarget,
    /// The JSON that is sent along.
    pub body: Option<String>,
}

/// What an [`ApiCall`] does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash, Ord, PartialOrd)]
pub enum Method {
    /// Reads.
    #[default]
    Get,
    /// Sends a body.
    Post,
}

/// Whom an [`ApiCall`] goes to.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
pub enum ApiTarget {
    /// The API server of the cluster.
    Kubernetes {
        /// `/api/v1/namespaces/default/pods?limit=1`
        path: String,
    },
    /// A service.
    Service {
        /// Its address.
        url: String,
        /// Headers as written, in order.
        headers: Vec<(String, String)>,
        /// PEM certificates that may have signed its certificate; empty for the usual ones.
        ca_bundle: String,
    },
}

/// Where the API server has an object, or with an empty name the list of them.
///
/// `resource`: the plural name; `namespace`: empty for objects without one, or for all of them.
pub fn object_path(api_version: &str, resource: &str, namespace: &str, name: &str) -> String {
    let mut path = match api_version.contains('/') {
        true => format!("/apis/{api_version}"),
        false => format!("/api/{api_version}"),
    };
    if !namespace.is_empty() {
        path.extend(["/namespaces/", namespace]);
    }
    path.extend(["/", resource]);
    if !name.is_empty() {
        path.extend(["/", name]);
    }
    path
}

/// What an `imageRegistry` entry asks a registry.
#[derive(Clone, Debug, Eq, PartialEq, Hash, Ord, PartialOrd)]
pub struct ImageData {
    /// The image reference.
    pub reference: String,
    /// May the registry speak plain HTTP, or show a certificate that nobody vouches for?
    pub allow_insecure: bool,
    /// Credential helpers: `default`, `amazon`, `azure`, `google`, `github`.
    pub providers: Vec<String>,
    /// Names of pull secrets.
    pub secrets: Vec<String>,
}

/// What an answer is: a document, or why there is none, in words for the user.
pub type Answer<'a> = Result<&'a Document, String>;

/// Answers facts from memory.
///
/// Numbers of the documents are doubles ([`portcullis_lang::value::Numbers::Doubles`]), like those
/// of resources. An answer never changes while an evaluation runs.
pub trait Facts {
    /// Can facts of this kind be had at all? Context entries of a kind that cannot are not there,
    /// instead of failing: that is how the command line works without a cluster.
    fn offers(&self, kind: FactKind) -> bool;

    /// The answer; `None` where it is not in memory yet.
    fn get(&self, fact: &Fact) -> Option<Answer<'_>>;

    /// Why a fact that is not in memory will not come any more, in words for the user; empty where
    /// it only took too long. Rules that need it find no outcome.
    fn given_up(&self, _: &Fact) -> Option<&str> {
        None
    }

    /// What is configured about variables.
    fn configured(&self) -> Configured<'_> {
        Configured::default()
    }

    /// Hands every role that a user is bound to to `take`, in order and none twice. None where nobody
    /// keeps account of bindings, or no policy speaks of them.
    fn roles<'f>(&'f self, _user: &UserInfo<'_>, _take: &mut dyn FnMut(Role<'f>)) {}
}

/// How many bytes all context entries of one evaluation may have together, unless configured otherwise.
pub const MAX_BYTES: usize = 2 << 20;

/// What an installation configures about variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Configured<'f> {
    /// What completes image references.
    pub images: Defaults<'f>,
    /// How many bytes all entries of one evaluation may have together.
    pub max_bytes: usize,
    /// Are entries loaded when they are registered, not when they are mentioned?
    pub eager: bool,
    /// May policies of one namespace ask services, too?
    pub http_in_namespaces: bool,
}

impl Default for Configured<'_> {
    fn default() -> Self {
        Configured {
            images: Defaults::default(),
            max_bytes: MAX_BYTES,
            eager: false,
            http_in_namespaces: false,
        }
    }
}

/// A role that a user is bound to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role<'f> {
    /// `namespace:name` of a Role.
    Own(&'f str),
    /// The name of a ClusterRole.
    Cluster(&'f str),
}

/// No facts, and none to be had.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFacts;

impl Facts for NoFacts {
    fn offers(&self, _: FactKind) -> bool {
        false
    }

    fn get(&self, _: &Fact) -> Option<Answer<'_>> {
        None
    }
}

/// Why something could not be evaluated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It never can, with these inputs: the text of an `error` outcome.
    Error(String),
    /// A fact is needed first. Nothing swallows this, no default stands in for it.
    Missing(Fact),
    /// The time is over.
    Stopped,
}

impl Fault {
    /// The same fault, with where it happened in front of its text.
    #[must_use]
    pub fn within(self, place: &str) -> Fault {
        match self {
            Fault::Error(text) => Fault::Error(format!("{place}{text}")),
            other => other,
        }
    }

    /// The text, where the fault is an error; every other fault goes on to the caller.
    ///
    /// # Errors
    ///
    /// What is not for the user to see.
    pub fn into_text(self) -> Result<String, Fault> {
        match self {
            Fault::Error(text) => Ok(text),
            other => Err(other),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Error(text) => f.write_str(text),
            Fault::Missing(fact) => write!(f, "not known yet: {fact}"),
            Fault::Stopped => f.write_str("the time for the evaluation is over"),
        }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::ConfigMap { namespace, name } => write!(f, "configmap `{namespace}/{name}`"),
            Fact::Api(call) | Fact::Http(call) => match &call.target {
                ApiTarget::Kubernetes { path } => write!(f, "{} `{path}`", call.method),
                ApiTarget::Service { url, .. } => write!(f, "{} `{url}`", call.method),
            },
            Fact::Image(image) => write!(f, "image `{}`", image.reference),
            Fact::GlobalContext { name } => write!(f, "global context entry `{name}`"),
            Fact::NamespaceLabels { name } => write!(f, "labels of namespace `{name}`"),
            Fact::Host { name } => write!(f, "addresses of host `{name}`"),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Get => "GET",
            Method::Post => "POST",
        })
    }
}

impl Fact {
    /// Which kind of fact it is.
    pub fn kind(&self) -> FactKind {
        match self {
            Fact::ConfigMap { .. } => FactKind::ConfigMap,
            Fact::Api(call) => match call.target {
                ApiTarget::Kubernetes { .. } => FactKind::Kubernetes,
                ApiTarget::Service { .. } => FactKind::Service,
            },
            Fact::Http(_) => FactKind::Service,
            Fact::Image(_) => FactKind::Image,
            Fact::GlobalContext { .. } => FactKind::GlobalContext,
            Fact::NamespaceLabels { .. } => FactKind::NamespaceLabels,
            Fact::Host { .. } => FactKind::Host,
        }
    }
}

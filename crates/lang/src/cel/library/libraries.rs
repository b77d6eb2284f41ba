//! Which functions and macros an expression may use.

/// A group of functions and macros that is there as a whole or not at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Library {
    /// The language's own operators, functions and macros.
    Standard,
    /// `optional.of` and its kin, `.?`, `[?]`.
    Optionals,
    /// Comprehensions over index and element, or key and value.
    TwoVariables,
    /// `cel.bind`.
    Bindings,
    /// `format`, `split`, `trim` and the like.
    Strings,
    /// `math.*`.
    Math,
    /// `base64.*`, `json.encode`.
    Encoders,
    /// `sets.*`.
    Sets,
    /// `flatten`, `sort`, `lists.range` and the like.
    Lists,
    /// `regex.*`.
    Regex,
    /// Kubernetes' `isSorted`, `sum`, `min`, `max`, `indexOf` for lists.
    KubernetesLists,
    /// Kubernetes' `find` and `findAll`.
    KubernetesRegex,
    /// `url`.
    Url,
    /// `quantity`.
    Quantity,
    /// `ip`.
    Ip,
    /// `cidr`.
    Cidr,
    /// `format.*`: named formats.
    Format,
    /// `semver`.
    Semver,
    /// `authorizer`.
    Authorizer,
    /// `jsonpatch.escapeKey`, the types `Object` and `JSONPatch`.
    JsonPatch,
    /// Kyverno's forgiving `orValue`.
    LenientOrValue,
    /// Kyverno's `resource`, with a namespace argument.
    Resource,
    /// Kyverno's `resource` in a namespaced policy.
    NamespacedResource,
    /// Kyverno's `http`.
    Http,
    /// Kyverno's `globalContext`.
    GlobalContext,
    /// Kyverno's image references.
    Image,
    /// Kyverno's `image.getMetadata`.
    ImageMetadata,
    /// Kyverno's hashes.
    Hash,
    /// Kyverno's `math.round` to a precision.
    Round,
    /// Kyverno's `json`.
    Json,
    /// Kyverno's `yaml`.
    Yaml,
    /// Kyverno's `random`.
    Random,
    /// Kyverno's `time`.
    Time,
    /// Kyverno's `listObjToMap`.
    Transform,
    /// Kyverno's `gzip`.
    Gzip,
    /// Kyverno's `x509`.
    X509,
    /// Kyverno's `parseServiceAccount`.
    User,
    /// Kyverno's `generator`, with a namespace argument.
    Generator,
    /// Kyverno's `generator` in a namespaced policy.
    NamespacedGenerator,
    /// Kyverno's signature and attestation checks.
    ImageVerification,
    /// Answers to Envoy: `envoy.*`.
    Envoy,
    /// Answers to HTTP servers: `http.Allowed` and its kin.
    HttpAuthorization,
    /// `jwt.Decode`, `jwks.Fetch`.
    Jwt,
}

impl Library {
    /// Do its functions ask the outside, so that one call may have another result than the next?
    pub(crate) fn asks(self) -> bool {
        matches!(
            self,
            Library::Authorizer
                | Library::Resource
                | Library::NamespacedResource
                | Library::Http
                | Library::GlobalContext
                | Library::ImageMetadata
                | Library::Random
                | Library::Time
                | Library::Generator
                | Library::NamespacedGenerator
                | Library::ImageVerification
                | Library::Jwt
        )
    }
}

/// A set of libraries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Libraries(u64);

impl Libraries {
    /// What a native ValidatingAdmissionPolicy has.
    pub const KUBERNETES: Libraries = Libraries::of(&[
        Library::Standard,
        Library::Optionals,
        Library::TwoVariables,
        Library::Strings,
        Library::Sets,
        Library::Lists,
        Library::KubernetesLists,
        Library::KubernetesRegex,
        Library::Url,
        Library::Quantity,
        Library::Ip,
        Library::Cidr,
        Library::Format,
        Library::Semver,
        Library::Authorizer,
    ]);

    /// What the CEL policies of Kyverno have beyond [`Libraries::KUBERNETES`], whatever their kind.
    pub const KYVERNO: Libraries = Libraries::of(&[
        Library::Bindings,
        Library::Math,
        Library::Encoders,
        Library::Regex,
        Library::Http,
        Library::GlobalContext,
        Library::Image,
        Library::ImageMetadata,
        Library::Hash,
        Library::Round,
        Library::Json,
        Library::Yaml,
        Library::Random,
        Library::Time,
        Library::Transform,
        Library::Gzip,
    ]);

    /// These libraries.
    pub const fn of(libraries: &[Library]) -> Self {
        let mut bits = 0;
        let mut rest = libraries;
        while let [first, tail @ ..] = rest {
            bits |= 1 << *first as u64;
            rest = tail;
        }
        Libraries(bits)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Libraries) -> Self {
        Libraries(self.0 | other.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, other: Libraries) -> Self {
        Libraries(self.0 & !other.0)
    }

    /// Is it among them?
    pub const fn has(self, library: Library) -> bool {
        self.0 & (1 << library as u64) != 0
    }
}

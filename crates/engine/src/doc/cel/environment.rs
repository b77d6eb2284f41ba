//! What the expressions of each kind of policy may name.

use portcullis_lang::cel::envoy::declare_check_request;
use portcullis_lang::cel::kubernetes::declare_admission;
use portcullis_lang::cel::library::{Libraries, Library};
use portcullis_lang::cel::types::Type;
use portcullis_lang::cel::val::{AUTHORIZER, RESOURCE_CHECK};
use portcullis_lang::cel::{Environment, Variable};

use super::super::policy::PolicyKind;
use super::super::validating::Mode;

/// How many values an evaluation has room for: one for each [`Place`].
pub const VALUES: usize = 8;

/// Where each variable stands among the values of an evaluation; every environment declares them
/// in this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// `object`
    Object,
    /// `oldObject`
    OldObject,
    /// `request`
    Request,
    /// `namespaceObject`
    Namespace,
    /// `variables`
    Variables,
    /// `params` where a policy of the API server has some, `exceptions` in Kyverno's policies.
    Extra,
    /// `authorizer`
    Authorizer,
    /// `authorizer.requestResource`
    RequestResource,
}

/// `variables`, among the values of an evaluation.
pub(crate) const RECORD: Variable = Variable(Place::Variables as u16);

/// The type of `variables`; each one that is compiled becomes a field of it.
pub(super) const VARIABLES: &str = "kubernetes.variables";

/// What tells the environments of native admission policies, of `validate.cel` and of webhooks'
/// conditions apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::doc) struct Declared {
    /// Is there a `params`?
    pub(in crate::doc) params: bool,
    /// Is there an `authorizer`? Nobody could ask it on behalf of native policies offline.
    pub(in crate::doc) authorizer: bool,
    /// May patches be made?
    pub(in crate::doc) patches: bool,
}

/// What a native admission policy, `validate.cel` and a condition of a webhook may name.
pub(super) fn native(declared: Declared) -> Environment {
    let mut libraries = Libraries::KUBERNETES.and(Libraries::of(&[Library::LenientOrValue]));
    if declared.patches {
        libraries = libraries.and(Libraries::of(&[Library::JsonPatch]));
    }
    let mut environment = Environment::new(libraries);
    declare(&mut environment, Type::Dyn, false);
    match declared.params {
        true => drop(environment.declare("params", Type::Dyn)),
        false => environment.skip(),
    }
    if declared.authorizer {
        let opaque = |name: &str| Type::Opaque(name.into());
        environment.declare("authorizer", opaque(AUTHORIZER));
        environment.declare("authorizer.requestResource", opaque(RESOURCE_CHECK));
    }
    environment
}

/// `validate.cel` with these variables, of whatever type: for those who declare types of objects.
pub(crate) fn typed<'n>(params: bool, variables: impl Iterator<Item = &'n str>) -> Environment {
    let mut environment = native(Declared {
        params,
        authorizer: true,
        patches: false,
    });
    for variable in variables {
        environment.declare_field(VARIABLES, variable, Type::Dyn);
    }
    environment
}

/// What a policy of this kind may name; the kinds differ in little.
pub(super) fn of(kind: PolicyKind) -> Environment {
    with_mode(kind, Mode::Kubernetes)
}

/// [`of`] for a policy that takes something else than Kubernetes' objects.
pub(super) fn with_mode(kind: PolicyKind, mode: Mode) -> Environment {
    let (mut own, mixed) = match kind {
        PolicyKind::GeneratingPolicy => (vec![Library::X509, Library::Generator], true),
        PolicyKind::NamespacedGeneratingPolicy => {
            (vec![Library::X509, Library::NamespacedGenerator], true)
        }
        PolicyKind::DeletingPolicy | PolicyKind::NamespacedDeletingPolicy => {
            (vec![Library::X509], false)
        }
        PolicyKind::ImageValidatingPolicy | PolicyKind::NamespacedImageValidatingPolicy => {
            (vec![Library::User, Library::ImageVerification], false)
        }
        PolicyKind::MutatingPolicy | PolicyKind::NamespacedMutatingPolicy => (
            vec![Library::X509, Library::User, Library::JsonPatch],
            false,
        ),
        _ => (vec![Library::X509, Library::User], false),
    };
    own.push(match kind.is_namespaced() {
        true => Library::NamespacedResource,
        false => Library::Resource,
    });
    let images = own.contains(&Library::ImageVerification);
    if !images {
        own.push(Library::LenientOrValue);
    }
    match mode {
        Mode::Kubernetes | Mode::Json => {}
        Mode::Http => own.extend([Library::HttpAuthorization, Library::Jwt]),
        Mode::Envoy => own.extend([Library::Envoy, Library::Jwt]),
    }
    let libraries = Libraries::KUBERNETES.and(Libraries::KYVERNO);
    let mut environment = Environment::new(libraries.and(Libraries::of(&own)));
    if mixed {
        environment = environment.with_mixed_literals();
    }
    let object = match mode {
        Mode::Envoy => declare_check_request(&mut environment),
        _ => Type::Dyn,
    };
    declare(&mut environment, object, true);
    let texts = || Type::list_of(Type::String);
    if images {
        // Its exceptions let off whole policies.
        environment.declare("images", Type::map_of(Type::String, texts()));
        environment.declare("attestors", Type::map_of(Type::String, Type::Dyn));
        environment.declare("attestations", Type::map_of(Type::String, Type::String));
        return environment;
    }
    let fields = [("allowedImages", texts()), ("allowedValues", texts())];
    let exceptions = environment.declare_struct("kyverno.exceptions", fields);
    environment.declare("exceptions", exceptions);
    environment
}

fn declare(environment: &mut Environment, object: Type, extended: bool) {
    environment.declare("object", object);
    environment.declare("oldObject", Type::Dyn);
    let types = declare_admission(environment, extended);
    environment.declare("request", types.request);
    environment.declare("namespaceObject", types.namespace);
    let variables = environment.declare_struct(VARIABLES, []);
    environment.declare("variables", variables);
}

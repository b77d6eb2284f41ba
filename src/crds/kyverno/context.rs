//! Values that rules look up before they decide.

use schemars::JsonSchema;

use crate::crds::shared::Any;

/// A name for a value, and one source of it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContextEntry {
    /// What variables call the value.
    name: String,
    /// A ConfigMap.
    config_map: Option<ConfigMapReference>,
    /// An answer of the API server or of a service.
    api_call: Option<ContextApiCall>,
    /// What a registry says about an image.
    image_registry: Option<ImageRegistry>,
    /// A value written in place, or computed from others.
    variable: Option<Variable>,
    /// A part of a GlobalContextEntry.
    global_reference: Option<GlobalReference>,
}

/// A ConfigMap.
#[derive(JsonSchema)]
pub(super) struct ConfigMapReference {
    /// Its name.
    name: String,
    /// Its namespace.
    namespace: Option<String>,
}

/// A call, and what to take from the answer.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContextApiCall {
    #[serde(flatten)]
    call: ApiCall,
    /// The value when the call fails.
    default: Option<Any>,
    /// The part of the answer that is the value.
    jmes_path: Option<String>,
}

/// A request to the API server, or to a service.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiCall {
    /// A path of the API server, as `kubectl get --raw` takes it. Excludes `service`.
    url_path: Option<String>,
    /// The HTTP method.
    #[schemars(extend("default" = "GET"))]
    method: Option<Method>,
    /// Fields of the object that a `POST` sends.
    data: Option<Vec<RequestData>>,
    /// A service to ask instead of the API server.
    service: Option<ServiceCall>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    Get,
    Post,
}

/// A field of a request's body.
#[derive(JsonSchema)]
pub(super) struct RequestData {
    /// Its name.
    key: String,
    /// Its value.
    value: Any,
}

/// A service that answers with JSON.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceCall {
    /// Its address, as `http` or `https`.
    url: String,
    /// Certificates, in PEM, of which one must have signed the service's.
    ca_bundle: Option<String>,
    /// Headers to send.
    headers: Option<Vec<Header>>,
}

/// A header of a request.
#[derive(JsonSchema)]
pub(super) struct Header {
    /// Its name.
    key: String,
    /// Its value.
    value: String,
}

/// An image whose description a registry has.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageRegistry {
    /// The image, as containers name it.
    reference: String,
    /// The part of the description that is the value.
    jmes_path: Option<String>,
    /// How to log in.
    image_registry_credentials: Option<ImageRegistryCredentials>,
}

/// How to log in to registries.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImageRegistryCredentials {
    /// Whether plain HTTP and unknown certificates are fine.
    allow_insecure_registry: Option<bool>,
    /// Clouds whose own credentials may be used.
    providers: Option<Vec<CredentialProvider>>,
    /// Names of Secrets, in the gate's namespace, that hold credentials.
    secrets: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CredentialProvider {
    Default,
    Amazon,
    Azure,
    Google,
    Github,
}

/// A value written in place, or computed from others.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Variable {
    /// The value; it may hold variables.
    value: Option<Any>,
    /// An expression: over `value` where there is one, else over the context.
    jmes_path: Option<String>,
    /// The value where the expression gives none.
    default: Option<Any>,
}

/// A part of a GlobalContextEntry.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct GlobalReference {
    /// The entry's name, or `entry.projection`.
    name: String,
    /// The part of the entry's data that is the value.
    jmes_path: Option<String>,
}

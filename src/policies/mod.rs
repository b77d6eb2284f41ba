//! Admission of policies: what `kubectl apply` of a policy, an exception or a global context entry is
//! told.
//!
//! Comes in:  AdmissionReviews of the objects that the gate itself is configured by.
//! Goes out:  yes, or no with every reason; warnings; what has to be asked of the cluster is.
//! Never here: resources. This may take a while, and they never wait for it.
//!
//! ```text
//! review ─> read, check, lint (see engine) ─┬─> denial, in Kyverno's words
//!           kinds, scopes, changes ─────────┤
//!           may the controllers do it? ─────┴─> warnings
//! ```
//!
//! | file             | what it looks at                                                   |
//! |------------------|--------------------------------------------------------------------|
//! | `rules`          | ClusterPolicy, Policy                                              |
//! | `kinds`          | what is matched, against what the API server serves                |
//! | `targets`        | what is generated, against its scope                               |
//! | `update`         | what may not change while generated objects are kept in step       |
//! | `access`         | whether the controllers may do what a policy has them do           |
//! | `cel`            | policies of `policies.kyverno.io`                                  |
//! | `cleanup`        | cleanup policies                                                   |
//! | `exception`      | exceptions of both kinds                                           |
//! | `global_context` | GlobalContextEntry                                                 |
//! | `ttl`            | the label that gives objects a time to live                        |

mod access;
mod answer;
mod cel;
mod cleanup;
mod exception;
mod existing;
mod global_context;
mod kinds;
mod place;
mod request;
mod rules;
mod targets;
mod ttl;
mod update;
mod warnings;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use portcullis_lang::value::Document;

use crate::cluster::home::Home;
use crate::cluster::kinds::Followed;
use access::Access;
pub(crate) use answer::Answer;
use kinds::Known;
use request::Request;

/// What an AdmissionReview is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hook {
    /// `/policyvalidate`: policies of every kind.
    Policies,
    /// `/policymutate`: the same, before they are validated. Nothing is changed: defaults are in the
    /// definitions.
    PolicyDefaults,
    /// `/exceptionvalidate`: exceptions from rules.
    Exceptions,
    /// `/celexception/validate`: exceptions from policies written in CEL.
    CelExceptions,
    /// `/globalcontextvalidate`.
    GlobalContext,
    /// `/verifymutate`: the Lease by which the gate knows that API servers reach it.
    Health,
    /// `/cleanup/validate`: cleanup policies.
    Cleanup,
    /// `/verifyttl`: objects with a time to live.
    TimeToLive,
}

impl Hook {
    /// The hook of a path.
    pub(crate) fn of(path: &str) -> Option<Hook> {
        Some(match path {
            "/policyvalidate" => Hook::Policies,
            "/policymutate" => Hook::PolicyDefaults,
            "/exceptionvalidate" => Hook::Exceptions,
            "/celexception/validate" => Hook::CelExceptions,
            "/globalcontextvalidate" => Hook::GlobalContext,
            "/verifymutate" => Hook::Health,
            "/cleanup/validate" => Hook::Cleanup,
            "/verifyttl" => Hook::TimeToLive,
            _ => return None,
        })
    }
}

/// Whose permissions are asked about, and which exceptions count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// `enablePolicyException`.
    pub(crate) exceptions_enabled: bool,
    /// `exceptionNamespace`: empty, `*` or a name.
    pub(crate) exception_namespace: String,
    /// Has each exception to name a ticket?
    pub(crate) tickets_required: bool,
    /// `allowHTTPInNamespacedPolicies`.
    pub(crate) http_in_namespaces: bool,
    /// `backgroundServiceAccountName`, as a user; empty for the one of the chart.
    pub(crate) background_account: String,
    /// `reportsServiceAccountName`, as a user; empty for the one of the chart.
    pub(crate) reports_account: String,
}

/// How long the API server may take to answer all questions about one policy. It waits 10 s for this
/// gate by default.
const PATIENCE: Duration = Duration::from_secs(7);

/// Judges policies.
pub(crate) struct Policies {
    options: Options,
    cluster: Option<Surroundings>,
}

/// What is asked outside of the policy.
struct Surroundings {
    access: Access,
    kinds: Known,
}

impl Policies {
    /// Who judges policies by themselves alone.
    pub(crate) fn offline() -> Policies {
        Policies {
            options: Options::default(),
            cluster: None,
        }
    }

    /// Who asks the cluster, too. `kinds`: what it serves, as soon as that is known.
    pub(crate) fn new(
        options: Options,
        client: Client,
        home: &Home,
        kinds: impl Future<Output = Followed> + Clone + Send + Sync + 'static,
    ) -> Policies {
        let account = |stated: &str, name| match stated {
            "" => format!("system:serviceaccount:{}:{name}", home.namespace),
            stated => stated.to_owned(),
        };
        let access = Access {
            client: client.clone(),
            background: account(&options.background_account, "kyverno-background-controller"),
            reports: account(&options.reports_account, "kyverno-reports-controller"),
            cleanup: account("", "kyverno-cleanup-controller"),
        };
        Policies {
            options,
            cluster: Some(Surroundings {
                access,
                kinds: Known::new(client, kinds),
            }),
        }
    }

    /// Answers one review: the body of the response.
    ///
    /// # Errors
    ///
    /// Where the body is no AdmissionReview.
    pub(crate) async fn review(self: Arc<Self>, hook: Hook, body: &[u8]) -> Result<String, String> {
        let request = Request::read(body)?;
        let uid = request.uid().to_owned();
        let answer = match request.is_silent() {
            true => Answer::default(),
            false => self.judge(hook, request).await,
        };
        Ok(answer.body(&uid))
    }

    async fn judge(self: Arc<Self>, hook: Hook, request: Request) -> Answer {
        match hook {
            Hook::PolicyDefaults => Answer::default(),
            Hook::Policies if request.group() == "kyverno.io" => rules::judge(self, request).await,
            Hook::Policies => cel::judge(self, request).await,
            Hook::Exceptions => exception::judge(&self.options, &request.object),
            Hook::CelExceptions => exception::judge_cel(&self.options, &request.object),
            Hook::GlobalContext => global_context::judge(&request.object),
            Hook::Health => Answer::patched(answer::heartbeat(&request.object)),
            Hook::Cleanup => cleanup::judge(&self, request).await,
            Hook::TimeToLive => ttl::judge(&request.object),
        }
    }
}

/// Runs what takes a moment where no review of a resource waits behind it.
async fn off_thread(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    let worked = tokio::task::spawn_blocking(work).await;
    worked.unwrap_or_else(|_| {
        let why = "checking it failed inside portcullis; please report it";
        Answer::denied(vec![why.to_owned()])
    })
}

/// The text of a field, or of nothing.
fn text<'d>(document: &'d Document, path: &[&str]) -> &'d str {
    let value = document.root().at(path);
    value.and_then(|value| value.as_str()).unwrap_or_default()
}

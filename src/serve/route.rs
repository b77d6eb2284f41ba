//! Which page or endpoint a request is for.
//!
//! Comes in:  method and path.
//! Goes out:  [`Route`].
//! Never here: headers, bodies.

use hyper::Method;
use portcullis_engine::admit::Phase;

use crate::observe::metrics::Endpoint;
use crate::policies::Hook;
use crate::snapshot::Lane;

/// Where a request goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Route<'p> {
    /// A review, and the policies that it is for.
    Admit(Endpoint, Lane<'p>),
    /// A review of a policy, or of something else that the gate is configured by.
    Policies(Hook),
    /// A page about the gate.
    Page(Page),
    /// The path exists, for these methods.
    WrongMethod {
        /// As the `Allow` header lists them.
        allow: &'static str,
    },
    /// Nothing is there.
    Unknown,
}

/// The pages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    /// Does the process live?
    Live,
    /// May requests be sent here?
    Ready,
    /// For Prometheus.
    Metrics,
    /// Every policy and its state.
    Status,
}

/// The route of a request.
pub(super) fn route<'p>(method: &Method, path: &'p str) -> Route<'p> {
    if let Some((phase, lane)) = Lane::of(path) {
        let endpoint = match phase {
            Phase::Validate => Endpoint::Validate,
            Phase::Mutate => Endpoint::Mutate,
        };
        return match *method {
            Method::POST => Route::Admit(endpoint, lane),
            _ => Route::WrongMethod { allow: "POST" },
        };
    }
    if let Some(hook) = Hook::of(path) {
        return match *method {
            Method::POST => Route::Policies(hook),
            _ => Route::WrongMethod { allow: "POST" },
        };
    }
    let page = match path {
        "/livez" | "/health/liveness" => Page::Live,
        "/readyz" | "/health/readiness" => Page::Ready,
        "/metrics" => Page::Metrics,
        "/status" => Page::Status,
        _ => return Route::Unknown,
    };
    match *method {
        Method::GET | Method::HEAD => Route::Page(page),
        _ => Route::WrongMethod { allow: "GET, HEAD" },
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Page, Route, route};
    use crate::observe::metrics::Endpoint;
    use crate::policies::Hook;
    use hyper::Method;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn routes() {
        check(Method::POST, "/validate",       Route::Admit(Endpoint::Validate, Lane::All));
        check(Method::POST, "/validate/a/b",   Route::Admit(Endpoint::Validate, Lane::All));
        check(Method::POST, "/mutate/",        Route::Admit(Endpoint::Mutate, Lane::All));
        check(Method::GET,  "/mutate",         Route::WrongMethod { allow: "POST" });
        check(Method::POST, "/validated",      Route::Unknown);
        check(Method::POST, "//validate",      Route::Unknown);
        check(Method::GET,  "/",               Route::Unknown);
        check(Method::POST, "/policyvalidate", Route::Policies(Hook::Policies));
        check(Method::POST, "/verifyttl",      Route::Policies(Hook::TimeToLive));
        check(Method::GET,  "/policymutate",   Route::WrongMethod { allow: "POST" });
        check(Method::POST, "/policymutate/x", Route::Unknown);
        check(Method::POST, "/validate/fail",  Route::Admit(Endpoint::Validate, Lane::Some("/fail")));
        check(Method::POST, "/vpol/a",         Route::Admit(Endpoint::Validate, Lane::Some("/vpol/a")));
        check(Method::POST, "/nvpol/a/b",      Route::Admit(Endpoint::Validate, Lane::Some("/nvpol/a/b")));
        check(Method::POST, "/gpol/a",         Route::Admit(Endpoint::Validate, Lane::Some("/gpol/a")));
        check(Method::POST, "/mpol/a",         Route::Admit(Endpoint::Mutate, Lane::Some("/mpol/a")));
        check(Method::POST, "/ivpol/mutate/a", Route::Admit(Endpoint::Mutate, Lane::Some("/ivpol/mutate/a")));
        check(Method::POST, "/ivpol/a",        Route::Unknown);
        check(Method::GET,  "/health/liveness",  Route::Page(Page::Live));
        check(Method::GET,  "/health/readiness", Route::Page(Page::Ready));
        check(Method::GET,  "/livez",          Route::Page(Page::Live));
        check(Method::HEAD, "/readyz",         Route::Page(Page::Ready));
        check(Method::GET,  "/metrics",        Route::Page(Page::Metrics));
        check(Method::GET,  "/status",         Route::Page(Page::Status));
        check(Method::POST, "/status",         Route::WrongMethod { allow: "GET, HEAD" });
        check(Method::GET,  "/status/x",       Route::Unknown);
    }

    #[track_caller]
    fn check(method: Method, path: &str, expect: Route<'_>) {
        assert_eq!(route(&method, path), expect, "{method} {path}");
    }
}

//! `authorizer`: may the user do this? Asked as a SubjectAccessReview.
//!
//! Comes in:  the request, and what an expression asks about it.
//! Goes out:  the values that expressions put their questions together with; the question as a fact.
//! Never here: asking.

use bumpalo::Bump;
use portcullis_lang::cel::val::{AUTHORIZER, Authorizer, Opaque, RESOURCE_CHECK, Val};
use portcullis_lang::value::{Value, list, object, to_json};

use crate::doc::cel::Place;
use crate::facts::{ApiCall, ApiTarget, Fact, Method};
use crate::review::UserInfo;

/// `authorizer` and `authorizer.requestResource` for this `request`.
pub(super) fn authorizers<'v>(request: Value<'v>, bump: &'v Bump) -> [(Place, Val<'v>); 2] {
    let resource = request.get("resource").unwrap_or_default();
    let anything = Authorizer {
        type_name: AUTHORIZER,
        ..Authorizer::default()
    };
    let own = Authorizer {
        type_name: RESOURCE_CHECK,
        group: resource.text("group"),
        resource: resource.text("resource"),
        subresource: request.text("subResource"),
        namespace: request.text("namespace"),
        name: request.text("name"),
        ..anything
    };
    let value = |question| Val::Opaque(Opaque::Authorizer(bump.alloc(question)));
    [
        (Place::Authorizer, value(anything)),
        (Place::RequestResource, value(own)),
    ]
}

/// The question whether `user`, or the service account that is asked about, may do `verb`.
pub(super) fn question(asked: &Authorizer<'_>, verb: &str, user: &UserInfo<'_>) -> Fact {
    let bump = Bump::new();
    let (verb, text) = (("verb", bump.alloc_str(verb)), |text| bump.alloc_str(text));
    let attributes = match asked.path {
        Some(path) => {
            let fields = [("path", text(path)), verb];
            let fields = fields.map(|(key, text)| (key, Value::Str(text)));
            ("nonResourceAttributes", object(&bump, fields))
        }
        None => {
            let texts = [
                ("group", asked.group),
                ("version", "*"),
                ("resource", asked.resource),
                ("subresource", asked.subresource),
                ("namespace", asked.namespace),
                ("name", asked.name),
            ];
            let texts = texts.map(|(key, own)| (key, &*text(own)));
            let texts = texts.into_iter().chain([(verb.0, &*verb.1)]);
            let texts = texts.filter(|(_, text)| !text.is_empty());
            let selectors = [
                ("fieldSelector", asked.field_selector),
                ("labelSelector", asked.label_selector),
            ];
            let selectors = selectors.into_iter().filter_map(|(key, selector)| {
                let raw = Value::Str(text(selector.filter(|text| !text.is_empty())?));
                Some((key, object(&bump, [("rawSelector", raw)])))
            });
            let fields = texts.map(|(key, text)| (key, Value::Str(text)));
            ("resourceAttributes", object(&bump, fields.chain(selectors)))
        }
    };
    let mut spec = vec![attributes];
    match asked.service_account {
        Some((namespace, name)) => {
            let name = format!("system:serviceaccount:{namespace}:{name}");
            let own = format!("system:serviceaccounts:{namespace}");
            let groups = ["system:serviceaccounts", text(&own)];
            spec.push(("user", Value::Str(text(&name))));
            spec.push(("groups", list(&bump, groups.map(Value::Str))));
        }
        None => {
            let known = [
                ("user", "username"),
                ("groups", "groups"),
                ("uid", "uid"),
                ("extra", "extra"),
            ];
            spec.extend(known.into_iter().filter_map(|(field, key)| {
                let value = portcullis_lang::value::copy(&bump, user.info.get(key)?);
                Some((field, value))
            }));
        }
    }
    let review = [
        ("apiVersion", Value::Str("authorization.k8s.io/v1")),
        ("kind", Value::Str("SubjectAccessReview")),
        ("spec", object(&bump, spec)),
    ];
    Fact::Api(Box::new(ApiCall {
        method: Method::Post,
        target: ApiTarget::Kubernetes {
            path: "/apis/authorization.k8s.io/v1/subjectaccessreviews".to_owned(),
        },
        body: Some(to_json(object(&bump, review))),
    }))
}

#[cfg(test)]
mod tests {
    use super::question;
    use crate::facts::{ApiCall, Fact};
    use crate::review::UserInfo;
    use bumpalo::Bump;
    use portcullis_lang::cel::val::Authorizer;
    use portcullis_lang::value::parse_json;

    #[test]
    fn questions_are_reviews() {
        let pods = Authorizer {
            resource: "pods",
            namespace: "prod",
            label_selector: Some("a=b"),
            ..Authorizer::default()
        };
        check(
            "a resource",
            &pods,
            r#"{"resourceAttributes": {
                "version": "*", "resource": "pods", "namespace": "prod", "verb": "get",
                "labelSelector": {"rawSelector": "a=b"}},
            "user": "alice", "groups": ["dev"], "extra": {"k": ["v"]}}"#,
        );
        let of_account = Authorizer {
            service_account: Some(("prod", "bot")),
            ..pods
        };
        check(
            "a service account",
            &of_account,
            r#"{"resourceAttributes": {
                "version": "*", "resource": "pods", "namespace": "prod", "verb": "get",
                "labelSelector": {"rawSelector": "a=b"}},
            "user": "system:serviceaccount:prod:bot",
            "groups": ["system:serviceaccounts", "system:serviceaccounts:prod"]}"#,
        );
        let path = Authorizer {
            path: Some("/healthz"),
            ..Authorizer::default()
        };
        check(
            "a path",
            &path,
            r#"{"nonResourceAttributes": {"path": "/healthz", "verb": "get"},
            "user": "alice", "groups": ["dev"], "extra": {"k": ["v"]}}"#,
        );
    }

    #[track_caller]
    fn check(case: &str, asked: &Authorizer<'_>, spec: &str) {
        let bump = Bump::new();
        let json = |text| parse_json(&bump, text).unwrap();
        let user = UserInfo {
            info: json(r#"{"username": "alice", "groups": ["dev"], "extra": {"k": ["v"]}}"#),
            ..UserInfo::default()
        };
        let Fact::Api(call) = question(asked, "get", &user) else {
            panic!("{case}: no call");
        };
        let ApiCall { body, .. } = *call;
        let sent = json(bump.alloc_str(&body.unwrap()));
        assert_eq!(sent.get("spec"), Some(json(spec)), "{case}");
    }
}

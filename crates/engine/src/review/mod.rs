//! One admission request, read in place.
//!
//! Comes in:  the bytes of an AdmissionReview, or an object that somebody wants evaluated.
//! Goes out:  [`Review`], whose parts are views of the tape.
//! Never here: HTTP, policies.

mod decode;
mod envelope;
mod parent;
mod plural;
mod trim;

use bumpalo::Bump;
use portcullis_lang::value::{Map, Value, list, object};

pub use decode::{Buffers, Refusal};
pub(crate) use envelope::Envelope;
pub use envelope::Heading;
pub use plural::plural;

/// What is being done to the object.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Operation {
    /// `CREATE`.
    #[default]
    Create,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `CONNECT`.
    Connect,
}

impl Operation {
    /// Reads the name that Kubernetes uses, in upper case.
    pub fn parse(text: &str) -> Option<Operation> {
        match text {
            "CREATE" => Some(Operation::Create),
            "UPDATE" => Some(Operation::Update),
            "DELETE" => Some(Operation::Delete),
            "CONNECT" => Some(Operation::Connect),
            _ => None,
        }
    }

    /// The name that Kubernetes uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }
}

/// Group, version and kind, and the subresource that is addressed, if any.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct ResourceKind<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// `scale`, `exec`, ...; empty for the resource itself.
    pub subresource: &'a str,
}

impl<'a> ResourceKind<'a> {
    /// From an object's `apiVersion` and `kind`.
    pub fn of(object: Value<'a>) -> ResourceKind<'a> {
        let (group, version) = match object.text("apiVersion").split_once('/') {
            Some((group, version)) => (group, version),
            None => ("", object.text("apiVersion")),
        };
        ResourceKind {
            group,
            version,
            kind: object.text("kind"),
            subresource: "",
        }
    }
}

/// Who sends the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserInfo<'a> {
    /// `userInfo` as it stands in the request: `username`, `groups`, ...
    pub info: Value<'a>,
    /// `namespace:name` of the roles that the user is bound to.
    pub roles: &'a [&'a str],
    /// The cluster roles that the user is bound to.
    pub cluster_roles: &'a [&'a str],
}

impl<'a> UserInfo<'a> {
    /// Who asks where nobody does: policies of the API server see a user all the same, the one of Kyverno's
    /// background scan.
    pub fn of_background_scan(bump: &'a Bump) -> UserInfo<'a> {
        let name = Value::Str("system:kyverno:background-scan");
        let groups = list(bump, [name]);
        let info = object(
            bump,
            [("username", name), ("uid", name), ("groups", groups)],
        );
        UserInfo {
            info,
            ..UserInfo::default()
        }
    }

    /// The user name.
    pub fn username(&self) -> &'a str {
        self.info.text("username")
    }

    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.info
            .get("groups")
            .and_then(Value::as_list)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Is nothing known about the user at all?
    pub fn is_empty(&self) -> bool {
        self.username().is_empty()
            && self.groups().next().is_none()
            && self.roles.is_empty()
            && self.cluster_roles.is_empty()
    }
}

/// One request, decoded. Copying it copies views.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// To be repeated in the answer.
    pub uid: &'a str,
    /// What kind of object it is about; for a subresource, the kind of its resource.
    pub kind: ResourceKind<'a>,
    /// What is done to it.
    pub operation: Operation,
    /// The object's namespace; empty for cluster-scoped objects.
    pub namespace: &'a str,
    /// The object after the request; `None` for `DELETE`.
    pub object: Option<Value<'a>>,
    /// The object before the request.
    pub old_object: Option<Value<'a>>,
    /// Who sends it.
    pub user: UserInfo<'a>,
    /// Labels of the object's namespace, where they are known.
    pub namespace_labels: Option<Map<'a>>,
    /// The object's namespace as a whole, where somebody stated it.
    pub namespace_object: Option<Value<'a>>,
    /// The request as variables see it: `request` of the context.
    pub request: Value<'a>,
    /// Does this come from an API server? Scans and the command line do without `userInfo`.
    pub admission: bool,
}

impl<'a> Review<'a> {
    /// A request that does `operation` to `resource`, as a scan or the command line makes it.
    ///
    /// `DELETE` has only an old object, `UPDATE` both.
    pub fn of_resource(
        bump: &'a Bump,
        resource: Value<'a>,
        operation: Operation,
        user: UserInfo<'a>,
    ) -> Self {
        let namespace = resource
            .at(&["metadata"])
            .map_or("", |metadata| metadata.text("namespace"));
        let (object, old_object) = match operation {
            Operation::Delete => (None, Some(resource)),
            Operation::Update => (Some(resource), Some(resource)),
            Operation::Create | Operation::Connect => (Some(resource), None),
        };
        let mut review = Review {
            uid: "",
            kind: ResourceKind::of(resource),
            operation,
            namespace,
            object,
            old_object,
            user,
            namespace_labels: None,
            namespace_object: None,
            request: Value::Null,
            admission: false,
        };
        review.request = review.request_variables(bump);
        review
    }

    /// The review of `object` in the place of the one that was sent: what policies made of it by then.
    #[must_use]
    pub fn with_object(&self, object: Value<'a>, bump: &'a Bump) -> Review<'a> {
        let sent = self.request.as_map().into_iter().flatten();
        let others = sent.filter(|(key, _)| *key != "object");
        Review {
            object: Some(object),
            request: portcullis_lang::value::object(bump, others.chain([("object", object)])),
            ..*self
        }
    }

    /// `request` as it looks without an API server: only what is known is there.
    fn request_variables(&self, bump: &'a Bump) -> Value<'a> {
        let names = |names: &'a [&'a str]| {
            portcullis_lang::value::list(bump, names.iter().map(|name| Value::Str(name)))
        };
        let mut entries = vec![
            ("namespace", Value::Str(self.namespace)),
            ("operation", Value::Str(self.operation.as_str())),
        ];
        entries.extend(self.object.map(|object| ("object", object)));
        entries.extend(self.old_object.map(|object| ("oldObject", object)));
        if !self.user.is_empty() {
            entries.push(("userInfo", self.user.info));
            if !self.user.roles.is_empty() {
                entries.push(("roles", names(self.user.roles)));
            }
            if !self.user.cluster_roles.is_empty() {
                entries.push(("clusterRoles", names(self.user.cluster_roles)));
            }
        }
        object(bump, entries)
    }

    /// The object that rules look at: the new one, or the old one where there is no new one.
    pub fn resource(&self) -> Value<'a> {
        self.object.or(self.old_object).unwrap_or_default()
    }

    /// `metadata.name` of the resource, or `metadata.generateName` where that is empty.
    pub fn name(&self) -> &'a str {
        let metadata = self.resource().get("metadata").unwrap_or_default();
        match metadata.text("name") {
            "" => metadata.text("generateName"),
            name => name,
        }
    }
}

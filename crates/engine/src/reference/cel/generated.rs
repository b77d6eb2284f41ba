//! Objects that a GeneratingPolicy makes, brought to the form in which they are created.

use bumpalo::Bump;
use portcullis_lang::value::{Document, Value, object};

/// What an API server sets itself.
const OF_SERVER: [&str; 5] = [
    "uid",
    "selfLink",
    "creationTimestamp",
    "managedFields",
    "resourceVersion",
];

/// The label of an object that others are copies of. The copies are not.
const CLONE_SOURCE: &str = "generate.kyverno.io/clone-source";

/// The objects, and those of lists among them, in a namespace; outside any where it is empty.
pub(super) fn objects(
    objects: &[Value<'_>],
    namespace: &str,
) -> Result<Vec<Document>, &'static str> {
    let mut made = Vec::with_capacity(objects.len());
    for value in objects {
        let items = value.get("items").and_then(Value::as_list);
        // A list of one kind names the kind that its items come without.
        match (value.text("kind").strip_suffix("List"), items) {
            (Some(kind), Some(items)) => {
                let bump = Bump::new();
                let known = [("apiVersion", value.text("apiVersion")), ("kind", kind)];
                let known = known.map(|(key, text)| (key, Value::Str(text)));
                for item in items.iter() {
                    let own = item.as_map().into_iter().flatten();
                    let whole = match kind {
                        "" => item,
                        _ => object(&bump, known.into_iter().chain(own)),
                    };
                    made.push(placed(whole, namespace)?);
                }
            }
            _ => made.push(placed(*value, namespace)?),
        }
    }
    Ok(made)
}

/// One object in a namespace, without what belongs to the object that it may be a copy of.
pub(super) fn placed(value: Value<'_>, namespace: &str) -> Result<Document, &'static str> {
    let bump = Bump::new();
    let entries = value
        .as_map()
        .ok_or("what is generated must be an object")?;
    let metadata = value.get("metadata").unwrap_or_default();
    let before = metadata.text("namespace");
    let moves = !before.is_empty() && before != namespace;
    let kept = metadata.as_map().into_iter().flat_map(|map| map.iter());
    let kept = kept.filter(|(key, _)| {
        !OF_SERVER.contains(key) && *key != "namespace" && !(moves && *key == "ownerReferences")
    });
    let namespace = (!namespace.is_empty()).then_some(("namespace", Value::Str(namespace)));
    // What came from an API server is the source of this copy.
    let (version, uid) = (metadata.text("resourceVersion"), metadata.text("uid"));
    let labels = (!version.is_empty() && !uid.is_empty()).then(|| {
        let own = metadata.get("labels").and_then(Value::as_map);
        let own = own
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != CLONE_SOURCE);
        let source = [
            ("generate.kyverno.io/source-uid", Value::Str(uid)),
            ("generate.kyverno.io/source-namespace", Value::Str(before)),
        ];
        ("labels", object(&bump, own.chain(source)))
    });
    let metadata = object(&bump, kept.chain(namespace).chain(labels));
    let others = entries.iter().filter(|(key, _)| *key != "metadata");
    let made = object(&bump, others.chain([("metadata", metadata)]));
    Ok(Document::from_value(made))
}

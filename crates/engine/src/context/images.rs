//! `images`: the image references of a resource, taken apart.
//!
//! Where they stand follows from the kind of the resource, or from `imageExtractors` of a rule.
//!
//! ```text
//! images.containers.NAME = {registry, path, name, tag, digest, reference, referenceWithTag, jsonPointer}
//! ```

use std::collections::BTreeMap;

use bumpalo::Bump;
use portcullis_lang::scalar::image::{Defaults, Image};
use portcullis_lang::value::{Map, Value, object};

use crate::facts::Fault;

/// The images of the object that a rule is about; computed when they are mentioned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Images<'v> {
    resource: Value<'v>,
    extractors: Option<Value<'v>>,
    /// Tells one question from another: a new object, other extractors.
    question: usize,
    state: State<'v>,
}

#[derive(Clone, Copy, Debug)]
enum State<'v> {
    Pending,
    /// `None`: there are none, and no variable for them.
    Known(Option<Value<'v>>),
}

impl<'v> Images<'v> {
    /// The images of `resource` where Kubernetes' own kinds have them.
    pub(super) fn of(resource: Value<'v>) -> Self {
        Images {
            resource,
            extractors: None,
            question: 0,
            state: State::Pending,
        }
    }

    /// Those of another object.
    pub(super) fn with_resource(self, resource: Value<'v>) -> Self {
        Images {
            resource,
            question: self.question + 1,
            state: State::Pending,
            ..self
        }
    }

    /// Those that stand elsewhere.
    pub(super) fn with_extractors(self, extractors: Option<Value<'v>>) -> Self {
        Images {
            extractors,
            question: self.question + 1,
            state: State::Pending,
            ..self
        }
    }

    /// The same question with its answer.
    pub(super) fn with_answer(self, images: Option<Value<'v>>) -> Self {
        Images {
            state: State::Known(images),
            ..self
        }
    }

    pub(super) fn is_pending(self) -> bool {
        matches!(self.state, State::Pending)
    }

    /// The answer that was found since `earlier`, where that is the same question.
    pub(super) fn found_since(self, earlier: Images<'v>) -> Option<Option<Value<'v>>> {
        match self.state {
            State::Known(images) if earlier.is_pending() && self.question == earlier.question => {
                Some(images)
            }
            _ => None,
        }
    }

    /// Looks them up: `None` where there are none. `apply` asks a `jmesPath` of an image.
    pub(super) fn find(
        self,
        defaults: Defaults<'_>,
        bump: &'v Bump,
        apply: &dyn Fn(&str, Value<'v>) -> Result<Value<'v>, Fault>,
    ) -> Result<Option<Value<'v>>, Fault> {
        let mut search = Search {
            defaults,
            bump,
            apply,
            found: BTreeMap::new(),
        };
        for extractor in extractors(self.resource.text("kind"), self.extractors) {
            search.look(self.resource, &extractor.fields, &extractor, "")?;
        }
        let found = search.found.into_iter();
        let groups = found.map(|(group, images)| (group, object(bump, images)));
        let groups: Vec<_> = groups.collect();
        Ok((!groups.is_empty()).then(|| object(bump, groups)))
    }
}

/// Where images stand in one kind of resource.
struct Extractor<'v> {
    /// The name under which they are found: `containers`.
    group: &'v str,
    /// The way to the object that holds one; `*` is every item.
    fields: Vec<&'v str>,
    /// The field of that object which names it; empty: its place does.
    key: &'v str,
    /// The field of that object which is the image.
    value: &'v str,
    /// What is asked of the image to get at the reference; empty: it is one.
    jmes_path: &'v str,
}

fn extractors<'v>(kind: &str, written: Option<Value<'v>>) -> Vec<Extractor<'v>> {
    let own = written.and_then(|kinds| kinds.get(kind));
    if let Some(own) = own.and_then(Value::as_list) {
        return own.iter().filter_map(Extractor::read).collect();
    }
    let pod: &[&str] = match kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "DaemonSet"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "StatefulSet"
        | "Job" => &["spec", "template", "spec"],
        _ => return Vec::new(),
    };
    let standard = ["initContainers", "containers", "ephemeralContainers"];
    let extractor = |group| Extractor {
        group,
        fields: pod.iter().copied().chain([group, "*"]).collect(),
        key: "name",
        value: "image",
        jmes_path: "",
    };
    standard.into_iter().map(extractor).collect()
}

impl<'v> Extractor<'v> {
    /// `None` where there is no way to an image at all.
    fn read(written: Value<'v>) -> Option<Self> {
        let path = written.text("path").split('/').map(str::trim);
        let mut fields: Vec<_> = path.filter(|field| !field.is_empty()).collect();
        let value = match written.text("value") {
            "" => fields.pop()?,
            value => value,
        };
        let group = match written.text("name") {
            "" => "custom",
            name => name,
        };
        Some(Extractor {
            group,
            fields,
            key: written.text("key"),
            value,
            jmes_path: written.text("jmesPath"),
        })
    }
}

struct Search<'s, 'v> {
    defaults: Defaults<'s>,
    bump: &'v Bump,
    apply: &'s dyn Fn(&str, Value<'v>) -> Result<Value<'v>, Fault>,
    found: BTreeMap<&'v str, BTreeMap<&'v str, Value<'v>>>,
}

impl<'v> Search<'_, 'v> {
    /// Goes down `fields`. What is missing on the way is no error; what is of another shape is.
    fn look(
        &mut self,
        value: Value<'v>,
        fields: &[&'v str],
        extractor: &Extractor<'v>,
        at: &str,
    ) -> Result<(), Fault> {
        match (fields.split_first(), value) {
            (_, Value::Null) => Ok(()),
            (Some((&"*", rest)), Value::List(items)) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| {
                    self.look(item, rest, extractor, &format!("{at}/{index}"))
                })
            }
            (Some((&"*", rest)), Value::Map(entries)) => {
                entries.iter().try_for_each(|(key, item)| {
                    self.look(item, rest, extractor, &format!("{at}/{key}"))
                })
            }
            (Some((&"*", _)), _) => Err(Fault::Error("invalid type".to_owned())),
            (Some((field, rest)), Value::Map(entries)) => {
                let inner = entries.get(field).unwrap_or_default();
                self.look(inner, rest, extractor, &format!("{at}/{field}"))
            }
            (None, Value::Map(holder)) => self.image(holder, extractor, at),
            _ => Err(Fault::Error("invalid image config".to_owned())),
        }
    }

    fn image(&mut self, holder: Map<'v>, extractor: &Extractor<'v>, at: &str) -> Result<(), Fault> {
        let pointer = &*self.bump.alloc_str(&format!("{at}/{}", extractor.value));
        let key = match extractor.key {
            "" => pointer,
            key => holder
                .get(key)
                .and_then(Value::as_str)
                .ok_or_else(|| Fault::Error("invalid key".to_owned()))?,
        };
        let Some(mut text) = holder.get(extractor.value).and_then(Value::as_str) else {
            return Ok(());
        };
        if !extractor.jmes_path.is_empty() {
            let answer = (self.apply)(extractor.jmes_path, Value::Str(text))?;
            text = answer.as_str().ok_or_else(|| {
                Fault::Error(format!(
                    "jmespath {} must produce a string, but produced {}",
                    extractor.jmes_path,
                    answer.go_type()
                ))
            })?;
        }
        // A blank is what stands there until somebody else fills the image in.
        if text.trim().is_empty() {
            return Ok(());
        }
        let image = Image::parse(text, self.defaults)
            .map_err(|error| Fault::Error(format!("invalid image '{text}' ({error})")))?;
        let image = self.describe(&image, pointer);
        self.found
            .entry(extractor.group)
            .or_default()
            .insert(key, image);
        Ok(())
    }

    /// Fields that are empty are not there.
    fn describe(&self, image: &Image, pointer: &'v str) -> Value<'v> {
        let reference = image.reference();
        let with_tag = image.reference_with_tag();
        let fields = [
            ("registry", image.registry()),
            ("name", image.name()),
            ("path", image.path()),
            ("tag", image.tag()),
            ("digest", image.digest()),
            ("reference", &reference),
            ("referenceWithTag", &with_tag),
        ];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let fields = fields.map(|(key, text)| (key, Value::Str(self.bump.alloc_str(text))));
        object(self.bump, fields.chain([("jsonPointer", pointer.into())]))
    }
}

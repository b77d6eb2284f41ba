//! Files to the reviews that are measured with.
//!
//! Comes in:  files and directories: AdmissionReviews as JSON, one after the other; resources.
//! Goes out:  [`Case`]s: bodies of requests, byte for byte as an API server sent them where it did.
//! Never here: what the reviews are answered.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bumpalo::Bump;
use portcullis_engine::doc::PolicyKind;
use portcullis_engine::review::{ResourceKind, plural};
use portcullis_lang::value::{Value, to_json};
use serde_json::{Value as Json, json};

use crate::cli::load::{Resource, read_input, read_resources};

/// One review.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Where it comes from, and what it is about.
    pub(super) name: String,
    /// The body of the request.
    pub(super) body: String,
}

/// Reads every path, in order; directories with all that is below them.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut files = Vec::new();
            below(path, &mut files)?;
            for file in files {
                // A directory may hold other files too.
                if let Err(why) = file_cases(&file, &mut cases) {
                    anstream::eprintln!("not measured with: {why:#}");
                }
            }
        } else {
            file_cases(path, &mut cases)?;
        }
    }
    Ok(cases)
}

/// The files that may hold reviews or resources, sorted.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let listed = std::fs::read_dir(folder);
    let listed = listed.with_context(|| format!("failed to list `{}`", folder.display()))?;
    let mut paths = listed
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let extension = path.extension().and_then(|text| text.to_str());
        if path.is_dir() {
            below(&path, files)?;
        } else if matches!(
            extension,
            Some("json" | "jsonl" | "ndjson" | "yaml" | "yml")
        ) {
            files.push(path);
        }
    }
    Ok(())
}

fn file_cases(path: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let file = read_input(path)?;
    if let Some(recorded) = recorded(&file.text) {
        let recorded = recorded.with_context(|| format!("in `{}`", path.display()))?;
        cases.extend(recorded.into_iter().map(|(line, about, body)| Case {
            name: format!("{}:{line} {about}", path.display()),
            body: body.to_owned(),
        }));
        return Ok(());
    }
    if path == Path::new("-") {
        bail!("standard input is no AdmissionReview; resources are read from files");
    }
    let resources = read_resources(&[path.to_owned()])?;
    let about = resources.iter().filter(|resource| !is_tooling(resource));
    cases.extend(about.map(|resource| created(path, resource)));
    Ok(())
}

/// A review in a text: the line on which it begins, what it is about, its bytes.
type Recorded<'t> = (usize, String, &'t str);

/// The reviews of a text that begins with one; `None` where it holds something else.
fn recorded(file: &str) -> Option<Result<Vec<Recorded<'_>>>> {
    if !file.trim_start().starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(file).into_iter::<Json>();
    let mut found = Vec::new();
    let (mut from, mut line) = (0, 1);
    while let Some(value) = values.next() {
        let to = values.byte_offset();
        let body = file.get(from..to).unwrap_or_default();
        let blank = body.get(..body.len() - body.trim_start().len());
        line += blank.unwrap_or_default().matches('\n').count();
        match value {
            Ok(value) if text(&value, "/kind") == "AdmissionReview" => {
                let about = about(value.get("request").unwrap_or(&Json::Null));
                found.push((line, about, body.trim()));
            }
            _ if found.is_empty() => return None,
            Ok(_) => return Some(Err(anyhow!("line {line} is no AdmissionReview"))),
            Err(error) => return Some(Err(anyhow!("line {line}: {error}"))),
        }
        line += body.trim_start().matches('\n').count();
        from = to;
    }
    Some(Ok(found))
}

fn about(request: &Json) -> String {
    let subresource = match text(request, "/subResource") {
        "" => String::new(),
        name => format!("/{name}"),
    };
    let place = match text(request, "/namespace") {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    let name = match text(request, "/name") {
        "" => text(request, "/object/metadata/generateName"),
        name => name,
    };
    let (operation, kind) = (text(request, "/operation"), text(request, "/kind/kind"));
    format!("{operation} {kind}{subresource} {place}{name}")
}

/// The text at a JSON pointer; empty where there is none.
fn text<'j>(value: &'j Json, pointer: &str) -> &'j str {
    let text = value.pointer(pointer).and_then(Json::as_str);
    text.unwrap_or_default()
}

/// Policies and files of the command line, which lie beside resources.
fn is_tooling(resource: &Resource) -> bool {
    PolicyKind::of(resource.api_version(), resource.kind()).is_some()
        || resource.api_version().starts_with("cli.kyverno.io/")
        || resource
            .api_version()
            .starts_with("kustomize.config.k8s.io/")
}

/// The review that creates a resource.
fn created(path: &Path, resource: &Resource) -> Case {
    let root = resource.document.root();
    let bump = Bump::new();
    let of = ResourceKind::of(root);
    let kind = json!({"group": of.group, "version": of.version, "kind": of.kind});
    let plural = plural(of.kind, &bump);
    let named = json!({"group": of.group, "version": of.version, "resource": plural});
    let object: Json = serde_json::from_str(&to_json(root)).unwrap_or_default();
    let metadata = root.get("metadata").unwrap_or(Value::Null);
    let request = json!({
        "uid": "00000000-0000-4000-8000-000000000000",
        "kind": kind,
        "resource": named,
        "requestKind": kind,
        "requestResource": named,
        "name": metadata.text("name"),
        "namespace": metadata.text("namespace"),
        "operation": "CREATE",
        "userInfo": {
            "username": "kubernetes-admin",
            "groups": ["system:masters", "system:authenticated"],
        },
        "object": object,
        "oldObject": null,
        "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    });
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": request,
    });
    Case {
        name: format!("{} {}", path.display(), about(&request)),
        body: review.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::recorded;

    #[test]
    fn a_recording_is_taken_apart_as_it_is_written() {
        let review = |name: &str| {
            format!(
                "{{\"kind\": \"AdmissionReview\", \"request\": {{\"operation\": \"CREATE\", \
                 \"kind\": {{\"kind\": \"Pod\"}}, \"namespace\": \"shop\", \"name\": \"{name}\"}}}}"
            )
        };
        let (a, b) = (review("a"), review("b"));
        let text = format!("{a}\n\n{b}\n");
        let found = recorded(&text).unwrap().unwrap();
        assert_eq!(found[0], (1, "CREATE Pod shop/a".to_owned(), a.as_str()));
        assert_eq!(found[1], (3, "CREATE Pod shop/b".to_owned(), b.as_str()));
    }

    #[test]
    fn what_is_no_recording() {
        assert!(recorded("apiVersion: v1\nkind: Pod\n").is_none());
        assert!(recorded("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}").is_none());
        let broken = recorded("{\"kind\": \"AdmissionReview\"}\n{\"kind\":").unwrap();
        assert!(broken.unwrap_err().to_string().starts_with("line 2: "));
        let mixed = recorded("{\"kind\": \"AdmissionReview\"}\n{\"kind\": \"Pod\"}").unwrap();
        assert_eq!(
            mixed.unwrap_err().to_string(),
            "line 2 is no AdmissionReview"
        );
    }
}

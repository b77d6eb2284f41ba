//! Facts that the cluster's API server knows: ConfigMaps, namespaces, whatever a path answers.
//!
//! Comes in:  a fact.
//! Goes out:  its answer, read anew each time.
//! Never here: caches, other services.

use hyper::Request;
use hyper::header::CONTENT_TYPE;
use portcullis_engine::facts::{ApiCall, Method};
use portcullis_lang::value::{Document, Numbers, map_from_sorted};

use super::fetch::{Asked, NoAnswer};
use crate::cluster::Cluster;

impl Cluster {
    /// A ConfigMap, whole.
    pub(super) async fn config_map(&self, namespace: &str, name: &str) -> Asked {
        let (namespace, name) = (segment(namespace)?, segment(name)?);
        let path = format!("/api/v1/namespaces/{namespace}/configmaps/{name}");
        self.get(&path).await
    }

    /// The labels of a namespace; an empty map when it has none.
    pub(super) async fn namespace_labels(&self, name: &str) -> Asked {
        let path = format!("/api/v1/namespaces/{}", segment(name)?);
        let namespace = self.get(&path).await?;
        let labels = namespace.root().at(&["metadata", "labels"]);
        Ok(Document::from_value(labels.unwrap_or(map_from_sorted(&[]))))
    }

    /// What a path answers.
    pub(super) async fn call(&self, path: &str, call: &ApiCall) -> Asked {
        match call.method {
            Method::Get => self.get(path).await,
            Method::Post => {
                let body = call.body.clone().unwrap_or_default();
                let request = Request::post(path).header(CONTENT_TYPE, "application/json");
                self.send(request.body(body.into_bytes())).await
            }
        }
    }

    async fn get(&self, path: &str) -> Asked {
        self.send(Request::get(path).body(Vec::new())).await
    }

    async fn send(&self, request: Result<Request<Vec<u8>>, hyper::http::Error>) -> Asked {
        let request = request.map_err(|error| NoAnswer::Said(error.to_string()))?;
        let text = self
            .client()
            .request_text(request)
            .await
            .map_err(|error| match error {
                // 429 and 5xx: it has trouble of its own. Everything else is an answer.
                kube::Error::Api(status) if status.code == 429 || status.code >= 500 => {
                    NoAnswer::Trouble(status.message)
                }
                kube::Error::Api(status) => NoAnswer::Said(status.message),
                other => NoAnswer::Trouble(other.to_string()),
            })?;
        Document::from_json(text.as_bytes(), Numbers::Doubles)
            .map_err(|error| NoAnswer::Said(error.to_string()))
    }
}

/// Names come out of requests: one that is no name must not lead to another path.
fn segment(name: &str) -> Result<&str, NoAnswer> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if name.is_empty() || name.starts_with('.') || !name.bytes().all(fits) {
        let why = format!("`{name}` is no name of an object");
        return Err(NoAnswer::Said(why));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, segment};

    #[test]
    fn only_names_become_parts_of_a_path() {
        for name in ["default", "kube-root-ca.crt", "a1"] {
            assert_eq!(segment(name), Ok(name));
        }
        for name in ["", ".", "..", "a/b", "a?b", "a%2fb", "a b"] {
            let error = format!("`{name}` is no name of an object");
            assert_eq!(segment(name), Err(NoAnswer::Said(error)));
        }
    }
}

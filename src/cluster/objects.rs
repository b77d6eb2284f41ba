//! Objects of the cluster as documents that policies are evaluated on.
//!
//! Comes in:  objects as the API server sends them.
//! Goes out:  documents with their kind, which the items of a list come without; lists, page by page.
//! Never here: what an object means.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, ObjectList, TypeMeta};
use kube::core::PartialObjectMeta;
use portcullis_lang::value::{Document, Numbers};

/// Objects in one answer of a list.
const PAGE: u32 = 500;

/// The requests for objects of a resource: of one namespace, or of all.
pub(crate) fn api(
    client: &Client,
    resource: &ApiResource,
    namespace: Option<&str>,
) -> Api<DynamicObject> {
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, resource),
        None => Api::all_with(client.clone(), resource),
    }
}

/// The object as a document; `resource` tells its kind where it does not.
///
/// # Errors
///
/// None of its own; an object came as JSON.
pub(crate) fn document(
    mut object: DynamicObject,
    resource: &ApiResource,
) -> Result<Document, String> {
    object.types.get_or_insert_with(|| TypeMeta {
        api_version: resource.api_version.clone(),
        kind: resource.kind.clone(),
    });
    let json = serde_json::to_vec(&object).map_err(|error| error.to_string())?;
    Document::from_json(&json, Numbers::Doubles).map_err(|error| error.to_string())
}

/// The object, as others refer to it; `resource` tells its kind where it does not.
pub(crate) fn reference(object: &DynamicObject, resource: &ApiResource) -> ObjectReference {
    let metadata = &object.metadata;
    ObjectReference {
        api_version: Some(resource.api_version.clone()),
        kind: Some(resource.kind.clone()),
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone(),
        uid: metadata.uid.clone(),
        resource_version: metadata.resource_version.clone(),
        field_path: None,
    }
}

/// A list that is read page by page, so that it never takes more memory than one page.
pub(crate) struct Pages {
    api: Api<DynamicObject>,
    params: ListParams,
    ended: bool,
}

impl Pages {
    /// All objects behind `api`, with these labels if any are named.
    pub(crate) fn new(api: Api<DynamicObject>, labels: Option<&str>) -> Pages {
        let mut params = ListParams::default().limit(PAGE);
        if let Some(labels) = labels {
            params = params.labels(labels);
        }
        Pages {
            api,
            params,
            ended: false,
        }
    }

    /// The next page; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// The API server's. A list that took too long to read (410) has to be begun anew.
    pub(crate) async fn next(&mut self) -> kube::Result<Option<Vec<DynamicObject>>> {
        if self.ended {
            return Ok(None);
        }
        let page = self.api.list(&self.params).await?;
        Ok(Some(self.turn(page)))
    }

    /// [`Pages::next`] of the objects' metadata alone.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`].
    pub(crate) async fn next_metadata(
        &mut self,
    ) -> kube::Result<Option<Vec<PartialObjectMeta<DynamicObject>>>> {
        if self.ended {
            return Ok(None);
        }
        let page = self.api.list_metadata(&self.params).await?;
        Ok(Some(self.turn(page)))
    }

    /// What a page holds; goes on behind it.
    fn turn<T: Clone>(&mut self, page: ObjectList<T>) -> Vec<T> {
        let next = page.metadata.continue_.filter(|token| !token.is_empty());
        self.ended = next.is_none();
        self.params.continue_token = next;
        page.items
    }
}

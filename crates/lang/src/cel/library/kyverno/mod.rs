//! What Kyverno adds for its own policies.
//!
//! Functions on a library's object go by two names, as in `resource.get` and `resource.Get`.

mod ask;
mod digest;
mod reference;

crate::cel::library::functions! {
    contains_digest CONTAINS_DIGEST,
    digest_of DIGEST_OF,
    extract_payload EXTRACT_PAYLOAD,
    generator_apply GENERATOR_APPLY,
    generator_apply_namespaced GENERATOR_APPLY_NAMESPACED,
    get_image_data GET_IMAGE_DATA,
    global_context_get GLOBAL_CONTEXT_GET,
    gzip_compress GZIP_COMPRESS,
    gzip_decompress GZIP_DECOMPRESS,
    http_client HTTP_CLIENT,
    http_get HTTP_GET,
    http_post HTTP_POST,
    identifier IDENTIFIER,
    image_get_metadata IMAGE_GET_METADATA,
    is_image IS_IMAGE,
    json_marshal JSON_MARSHAL,
    json_unmarshal JSON_UNMARSHAL,
    list_obj_to_map LIST_OBJ_TO_MAP,
    md5 MD5,
    parse_image_reference PARSE_IMAGE_REFERENCE,
    parse_service_account PARSE_SERVICE_ACCOUNT,
    random RANDOM,
    registry REGISTRY,
    repository REPOSITORY,
    resource_get RESOURCE_GET,
    resource_get_namespaced RESOURCE_GET_NAMESPACED,
    resource_list RESOURCE_LIST,
    resource_list_namespaced RESOURCE_LIST_NAMESPACED,
    resource_post RESOURCE_POST,
    resource_post_namespaced RESOURCE_POST_NAMESPACED,
    resource_to_gvr RESOURCE_TO_GVR,
    sha1 SHA1,
    sha256 SHA256,
    tag TAG,
    time_now TIME_NOW,
    time_to_cron TIME_TO_CRON,
    time_truncate TIME_TRUNCATE,
    verify_attestation_signatures VERIFY_ATTESTATION_SIGNATURES,
    verify_image_signatures VERIFY_IMAGE_SIGNATURES,
    x509_decode X509_DECODE,
    yaml_parse YAML_PARSE,
}

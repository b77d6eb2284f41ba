//! What policies have that answer requests to servers: the modes `Envoy` and `HTTP`.

mod jwt;
mod message;
mod request;

pub(super) use message::field;

crate::cel::library::functions! {
    envoy_allowed ENVOY_ALLOWED,
    envoy_denied ENVOY_DENIED,
    envoy_header ENVOY_HEADER,
    envoy_query_param ENVOY_QUERY_PARAM,
    envoy_response ENVOY_RESPONSE,
    header HEADER,
    http_allowed HTTP_ALLOWED,
    http_denied HTTP_DENIED,
    http_response HTTP_RESPONSE,
    jwks_fetch JWKS_FETCH,
    jwt_decode JWT_DECODE,
    keep_empty_value KEEP_EMPTY_VALUE,
    query_param QUERY_PARAM,
    with_body WITH_BODY,
    with_header WITH_HEADER,
    with_message WITH_MESSAGE,
    with_metadata WITH_METADATA,
    with_query_param WITH_QUERY_PARAM,
    with_response_header WITH_RESPONSE_HEADER,
    without_header WITHOUT_HEADER,
    without_query_param WITHOUT_QUERY_PARAM,
}

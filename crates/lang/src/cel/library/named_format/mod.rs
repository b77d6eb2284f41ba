//! Kubernetes' named formats.

mod form;

use crate::cel::library::Ty;

crate::cel::library::functions! {
    byte BYTE,
    date DATE,
    datetime DATETIME,
    dns1035_label DNS1035_LABEL,
    dns1035_label_prefix DNS1035_LABEL_PREFIX,
    dns1123_label DNS1123_LABEL,
    dns1123_label_prefix DNS1123_LABEL_PREFIX,
    dns1123_subdomain DNS1123_SUBDOMAIN,
    dns1123_subdomain_prefix DNS1123_SUBDOMAIN_PREFIX,
    label_value LABEL_VALUE,
    named NAMED,
    qualified_name QUALIFIED_NAME,
    uri URI,
    uuid UUID,
    validate VALIDATE,
}

const TYPE: Ty = Ty::Opaque("kubernetes.NamedFormat");

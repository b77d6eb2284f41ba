//! A certificate and a request with every extension that fills a field.

use crate::functions::tests::eval;

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn certificate() {
    let pem = include_str!("testdata/extensions.pem");
    check(pem, "[IsCA, BasicConstraintsValid]",     "[true,true]");
    check(pem, "[MaxPathLen, MaxPathLenZero]",      "[0,true]");
    check(pem, "KeyUsage",                          "97");
    check(pem, "ExtKeyUsage",                       "[2,1,9]");
    check(pem, "UnknownExtKeyUsage",                "[[1,2,3,4]]");
    check(pem, "SignatureAlgorithm",                "14");
    check(pem, "Subject.[Country, Organization]",   r#"[["DE"],["A"]]"#);
    check(pem, "Subject.CommonName",                r#""C""#);
    check(pem, "Subject.Names[].Value",             r#"["DE","B","A","C"]"#);
    check(pem, "PermittedDNSDomains",               r#"["example.com"]"#);
    check(pem, "PermittedDNSDomainsCritical",       "true");
    check(pem, "PermittedIPRanges",                 r#"[{"IP":"10.0.0.0","Mask":"/wAAAA=="}]"#);
    check(pem, "ExcludedEmailAddresses",            r#"["bad.example"]"#);
    check(pem, "ExcludedURIDomains",                r#"["evil.example"]"#);
    check(pem, "Policies",                          r#"["1.2.3.4.5","2.5.29.32.0"]"#);
    check(pem, "PolicyIdentifiers[0]",              "[1,2,3,4,5]");
    check(pem, "[RequireExplicitPolicy, RequireExplicitPolicyZero]", "[3,false]");
    check(pem, "[InhibitPolicyMapping, InhibitPolicyMappingZero]",   "[0,true]");
    check(pem, "InhibitAnyPolicy",                  "2");
    check(pem, "CRLDistributionPoints",             r#"["http://crl.example/a.crl"]"#);
    check(pem, "OCSPServer",                        r#"["http://ocsp.example"]"#);
    check(pem, "IssuingCertificateURL",             r#"["http://ca.example/ca.crt"]"#);
    check(pem, "UnhandledCriticalExtensions",       "[[1,2,3,4,5,6]]");
    check(pem, "[DNSNames, AuthorityKeyId, URIs]",  "[null,null,null]");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn request() {
    let pem = include_str!("testdata/request.pem");
    check(pem, "DNSNames",                          r#"["a.example"]"#);
    check(pem, "EmailAddresses",                    r#"["x@y.z"]"#);
    check(pem, "IPAddresses",                       r#"["10.0.0.1","::1"]"#);
    check(pem, "URIs[0].[Host, Path, RawQuery, User]", r#"["h:1","/p q","x",{}]"#);
    check(pem, "Extensions[].Critical",             "[false,true,true]");
    check(pem, "Attributes[0].Value[0][1].Value",   "true");
    check(pem, "[SignatureAlgorithm, Version]",     "[4,0]");
}

#[track_caller]
fn check(pem: &str, field: &str, expect: &str) {
    let got = eval(&format!("x509_decode('{pem}').{{it: {field}}}.it"));
    assert_eq!(got.as_deref(), Ok(expect), "{field}");
}

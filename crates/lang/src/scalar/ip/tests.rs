//! Addresses and networks against Go's `net/netip`.

use super::{Address, Cidr};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn addresses() {
    check("10.0.0.1",              "10.0.0.1");
    check("::",                    "::");
    check("::1",                   "::1");
    check("2001:DB8::0:1",         "2001:db8::1");
    check("1:2:3:4:5:6:7::",       "1:2:3:4:5:6:7:0");
    check("::2:3:4:5:6:7:8",       "0:2:3:4:5:6:7:8");
    check("::ffff:1.2.3.4",        "::ffff:1.2.3.4");
    check("1:2:3:4:5:6:1.2.3.4",   "1:2:3:4:5:6:102:304");
    check("::1.2.3.4",             "::102:304");
    check("fe80::1%eth0",          "fe80::1%eth0");
    check("",                      r#"ParseAddr(""): unable to parse IP"#);
    check("10",                    r#"ParseAddr("10"): unable to parse IP"#);
    check("%eth0",                 r#"ParseAddr("%eth0"): missing IPv6 address"#);
    check("10.0.0.01",             r#"ParseAddr("10.0.0.01"): IPv4 field has octet with leading zero"#);
    check("10.0.0.256",            r#"ParseAddr("10.0.0.256"): IPv4 field has value >255"#);
    check("10..0.1",               r#"ParseAddr("10..0.1"): IPv4 field must have at least one digit (at ".0.1")"#);
    check("10.0.0.",               r#"ParseAddr("10.0.0."): IPv4 field must have at least one digit (at ".")"#);
    check("1.2.3.4.5",             r#"ParseAddr("1.2.3.4.5"): IPv4 address too long"#);
    check("1.2.3",                 r#"ParseAddr("1.2.3"): IPv4 address too short"#);
    check("1.2.3.x",               r#"ParseAddr("1.2.3.x"): unexpected character (at "x")"#);
    check("fe80::1%",              r#"ParseAddr("fe80::1%"): zone must be a non-empty string"#);
    check("1::2::3",               r#"ParseAddr("1::2::3"): multiple :: in address (at ":3")"#);
    check(":1",                    r#"ParseAddr(":1"): each colon-separated field must have at least one digit (at ":1")"#);
    check("1:",                    r#"ParseAddr("1:"): colon must be followed by more characters (at ":")"#);
    check("1:2",                   r#"ParseAddr("1:2"): address string too short"#);
    check("1:2:3:4:5:6:7:8:9",     r#"ParseAddr("1:2:3:4:5:6:7:8:9"): trailing garbage after address (at "9")"#);
    check("1:2:3:4::5:6:7:8",      r#"ParseAddr("1:2:3:4::5:6:7:8"): the :: must expand to at least one field of zeros"#);
    check("12345::",               r#"ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")"#);
    check("::g",                   r#"ParseAddr("::g"): each colon-separated field must have at least one digit (at "g")"#);
    check("1:1.2.3.4",             r#"ParseAddr("1:1.2.3.4"): embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")"#);
    check("::1:2:3:4:5:6:7.1.1.1", r#"ParseAddr("::1:2:3:4:5:6:7.1.1.1"): the :: must expand to at least one field of zeros"#);
}

#[track_caller]
fn check(text: &str, expect: &str) {
    let got = Address::parse(text).map_or_else(|e| e.to_string(), |address| address.to_string());
    assert_eq!(got, expect, "`{text}`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn networks() {
    check_cidr("10.1.2.3/8",       "10.1.2.3/8 is 10.0.0.0/8");
    check_cidr("::1/0",            "::1/0 is ::/0");
    check_cidr("10.0.0.1/32",      "10.0.0.1/32 is 10.0.0.1/32");
    check_cidr("10.0.0.0",         r#"netip.ParsePrefix("10.0.0.0"): no '/'"#);
    check_cidr("/8",               r#"netip.ParsePrefix("/8"): ParseAddr(""): unable to parse IP"#);
    check_cidr("10.0.0.0/33",      r#"netip.ParsePrefix("10.0.0.0/33"): prefix length out of range"#);
    check_cidr("::/129",           r#"netip.ParsePrefix("::/129"): prefix length out of range"#);
    check_cidr("10.0.0.0/08",      r#"netip.ParsePrefix("10.0.0.0/08"): bad bits after slash: "08""#);
    check_cidr("10.0.0.0/+8",      r#"netip.ParsePrefix("10.0.0.0/+8"): bad bits after slash: "+8""#);
    check_cidr("10.0.0.0/",        r#"netip.ParsePrefix("10.0.0.0/"): bad bits after slash: """#);
    check_cidr("fe80::1%a/64",     r#"netip.ParsePrefix("fe80::1%a/64"): IPv6 zones cannot be present in a prefix"#);
}

#[track_caller]
fn check_cidr(text: &str, expect: &str) {
    let got = Cidr::parse(text).map_or_else(
        |e| e.to_string(),
        |cidr| format!("{cidr} is {}", cidr.masked()),
    );
    assert_eq!(got, expect, "`{text}`");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn containment() {
    check_inside("10.0.0.0/8",    "10.255.0.1",      true);
    check_inside("10.1.2.3/8",    "10.0.0.0",        true);
    check_inside("10.0.0.0/8",    "11.0.0.0",        false);
    check_inside("0.0.0.0/0",     "255.0.0.1",       true);
    check_inside("0.0.0.0/0",     "::1",             false);
    check_inside("0.0.0.0/0",     "::ffff:1.2.3.4",  false);
    check_inside("::/0",          "::ffff:1.2.3.4",  true);
    check_inside("fe80::/10",     "febf::1",         true);
    check_inside("10.0.0.1/32",   "10.0.0.2",        false);
}

#[track_caller]
fn check_inside(cidr: &str, ip: &str, expect: bool) {
    let cidr = Cidr::parse(cidr).unwrap();
    let ip = Address::parse(ip).unwrap().ip;
    assert_eq!(cidr.contains(ip), expect, "{ip} in {cidr}");
}

#[test]
fn networks_in_networks() {
    let table = [
        ("10.0.0.0/8", "10.1.0.0/16", true),
        ("10.0.0.0/8", "10.0.0.0/8", true),
        ("10.0.0.0/16", "10.0.0.0/8", false),
        ("10.0.0.0/8", "11.0.0.0/16", false),
        ("0.0.0.0/0", "::/0", false),
    ];
    for (outer, inner, expect) in table {
        let contains = Cidr::parse(outer)
            .unwrap()
            .contains_cidr(&Cidr::parse(inner).unwrap());
        assert_eq!(contains, expect, "{inner} in {outer}");
    }
}

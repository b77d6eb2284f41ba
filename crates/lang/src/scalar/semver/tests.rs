//! Versions and ranges against `blang/semver`.

use std::cmp::Ordering;

use super::{Version, VersionRange};

#[test]
fn ordered_as_the_specification_says() {
    let ascending = [
        "0.0.0",
        "1.0.0-0",
        "1.0.0-1",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1-0",
        "1.10.0",
        "2.0.0",
        "18446744073709551615.0.0",
    ];
    let versions = ascending.map(|text| Version::parse(text).unwrap());
    for (at, a) in versions.iter().enumerate() {
        for (other, b) in versions.iter().enumerate() {
            assert_eq!(
                a.cmp(b),
                at.cmp(&other),
                "{} {}",
                ascending[at],
                ascending[other]
            );
        }
    }
    let build = Version::parse("1.0.0+b1.-").unwrap();
    assert_eq!(
        build.cmp(&Version::parse("1.0.0+b2").unwrap()),
        Ordering::Equal
    );
    assert_eq!(Version::parse("0.0.0").unwrap(), Version::ZERO);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused() {
    check_refused("",             "Version string empty");
    check_refused("1.2",          "No Major.Minor.Patch elements found");
    check_refused("v1.2.3",       r#"Invalid character(s) found in major number "v1""#);
    check_refused("1.b.3",        r#"Invalid character(s) found in minor number "b""#);
    check_refused("1.2.3.4",      r#"Invalid character(s) found in patch number "3.4""#);
    check_refused("01.2.3",       r#"Major number must not contain leading zeroes "01""#);
    check_refused("1.2.00",       r#"Patch number must not contain leading zeroes "00""#);
    check_refused(".2.3",         r#"strconv.ParseUint: parsing "": invalid syntax"#);
    check_refused("1.18446744073709551616.3", r#"strconv.ParseUint: parsing "18446744073709551616": value out of range"#);
    check_refused("1.2.3-",       "Prerelease is empty");
    check_refused("1.2.3-01",     r#"Numeric PreRelease version must not contain leading zeroes "01""#);
    check_refused("1.2.3-a_b",    r#"Invalid character(s) found in prerelease "a_b""#);
    check_refused("1.2.3+",       "Build meta data is empty");
    check_refused("1.2.3+a+b",    r#"Invalid character(s) found in build meta data "a+b""#);
}

#[track_caller]
fn check_refused(text: &str, expect: &str) {
    assert_eq!(
        Version::parse(text).unwrap_err().to_string(),
        expect,
        "`{text}`"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn ranges() {
    //    range                    inside                                     outside
    check("1.2.3",                 &["1.2.3", "1.2.3+b"],                     &["1.2.4", "1.2.3-a"]);
    check("==1.2.3",               &["1.2.3"],                                &["1.2.4"]);
    check("!1.2.3",                &["1.2.4", "0.0.0"],                       &["1.2.3"]);
    check(">=1.0.0 <2.0.0",        &["1.0.0", "1.9.9", "2.0.0-rc.1"],         &["1.0.0-a", "2.0.0"]);
    check("> 1.0.0",               &["1.0.1"],                                &["1.0.0"]);
    check(">  =  1.0.0",           &["1.0.0"],                                &["0.9.9"]);
    check("<1.0.0 || >=2.0.0",     &["0.9.0", "2.0.0"],                       &["1.0.0"]);
    check(">1.0.0 <2.0.0 || >3.0.0 !4.2.1", &["1.2.3", "3.1.1"],              &["4.2.1", "2.1.1", "1.0.0"]);
    check("1.x",                   &["1.0.0", "1.99.0", "2.0.0-a"],           &["2.0.0", "1.0.0-a"]);
    check("1.2.x",                 &["1.2.0", "1.2.9"],                       &["1.3.0", "1.1.9"]);
    check("1.x.x",                 &["1.0.0", "1.0.9"],                       &["1.1.0"]);
    check(">1.x",                  &["2.0.0"],                                &["1.9.9"]);
    check("<=1.2.x",               &["1.2.9", "0.0.0"],                       &["1.3.0"]);
    check("<2.x",                  &["1.9.9"],                                &["2.0.0"]);
    check("!1.x",                  &[],                                       &["0.9.0", "1.0.0", "2.0.0"]);
    check("~1.2.x",                &["1.2.0"],                                &["1.2.1"]);
    check("1.0.0 - 2.0.0",         &[],                                       &["1.0.0", "1.5.0", "2.0.0"]);
    check("  1.0.0  ",             &["1.0.0"],                                &["1.0.1"]);
}

#[track_caller]
fn check(range: &str, inside: &[&str], outside: &[&str]) {
    let ready = VersionRange::parse(range).unwrap_or_else(|e| panic!("`{range}`: {e}"));
    for (texts, expect) in [(inside, true), (outside, false)] {
        for text in texts {
            let version = Version::parse(text).unwrap();
            assert_eq!(ready.contains(&version), expect, "`{text}` in `{range}`");
        }
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refused_ranges() {
    check_refused_range("",                "Last element in range is '||'");
    check_refused_range("*",               "Last element in range is '||'");
    check_refused_range("||",              "First element in range is '||'");
    check_refused_range("1.2.3 || ",       "Last element in range is '||'");
    check_refused_range("1.2.3 || || 1.0.0", "Empty element in range between '||' and '||'");
    check_refused_range("abc",             r#"Could not get version from string: "abc""#);
    check_refused_range(">=x",             r#"Could not get version from string: ">=x""#);
    check_refused_range("1.2.3-x",         r#"Could not get version from string: "<""#);
    check_refused_range("^1.2.0",          r#"Could not parse Range "^1.2.0": Could not parse comparator "^" in "^1.2.0""#);
    check_refused_range(">1",              r#"Could not parse Range ">1": Could not parse version "1" in ">1": No Major.Minor.Patch elements found"#);
    check_refused_range("1.2.3,",          r#"Could not parse Range "1.2.3,": Could not parse version "1.2.3," in "1.2.3,": Invalid character(s) found in patch number "3,""#);
}

#[track_caller]
fn check_refused_range(text: &str, expect: &str) {
    assert_eq!(
        VersionRange::parse(text).unwrap_err().to_string(),
        expect,
        "`{text}`"
    );
}

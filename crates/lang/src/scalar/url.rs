//! The host of a URL, as Go's `net/url` finds it.
//!
//! Comes in:  a URL, absolute or not.
//! Goes out:  the name or address of its host, without port; or Go's error.
//! Never here: name servers; what a path or a query means.

use std::fmt;

use super::quoted::Quoted;

/// The host of `url`: no port, no brackets, escapes resolved. Empty where there is none: a text
/// without `//` is a path.
///
/// # Errors
///
/// [`UrlError`], with the text of Go's `url.Parse`.
pub fn host_name(url: &str) -> Result<String, UrlError<'_>> {
    let (main, fragment) = url.split_once('#').unwrap_or((url, ""));
    let host = host(main).map_err(|problem| UrlError { url: main, problem })?;
    check_escapes(fragment).map_err(|problem| UrlError { url, problem })?;
    Ok(host)
}

/// Why a text is not a URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlError<'a> {
    url: &'a str,
    problem: Problem,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Problem {
    Control,
    NoScheme,
    ColonInPath,
    Escape(String),
    HostCharacter(char),
    Port(String),
    OpenBracket,
    UserInfo,
}

impl fmt::Display for UrlError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parse {}: ", Quoted(self.url))?;
        match &self.problem {
            Problem::Control => f.write_str("net/url: invalid control character in URL"),
            Problem::NoScheme => f.write_str("missing protocol scheme"),
            Problem::ColonInPath => f.write_str("first path segment in URL cannot contain colon"),
            Problem::Escape(escape) => write!(f, "invalid URL escape {}", Quoted(escape)),
            Problem::HostCharacter(c) => {
                let mut bytes = [0; 4];
                write!(
                    f,
                    "invalid character {} in host name",
                    Quoted(c.encode_utf8(&mut bytes))
                )
            }
            Problem::Port(port) => write!(f, "invalid port {} after host", Quoted(port)),
            Problem::OpenBracket => f.write_str("missing ']' in host"),
            Problem::UserInfo => f.write_str("net/url: invalid userinfo"),
        }
    }
}

impl std::error::Error for UrlError<'_> {}

fn host(url: &str) -> Result<String, Problem> {
    if url.contains(|c: char| c.is_ascii_control()) {
        return Err(Problem::Control);
    }
    let (scheme, rest) = scheme(url)?;
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        let first = rest.split_once('/').map_or(rest, |(first, _)| first);
        return match scheme {
            // What follows a scheme without a slash means nothing to us: `mailto:a@b`.
            Some(_) => Ok(String::new()),
            None if first.contains(':') => Err(Problem::ColonInPath),
            None => check_escapes(rest).map(|()| String::new()),
        };
    }
    let authority = match rest.strip_prefix("//") {
        Some(authority) if scheme.is_some() || !authority.starts_with('/') => authority,
        _ => return check_escapes(rest).map(|()| String::new()),
    };
    let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => {
            let host = resolved(host)?;
            check_user(user)?;
            host
        }
        None => resolved(authority)?,
    };
    check_escapes(path)?;
    let name = match host.rfind(':') {
        Some(colon) if is_port(host.get(colon..).unwrap_or_default()) => host.get(..colon),
        _ => None,
    };
    let name = name.unwrap_or(&host);
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    Ok(bare.unwrap_or(name).to_owned())
}

fn scheme(url: &str) -> Result<(Option<&str>, &str), Problem> {
    for (index, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err(Problem::NoScheme),
            b':' => {
                let rest = url.get(index + 1..).unwrap_or_default();
                return Ok((url.get(..index), rest));
            }
            _ => break,
        }
    }
    Ok((None, url))
}

/// The host with its port, escapes resolved.
fn resolved(host: &str) -> Result<String, Problem> {
    let bad_port = |port: &str| Err(Problem::Port(port.to_owned()));
    let mut zone = host.len();
    if host.starts_with('[') {
        let Some(close) = host.rfind(']') else {
            return Err(Problem::OpenBracket);
        };
        let port = host.get(close + 1..).unwrap_or_default();
        if !is_port(port) {
            return bad_port(port);
        }
        let inside = host.get(..close).unwrap_or_default();
        zone = inside.find("%25").unwrap_or(host.len());
    } else if let Some(colon) = host.rfind(':') {
        let port = host.get(colon..).unwrap_or_default();
        if !is_port(port) {
            return bad_port(port);
        }
    }
    let mut bytes = Vec::with_capacity(host.len());
    let mut rest = host.char_indices();
    while let Some((at, c)) = rest.next() {
        if c == '%' {
            let code = escape(host, at)?;
            // Escapes in a host name are for what is no ASCII.
            let is_zone_mark = host.get(at..).is_some_and(|text| text.starts_with("%25"));
            if code < 0x80 && !is_zone_mark && at < zone {
                return Err(Problem::Escape(
                    host.get(at..at + 3).unwrap_or_default().to_owned(),
                ));
            }
            bytes.push(code);
            rest.nth(1);
            continue;
        }
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"-_.~!$&'()*+,;=:[]<>\"".contains(c) {
            return Err(Problem::HostCharacter(c));
        }
        bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

fn check_user(user: &str) -> Result<(), Problem> {
    let known = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(known) {
        return Err(Problem::UserInfo);
    }
    check_escapes(user)
}

fn check_escapes(text: &str) -> Result<(), Problem> {
    for (at, _) in text.match_indices('%') {
        escape(text, at)?;
    }
    Ok(())
}

/// The byte that the escape at `at` stands for.
fn escape(text: &str, at: usize) -> Result<u8, Problem> {
    let digits = text.get(at + 1..at + 3);
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        .ok_or_else(|| {
            let shown = text.get(at..).unwrap_or_default().chars().take(3);
            Problem::Escape(shown.collect())
        })
}

#[cfg(test)]
mod tests {
    use super::host_name;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn hosts() {
        check("with a scheme",      "https://example.com/a",        Ok("example.com"));
        check("with a port",        "http://example.com:8080?x=/",  Ok("example.com"));
        check("empty port",         "http://example.com:/",         Ok("example.com"));
        check("with a user",        "http://a:b@c@example.com",     Ok("example.com"));
        check("IPv6",               "http://[::1]:80/",             Ok("::1"));
        check("IPv6 with a zone",   "http://[fe80::1%25e%6e0]/",    Ok("fe80::1%en0"));
        check("no scheme",          "//example.com",                Ok("example.com"));
        check("only a path",        "10.0.0.1/a",                   Ok(""));
        check("three slashes",      "///a",                         Ok(""));
        check("a file",             "file:///etc",                  Ok(""));
        check("no slash",           "mailto:a@b",                   Ok(""));
        check("nothing",            "",                             Ok(""));
        check("escaped",            "http://%C3%A9.example",        Ok("é.example"));
        check("bad escape",         "http://%zz",                   Err(r#"parse "http://%zz": invalid URL escape "%zz""#));
        check("escaped ASCII",      "http://%41",                   Err(r#"parse "http://%41": invalid URL escape "%41""#));
        check("bad path",           "/a%2",                         Err(r#"parse "/a%2": invalid URL escape "%2""#));
        check("bad fragment",       "/a#%2",                        Err(r#"parse "/a#%2": invalid URL escape "%2""#));
        check("bad character",      "http://a b/",                  Err(r#"parse "http://a b/": invalid character " " in host name"#));
        check("bad port",           "http://a:b/",                  Err(r#"parse "http://a:b/": invalid port ":b" after host"#));
        check("open bracket",       "http://[::1",                  Err(r#"parse "http://[::1": missing ']' in host"#));
        check("behind a bracket",   "http://[::1]x",                Err(r#"parse "http://[::1]x": invalid port "x" after host"#));
        check("bad user",           "http://a b@c",                 Err(r#"parse "http://a b@c": net/url: invalid userinfo"#));
        check("no scheme, a colon", "10.0.0.1:80",                  Err(r#"parse "10.0.0.1:80": first path segment in URL cannot contain colon"#));
        check("empty scheme",       ":80",                          Err(r#"parse ":80": missing protocol scheme"#));
        check("control character",  "http://a\n",                   Err(r#"parse "http://a\n": net/url: invalid control character in URL"#));
    }

    #[track_caller]
    fn check(case: &str, url: &str, expect: Result<&str, &str>) {
        let got = host_name(url).map_err(|error| error.to_string());
        assert_eq!(
            got.as_deref().map_err(String::as_str),
            expect,
            "{case}: {url}"
        );
    }
}

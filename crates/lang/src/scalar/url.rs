//! URLs, taken apart as Go's `net/url` does.
//!
//! Comes in:  a URL, absolute or not.
//! Goes out:  [`Url`], or Go's error.
//! Never here: name servers; what a path or a query means.

use std::fmt;

use super::quoted::Quoted;

/// The parts of a URL, under Go's names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Url {
    /// In small letters, without the colon; empty in a relative URL.
    pub scheme: String,
    /// What follows a scheme without a slash: `mailto:a@b`.
    pub opaque: String,
    /// Whether there is a user, with or without a password.
    pub has_user: bool,
    /// Name or address, with brackets and port, escapes resolved.
    pub host: String,
    /// The path, escapes resolved.
    pub path: String,
    /// The path as written, where it is not written in the usual way.
    pub raw_path: String,
    /// Whether an absolute URL has a path and no `//`.
    pub omit_host: bool,
    /// Whether the URL ends with a lone `?`.
    pub force_query: bool,
    /// The query as written, without `?`.
    pub raw_query: String,
    /// What follows `#`, escapes resolved.
    pub fragment: String,
    /// The fragment as written, where it is not written in the usual way.
    pub raw_fragment: String,
}

impl Url {
    /// Reads a URL. A text without `//` is a path.
    ///
    /// # Errors
    ///
    /// [`UrlError`], with the text of Go's `url.Parse`.
    pub fn parse(text: &str) -> Result<Url, UrlError<'_>> {
        let (main, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Url::default();
        url.read(main)
            .map_err(|problem| UrlError { url: main, problem })?;
        let fragment = settle(fragment, Part::Fragment);
        (url.fragment, url.raw_fragment) =
            fragment.map_err(|problem| UrlError { url: text, problem })?;
        Ok(url)
    }

    /// The host without port and brackets; empty where there is none.
    pub fn host_name(&self) -> &str {
        let name = match self.host.rfind(':') {
            Some(colon) if is_port(self.host.get(colon..).unwrap_or_default()) => {
                self.host.get(..colon)
            }
            _ => None,
        };
        let name = name.unwrap_or(&self.host);
        let bare = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        bare.unwrap_or(name)
    }

    /// The port without its colon; empty where there is none.
    pub fn port(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => port,
            _ => "",
        }
    }

    /// The path as it stands in a URL: as written if that is a way to write it.
    pub fn escaped_path(&self) -> String {
        let written = |c: char| c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:@[]%/".contains(c);
        match self.path.as_str() {
            _ if !self.raw_path.is_empty() && self.raw_path.chars().all(written) => {
                self.raw_path.clone()
            }
            "*" => "*".to_owned(),
            path => escaped(path, Part::Path),
        }
    }

    /// The query's parameters in order, escapes resolved. What cannot be read is left out.
    pub fn query(&self) -> Vec<(String, String)> {
        let parts = self.raw_query.split('&');
        let parts = parts.filter(|part| !part.is_empty() && !part.contains(';'));
        let read = |text: &str| unescape(&text.replace('+', " ")).ok();
        parts
            .filter_map(|part| {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                Some((read(key)?, read(value)?))
            })
            .collect()
    }

    fn read(&mut self, text: &str) -> Result<(), Problem> {
        if text.contains(|c: char| c.is_ascii_control()) {
            return Err(Problem::Control);
        }
        let (scheme, mut rest) = scheme(text)?;
        self.scheme = scheme.to_ascii_lowercase();
        match rest.split_once('?') {
            Some((before, "")) => (rest, self.force_query) = (before, true),
            Some((before, query)) => {
                rest = before;
                self.raw_query = query.to_owned();
            }
            None => {}
        }
        if !rest.starts_with('/') {
            if !scheme.is_empty() {
                self.opaque = rest.to_owned();
                return Ok(());
            }
            let first = rest.split_once('/').map_or(rest, |(first, _)| first);
            if first.contains(':') {
                return Err(Problem::ColonInPath);
            }
        }
        match rest.strip_prefix("//") {
            Some(authority) if !scheme.is_empty() || !authority.starts_with('/') => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                self.authority(authority)?;
                rest = path;
            }
            _ => self.omit_host = !scheme.is_empty() && rest.starts_with('/'),
        }
        (self.path, self.raw_path) = settle(rest, Part::Path)?;
        Ok(())
    }

    fn authority(&mut self, text: &str) -> Result<(), Problem> {
        let Some((user, host)) = text.rsplit_once('@') else {
            self.host = self::host(text)?;
            return Ok(());
        };
        self.host = self::host(host)?;
        let known = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
        if !user.chars().all(known) {
            return Err(Problem::UserInfo);
        }
        self.has_user = true;
        unescape(user).map(drop)
    }
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
                let character = Quoted(c.encode_utf8(&mut bytes));
                write!(f, "invalid character {character} in host name")
            }
            Problem::Port(port) => write!(f, "invalid port {} after host", Quoted(port)),
            Problem::OpenBracket => f.write_str("missing ']' in host"),
            Problem::UserInfo => f.write_str("net/url: invalid userinfo"),
        }
    }
}

impl std::error::Error for UrlError<'_> {}

/// The scheme, empty where there is none, and what follows it.
fn scheme(url: &str) -> Result<(&str, &str), Problem> {
    for (index, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err(Problem::NoScheme),
            b':' => {
                let (scheme, rest) = url.split_at(index);
                return Ok((scheme, rest.strip_prefix(':').unwrap_or(rest)));
            }
            _ => break,
        }
    }
    Ok(("", url))
}

/// The host with its port, escapes resolved.
fn host(host: &str) -> Result<String, Problem> {
    let (mut zone, mut port) = (host.len(), "");
    if host.starts_with('[') {
        let close = host.rfind(']').ok_or(Problem::OpenBracket)?;
        let (inside, behind) = host.split_at(close);
        port = behind.strip_prefix(']').unwrap_or(behind);
        zone = inside.find("%25").unwrap_or(host.len());
    } else if let Some(colon) = host.rfind(':') {
        port = host.get(colon..).unwrap_or_default();
    }
    if !is_port(port) {
        return Err(Problem::Port(port.to_owned()));
    }
    for (at, c) in host.char_indices() {
        if c == '%' {
            // Escapes in a host's name are for what is no ASCII; in a zone they are for anything.
            let (code, shown) = escape(host, at)?;
            if code < 0x80 && shown != "%25" && at < zone {
                return Err(Problem::Escape(shown.to_owned()));
            }
        } else if c.is_ascii()
            && !c.is_ascii_alphanumeric()
            && !"-_.~!$&'()*+,;=:[]<>\"".contains(c)
        {
            return Err(Problem::HostCharacter(c));
        }
    }
    unescape(host)
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    match text.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

#[derive(Clone, Copy)]
enum Part {
    Path,
    Fragment,
}

/// A path or a fragment with its escapes resolved; and as written, unless that is how Go would
/// write it.
fn settle(written: &str, part: Part) -> Result<(String, String), Problem> {
    let plain = unescape(written)?;
    let raw = match escaped(&plain, part) == written {
        true => String::new(),
        false => written.to_owned(),
    };
    Ok((plain, raw))
}

fn escaped(plain: &str, part: Part) -> String {
    let allowed = match part {
        Part::Path => "-_.~$&+,/:;=@",
        Part::Fragment => "-_.~$&+,/:;=?@!()*",
    };
    let mut text = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii_alphanumeric() || allowed.contains(c) {
            text.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Resolves escapes. Bytes that are no text become U+FFFD.
fn unescape(text: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        if c == '%' {
            bytes.push(escape(text, at)?.0);
            rest.nth(1);
        } else {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte that the escape at `at` stands for, and the escape.
fn escape(text: &str, at: usize) -> Result<(u8, &str), Problem> {
    let whole = text.get(at..at + 3);
    let code = whole.and_then(|escape| {
        let digits = escape.get(1..)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u8::from_str_radix(digits, 16).ok()?;
        hexadecimal.then_some((code, escape))
    });
    code.ok_or_else(|| {
        let shown = text.get(at..).unwrap_or_default().chars().take(3);
        Problem::Escape(shown.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::Url;

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
    fn check(case: &str, text: &str, expect: Result<&str, &str>) {
        let url = Url::parse(text).map_err(|error| error.to_string());
        let got = url.as_ref().map(Url::host_name);
        assert_eq!(got.map_err(String::as_str), expect, "{case}: {text}");
    }

    #[test]
    fn parts() {
        let url = Url::parse("HTTPS://u:p@h:1/a%20b!?q=%zz#f%21").unwrap();
        assert_eq!(
            url,
            Url {
                scheme: "https".to_owned(),
                has_user: true,
                host: "h:1".to_owned(),
                path: "/a b!".to_owned(),
                raw_path: "/a%20b!".to_owned(),
                raw_query: "q=%zz".to_owned(),
                fragment: "f!".to_owned(),
                raw_fragment: "f%21".to_owned(),
                ..Url::default()
            }
        );
        assert_eq!(Url::parse("mailto:a@b?").unwrap().opaque, "a@b");
        assert!(Url::parse("mailto:a@b?").unwrap().force_query);
        assert!(Url::parse("file:/etc").unwrap().omit_host);
        assert_eq!(Url::parse("/a%20b").unwrap().raw_path, "");
    }
}

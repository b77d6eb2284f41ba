//! Image references: `ghcr.io/org/app:1.2@sha256:...`.
//!
//! Comes in:  the text of a container's `image`, and the configured default registry.
//! Goes out:  [`Image`], the reference completed and taken apart.
//! Never here: registries on the network, where a resource keeps its images.
//!
//! The grammar is that of the distribution project:
//!
//! ```text
//! [domain[:port]/]component[/component]...[:tag][@algorithm:hex]
//! ```

use std::{fmt, ops::Range};

/// What completes a reference that names no registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Defaults<'a> {
    /// The registry that is meant, `docker.io` unless configured otherwise.
    pub registry: &'a str,
    /// Whether the completed image shows it. If not, the registry stays empty.
    pub mutate: bool,
}

impl Default for Defaults<'_> {
    fn default() -> Self {
        Self {
            registry: "docker.io",
            mutate: true,
        }
    }
}

/// A reference taken apart. A field that the reference lacks is the empty text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Image {
    /// The whole reference with the default registry and tag put in; the fields are parts of
    /// it, so that an image is one allocation.
    text: String,
    registry: Range<usize>,
    path: Range<usize>,
    tag: Range<usize>,
    digest: Range<usize>,
}

/// The longest path, in bytes.
const LONGEST_PATH: usize = 255;
/// The longest tag, in bytes.
const LONGEST_TAG: usize = 128;
/// The tag of a reference with neither tag nor digest.
const LATEST: &str = "latest";

impl Image {
    /// Reads a reference and completes it.
    ///
    /// The registry is completed when the text before the first slash cannot be one: it has no
    /// `.` and no `:`, is not `localhost`, and has no capital letter; or there is no slash.
    /// `library/` is not put in. Without tag and digest the tag is `latest`.
    ///
    /// # Errors
    ///
    /// [`ImageError`], whose text is Kyverno's around that of the distribution project.
    pub fn parse(image: &str, defaults: Defaults<'_>) -> Result<Self, ImageError> {
        let completed = lacks_registry(image);
        let mut text = if completed {
            format!("{}/{image}", defaults.registry)
        } else {
            image.to_owned()
        };
        let parts = match Parts::read(&text) {
            Ok(parts) => parts,
            Err(reason) => {
                return Err(ImageError {
                    image: text,
                    registry: defaults.registry.to_owned(),
                    mutate: defaults.mutate,
                    reason,
                });
            }
        };
        let Parts {
            domain,
            path,
            mut tag,
            digest,
        } = parts;
        if tag.is_empty() && digest.is_empty() {
            let at = text.len() + 1;
            text.push(':');
            text.push_str(LATEST);
            tag = at..text.len();
        }
        let registry = if completed && !defaults.mutate {
            0..0
        } else {
            domain
        };
        Ok(Self {
            text,
            registry,
            path,
            tag,
            digest,
        })
    }

    /// The registry with its port: `ghcr.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        self.part(&self.registry)
    }

    /// The repository in the registry: `org/app`.
    pub fn path(&self) -> &str {
        self.part(&self.path)
    }

    /// The last part of the path: `app`.
    pub fn name(&self) -> &str {
        let path = self.path();
        path.rsplit_once('/').map_or(path, |(_, name)| name)
    }

    /// The tag; empty when there is only a digest.
    pub fn tag(&self) -> &str {
        self.part(&self.tag)
    }

    /// The digest with its algorithm: `sha256:...`.
    pub fn digest(&self) -> &str {
        self.part(&self.digest)
    }

    /// Registry and path: `ghcr.io/org/app`.
    pub fn repository(&self) -> Repository<'_> {
        Repository(self)
    }

    /// Registry, path and digest, or the tag when there is no digest. This is what the
    /// reference pins, so the tag does not appear next to a digest.
    pub fn reference(&self) -> String {
        if self.digest().is_empty() {
            self.reference_with_tag()
        } else {
            format!("{}@{}", self.repository(), self.digest())
        }
    }

    /// Registry, path and tag, whether or not there is one: `ghcr.io/org/app:` when there is
    /// only a digest.
    pub fn reference_with_tag(&self) -> String {
        format!("{}:{}", self.repository(), self.tag())
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Display for Image {
    /// As [`Image::reference`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reference())
    }
}

/// An image without tag and digest; prints.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a>(&'a Image);

impl fmt::Display for Repository<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.registry().is_empty() {
            write!(f, "{}/", self.0.registry())?;
        }
        f.write_str(self.0.path())
    }
}

fn lacks_registry(image: &str) -> bool {
    match image.split_once('/') {
        None => true,
        Some(("localhost", _)) => false,
        Some((first, _)) => !first.contains(['.', ':']) && first == first.to_lowercase(),
    }
}

/// Where the parts of a reference are. `0..0` is a missing part.
struct Parts {
    domain: Range<usize>,
    path: Range<usize>,
    tag: Range<usize>,
    digest: Range<usize>,
}

impl Parts {
    fn read(text: &str) -> Result<Self, Reason> {
        let Some(parts) = Self::split(text) else {
            if text.is_empty() {
                return Err(Reason::NameEmpty);
            }
            let lower = text.to_lowercase();
            return Err(match Self::split(&lower) {
                Some(_) => Reason::Uppercase,
                None => Reason::Format,
            });
        };
        if parts.path.len() > LONGEST_PATH {
            return Err(Reason::TooLong);
        }
        if let Some(digest) = text
            .get(parts.digest.clone())
            .filter(|digest| !digest.is_empty())
        {
            check_digest(digest)?;
        }
        Ok(parts)
    }

    fn split(text: &str) -> Option<Self> {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) if is_digest(digest) => (named, named.len() + 1..text.len()),
            Some(_) => return None,
            None => (text, 0..0),
        };
        // A colon before the last slash is that of a port.
        let last = named.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match named.get(last..)?.split_once(':') {
            Some((component, tag)) if is_tag(tag) => {
                let end = last + component.len();
                (named.get(..end)?, end + 1..named.len())
            }
            Some(_) => return None,
            None => (named, 0..0),
        };
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if is_domain(domain) && is_path(path) => {
                (0..domain.len(), domain.len() + 1..name.len())
            }
            _ if is_path(name) => (0..0, 0..name.len()),
            _ => return None,
        };
        Some(Self {
            domain,
            path,
            tag,
            digest,
        })
    }
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
    if !port.is_none_or(digits) {
        return false;
    }
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(v6) => !v6.is_empty() && v6.bytes().all(|c| c.is_ascii_hexdigit() || c == b':'),
        None => host.split('.').all(is_domain_component),
    }
}

fn is_domain_component(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
}

fn is_path(text: &str) -> bool {
    text.split('/').all(is_path_component)
}

/// Runs of small letters and digits with one `.`, one or two `_` or any number of `-` between.
fn is_path_component(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(is_word)
        && text.ends_with(is_word)
        && text.split(is_word).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|c| c == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_TAG
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return false;
    };
    hex.len() >= 32
        && hex.bytes().all(|c| c.is_ascii_hexdigit())
        && algorithm.split(['-', '_', '+', '.']).all(|part| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|c| c.is_ascii_alphanumeric())
        })
}

/// The second look at a digest: known algorithm, its length, small letters.
fn check_digest(text: &str) -> Result<(), Reason> {
    let (algorithm, hex) = text.split_once(':').ok_or(Reason::DigestFormat)?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if algorithm.bytes().any(|c| c.is_ascii_uppercase()) => return Err(Reason::DigestFormat),
        _ => return Err(Reason::DigestUnsupported),
    };
    if hex.len() != length {
        return Err(Reason::DigestLength);
    }
    if hex.bytes().any(|c| c.is_ascii_uppercase()) {
        return Err(Reason::DigestFormat);
    }
    Ok(())
}

/// Why a text is not an image reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageError {
    /// Completed by the default registry.
    image: String,
    registry: String,
    mutate: bool,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reason {
    NameEmpty,
    Format,
    Uppercase,
    TooLong,
    DigestFormat,
    DigestLength,
    DigestUnsupported,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            image,
            registry,
            mutate,
            reason,
        } = self;
        let reason = match reason {
            Reason::NameEmpty => "repository name must have at least one component",
            Reason::Format => "invalid reference format",
            Reason::Uppercase => "repository name must be lowercase",
            Reason::TooLong => "repository name must not be more than 255 characters",
            Reason::DigestFormat => "invalid checksum digest format",
            Reason::DigestLength => "invalid checksum digest length",
            Reason::DigestUnsupported => "unsupported digest algorithm",
        };
        write!(
            f,
            "bad image: {image}, defaultRegistry: {registry}, \
             enableDefaultRegistryMutation: {mutate}: {reason}"
        )
    }
}

impl std::error::Error for ImageError {}

#[cfg(test)]
mod tests {
    use super::{Defaults, Image};

    const HEX: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn taken_apart() {
        //     image                        registry           path             name     tag       digest
        check("nginx",                      ["docker.io",       "nginx",         "nginx", "latest", ""]);
        check("nginx:1.2",                  ["docker.io",       "nginx",         "nginx", "1.2",    ""]);
        check("org/app",                    ["docker.io",       "org/app",       "app",   "latest", ""]);
        check("a__b/c-d--e.f",              ["docker.io",       "a__b/c-d--e.f", "c-d--e.f", "latest", ""]);
        check("localhost/a",                ["localhost",       "a",             "a",     "latest", ""]);
        check("A/b",                        ["A",               "b",             "b",     "latest", ""]);
        check("x.y/z",                      ["x.y",             "z",             "z",     "latest", ""]);
        check("a_b.c/d",                    ["",                "a_b.c/d",       "d",     "latest", ""]);
        check("reg:5000/a/b/c:t",           ["reg:5000",        "a/b/c",         "c",     "t",      ""]);
        check("[::1]:5000/a",               ["[::1]:5000",      "a",             "a",     "latest", ""]);
        check("nginx:5000",                 ["docker.io",       "nginx",         "nginx", "5000",   ""]);
        check(&format!("a@sha256:{HEX}"),   ["docker.io",       "a",             "a",     "",       &format!("sha256:{HEX}")]);
        check(&format!("a:t@sha256:{HEX}"), ["docker.io",       "a",             "a",     "t",      &format!("sha256:{HEX}")]);
    }

    #[track_caller]
    fn check(text: &str, expect: [&str; 5]) {
        let image = Image::parse(text, Defaults::default()).unwrap_or_else(|e| panic!("{e}"));
        let got = [
            image.registry(),
            image.path(),
            image.name(),
            image.tag(),
            image.digest(),
        ];
        assert_eq!(got, expect, "`{text}`");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn references() {
        check_reference("nginx",                      "docker.io/nginx:latest",        "docker.io/nginx:latest");
        check_reference("index.docker.io/a",          "index.docker.io/a:latest",      "index.docker.io/a:latest");
        check_reference("a_b.c/d:1",                  "a_b.c/d:1",                     "a_b.c/d:1");
        check_reference(&format!("a@sha256:{HEX}"),   &format!("docker.io/a@sha256:{HEX}"), "docker.io/a:");
        check_reference(&format!("a:t@sha256:{HEX}"), &format!("docker.io/a@sha256:{HEX}"), "docker.io/a:t");
    }

    #[track_caller]
    fn check_reference(text: &str, reference: &str, with_tag: &str) {
        let image = Image::parse(text, Defaults::default()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(image.reference(), reference, "`{text}`");
        assert_eq!(image.to_string(), reference, "`{text}`");
        assert_eq!(image.reference_with_tag(), with_tag, "`{text}`");
    }

    #[test]
    fn another_default_registry() {
        let defaults = Defaults {
            registry: "reg.local:5000",
            mutate: false,
        };
        let image = Image::parse("nginx", defaults).unwrap();
        assert_eq!(image.reference(), "nginx:latest");
        let image = Image::parse("ghcr.io/nginx", defaults).unwrap();
        assert_eq!(image.reference(), "ghcr.io/nginx:latest");
        let shown = Defaults {
            mutate: true,
            ..defaults
        };
        assert_eq!(
            Image::parse("a/b", shown).unwrap().reference(),
            "reg.local:5000/a/b:latest"
        );
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn refused() {
        check_refused("",                       "docker.io/",            "invalid reference format");
        check_refused(" ",                      "docker.io/ ",           "invalid reference format");
        check_refused(":1",                     "docker.io/:1",          "invalid reference format");
        check_refused("a:b:c",                  "docker.io/a:b:c",       "invalid reference format");
        check_refused("a:",                     "docker.io/a:",          "invalid reference format");
        check_refused("a@",                     "docker.io/a@",          "invalid reference format");
        check_refused("/a",                     "docker.io//a",          "invalid reference format");
        check_refused("a/",                     "docker.io/a/",          "invalid reference format");
        check_refused("a//b",                   "docker.io/a//b",        "invalid reference format");
        check_refused("a___b",                  "docker.io/a___b",       "invalid reference format");
        check_refused("a._b",                   "docker.io/a._b",        "invalid reference format");
        check_refused("host:port/a",            "host:port/a",           "invalid reference format");
        check_refused("Nginx",                  "docker.io/Nginx",       "repository name must be lowercase");
        check_refused("a@sha256:abc",           "docker.io/a@sha256:abc", "invalid reference format");
        check_refused(&format!("a@sha256:{HEX}a"), &format!("docker.io/a@sha256:{HEX}a"), "invalid checksum digest length");
        check_refused(&format!("a@md5:{HEX}"),  &format!("docker.io/a@md5:{HEX}"), "unsupported digest algorithm");
        check_refused(&format!("a@SHA256:{HEX}"), &format!("docker.io/a@SHA256:{HEX}"), "invalid checksum digest format");
        let upper = HEX.to_uppercase();
        check_refused(&format!("a@sha256:{upper}"), &format!("docker.io/a@sha256:{upper}"), "invalid checksum digest format");
        let long = "a".repeat(256);
        check_refused(&long,                    &format!("docker.io/{long}"), "repository name must not be more than 255 characters");
    }

    #[track_caller]
    fn check_refused(text: &str, image: &str, reason: &str) {
        let error = Image::parse(text, Defaults::default())
            .unwrap_err()
            .to_string();
        let around = "defaultRegistry: docker.io, enableDefaultRegistryMutation: true";
        assert_eq!(error, format!("bad image: {image}, {around}: {reason}"));
    }
}

//! What a review is about, read from its first bytes.
//!
//! An API server writes what is asked about the request before the objects. Where no policy speaks
//! about a kind and its resource, nothing else of the body counts, and it is answered without being parsed.
//!
//! What is promised: a body is answered by its envelope only where everything in front of the
//! answer's last need (`uid`, `kind`, `operation`) is plain JSON in the shape of an AdmissionReview,
//! and the body ends as an object does. Whatever else it holds is not looked at, and not complained
//! about. Every other body is decoded as a whole, and what is wrong with it is said there.

use super::Operation;

/// What a review is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Envelope<'b> {
    /// To be repeated in the answer.
    pub(crate) uid: &'b str,
    /// The kind of the object.
    pub(crate) kind: &'b str,
    /// Its resource, where that stands in front of the rest.
    pub(crate) resource: Option<&'b str>,
}

impl<'b> Envelope<'b> {
    /// Reads the envelope; `None` where the body must be decoded to know.
    ///
    /// Cost: one pass over the bytes in front of the user's name.
    pub(crate) fn read(body: &'b [u8]) -> Option<Envelope<'b>> {
        if body.trim_ascii_end().last() != Some(&b'}') {
            return None;
        }
        let mut reader = Reader { rest: body };
        let (mut is_review, mut is_version) = (false, false);
        reader.open()?;
        loop {
            match reader.key()? {
                "kind" => is_review = reader.text()? == "AdmissionReview",
                "apiVersion" => is_version = reader.text()? == "admission.k8s.io/v1",
                "request" if is_review && is_version => return reader.request(),
                _ => return None,
            }
            reader.comma()?;
        }
    }
}

/// Everything that a review says in front of the objects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Heading<'b> {
    /// To be repeated in the answer.
    pub uid: &'b str,
    /// Group, version and kind of what is sent.
    pub kind: [&'b str; 3],
    /// Group, version and plural of the resource that it is sent to.
    pub resource: [&'b str; 3],
    /// The part of the resource, or nothing.
    pub subresource: &'b str,
    /// `CREATE`, `UPDATE`, ...
    pub operation: &'b str,
    /// The object's name; empty where the API server makes one.
    pub name: &'b str,
    /// The object's namespace.
    pub namespace: &'b str,
    /// Who asks.
    pub username: &'b str,
    groups: [&'b str; MOST_GROUPS],
    group_count: usize,
}

/// A user in more groups than this is left to whoever decodes the body.
const MOST_GROUPS: usize = 32;

impl<'b> Heading<'b> {
    /// Reads the heading; `None` where the body is not written as API servers do, and must be decoded
    /// to know.
    ///
    /// Cost: one pass over the bytes in front of the objects; nothing is allocated.
    pub fn read(body: &'b [u8]) -> Option<Heading<'b>> {
        Reader { rest: body }.heading()
    }

    /// The groups of the user.
    pub fn groups(&self) -> &[&'b str] {
        self.groups.get(..self.group_count).unwrap_or_default()
    }
}

/// Bytes that are left. Every method is `None` for what is not expected, also for escapes.
struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn request(&mut self) -> Option<Envelope<'b>> {
        let (mut uid, mut kind, mut resource, mut operation) = (None, None, None, None);
        let mut is_subresource = false;
        self.open()?;
        loop {
            match self.key()? {
                "uid" => uid = Some(self.text()?),
                "operation" => operation = Some(Operation::parse(self.text()?)?),
                "kind" => kind = Some(self.kind()?),
                "resource" => {
                    let [_, _, named] = self.three("resource")?;
                    resource = Some(named);
                }
                "requestKind" | "requestResource" => drop(self.kind()?),
                "subResource" => is_subresource = !self.text()?.is_empty(),
                "requestSubResource" | "name" | "namespace" => drop(self.text()?),
                _ => return None,
            }
            if let (Some(uid), Some(kind), Some(_)) = (uid, kind, operation) {
                // The kind of a subresource may be another one than policies name.
                let complete = !uid.is_empty() && !kind.is_empty() && !is_subresource;
                return complete.then_some(Envelope {
                    uid,
                    kind,
                    resource,
                });
            }
            self.comma()?;
        }
    }

    fn heading(&mut self) -> Option<Heading<'b>> {
        let (mut is_review, mut is_version) = (false, false);
        self.open()?;
        loop {
            match self.key()? {
                "kind" => is_review = self.text()? == "AdmissionReview",
                "apiVersion" => is_version = self.text()? == "admission.k8s.io/v1",
                "request" if is_review && is_version => break,
                _ => return None,
            }
            self.comma()?;
        }
        let mut heading = Heading {
            uid: "",
            kind: [""; 3],
            resource: [""; 3],
            subresource: "",
            operation: "",
            name: "",
            namespace: "",
            username: "",
            groups: [""; MOST_GROUPS],
            group_count: 0,
        };
        self.open()?;
        loop {
            match self.key()? {
                "uid" => heading.uid = self.text()?,
                "kind" => heading.kind = self.three("kind")?,
                "resource" => heading.resource = self.three("resource")?,
                "subResource" => heading.subresource = self.text()?,
                "name" => heading.name = self.text()?,
                "namespace" => heading.namespace = self.text()?,
                "requestKind" | "requestResource" => drop(self.kind()?),
                "operation" => heading.operation = self.text()?,
                "requestSubResource" => drop(self.text()?),
                "userInfo" => {
                    self.user(&mut heading)?;
                    return (!heading.uid.is_empty()).then_some(heading);
                }
                _ => return None,
            }
            self.comma()?;
        }
    }

    /// Name and groups. What follows them is left unread.
    fn user(&mut self, heading: &mut Heading<'b>) -> Option<()> {
        self.open()?;
        loop {
            match self.key()? {
                "username" => heading.username = self.text()?,
                "uid" => drop(self.text()?),
                "groups" => {
                    return self.texts(|text| {
                        *heading.groups.get_mut(heading.group_count)? = text;
                        heading.group_count += 1;
                        Some(())
                    });
                }
                // It comes behind the groups, where there are any.
                "extra" => return Some(()),
                _ => return None,
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Each text of a list; the list need not be empty.
    fn texts(&mut self, mut take: impl FnMut(&'b str) -> Option<()>) -> Option<()> {
        (self.next()? == b'[').then_some(())?;
        loop {
            take(self.text()?)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// `kind` of a map of texts.
    fn kind(&mut self) -> Option<&'b str> {
        let [_, _, kind] = self.three("kind")?;
        Some(kind)
    }

    /// `group`, `version` and a third of a map of texts.
    fn three(&mut self, third: &str) -> Option<[&'b str; 3]> {
        let mut three = [""; 3];
        let [group, version, last] = &mut three;
        self.open()?;
        loop {
            let key = self.key()?;
            let text = self.text()?;
            match key {
                "group" => *group = text,
                "version" => *version = text,
                _ if key == third => *last = text,
                _ => {}
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(three),
                _ => return None,
            }
        }
    }

    fn open(&mut self) -> Option<()> {
        (self.next()? == b'{').then_some(())
    }

    fn comma(&mut self) -> Option<()> {
        (self.next()? == b',').then_some(())
    }

    fn key(&mut self) -> Option<&'b str> {
        let key = self.text()?;
        (self.next()? == b':').then_some(key)
    }

    fn text(&mut self) -> Option<&'b str> {
        if self.next()? != b'"' {
            return None;
        }
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
        let (text, rest) = self
            .rest
            .split_at_checked(self.rest.iter().position(special)?)?;
        let (end, rest) = rest.split_first()?;
        self.rest = rest;
        (*end == b'"').then(|| std::str::from_utf8(text).ok())?
    }

    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            if !matches!(first, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Heading};

    #[test]
    fn a_heading_is_read_without_the_objects() {
        let body = format!(
            r#"{START}{{"uid":"u","kind":{{"group":"","version":"v1","kind":"PodExecOptions"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"subResource":"exec","requestKind":{{"kind":"x"}},"name":"p","namespace":"n","operation":"CONNECT","userInfo":{{"username":"me","uid":"1","groups":["a","b"],"extra"#
        );
        let read = Heading::read(body.as_bytes()).unwrap();
        assert_eq!((read.uid, read.kind), ("u", ["", "v1", "PodExecOptions"]));
        assert_eq!(
            (read.resource, read.subresource),
            (["", "v1", "pods"], "exec")
        );
        assert_eq!((read.namespace, read.name), ("n", "p"));
        assert_eq!(read.operation, "CONNECT");
        assert_eq!((read.username, read.groups()), ("me", &["a", "b"][..]));
        let alone = body.replace(r#","groups":["a","b"],"extra"#, "}");
        assert!(Heading::read(alone.as_bytes()).unwrap().groups().is_empty());
        for (part, other) in [
            ("\"me\"", "\"m\\u0065\""),
            ("\"name\"", "\"object\""),
            ("[\"a\"", "[7"),
        ] {
            let odd = body.replace(part, other);
            assert_eq!(Heading::read(odd.as_bytes()), None, "{odd}");
        }
        let many = body.replace("[\"a\"", &format!("[{}\"a\"", "\"g\",".repeat(31)));
        assert_eq!(Heading::read(many.as_bytes()), None);
    }

    const START: &str =
        r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":"#;
    const KIND: &str = r#""kind":{"group":"","version":"v1","kind":"Pod"}"#;

    #[test]
    fn an_envelope_is_read_without_what_follows() {
        let rest = r#","name":"p","namespace":"n","operation":"CREATE","userInfo":{"#;
        let body = format!("{START}{{\"uid\":\"u1\",{KIND}{rest} anything }}}}\n");
        check(&body, Some(("u1", "Pod")));
        let spaced = body
            .replace(':', " : ")
            .replace("admission.k8s.io / v1", "admission.k8s.io/v1");
        check(&spaced, Some(("u1", "Pod")));
        check(body.trim_end_matches(['}', '\n']), None);
    }

    #[test]
    fn what_is_not_written_as_an_api_server_does_is_decoded() {
        let request = |text: &str| format!("{START}{{{text}}}}}");
        let whole = format!("\"uid\":\"u1\",{KIND},\"operation\":\"CREATE\"");
        check(&request(&whole), Some(("u1", "Pod")));
        check(&request(&whole.replace("CREATE", "create")), None);
        check(&request(&whole.replace("u1", "")), None);
        check(&request(&whole.replace("u1", "u\\u0031")), None);
        check(&request(&whole.replace("Pod", "")), None);
        check(&request(&whole.replace("\"Pod\"", "7")), None);
        check(&request(&whole.replace(",\"op", " \"op")), None);
        check(&request(&format!("\"object\":{{}},{whole}")), None);
        check(&request(&whole).replace("/v1\"", "/v1beta1\""), None);
        check(&request(&whole).replace("AdmissionReview", "Review"), None);
        for cut in 0..whole.len() {
            check(whole.get(..cut).unwrap_or_default(), None);
            let cut = format!("{START}{{{}}}", whole.get(..cut).unwrap_or_default());
            check(&cut, None);
        }
    }

    #[test]
    fn the_resource_is_read_where_it_stands_in_front() {
        let resource = r#""resource":{"group":"","version":"v1","resource":"pods"}"#;
        let operation = r#""operation":"CREATE""#;
        let read = |rest: &str| {
            let body = format!("{START}{{\"uid\":\"u1\",{KIND},{rest}}}}}");
            let envelope = Envelope::read(body.as_bytes()).unwrap();
            envelope.resource.map(str::to_owned)
        };
        let before = read(&format!("{resource},{operation}"));
        assert_eq!(before.as_deref(), Some("pods"));
        assert_eq!(read(&format!("{operation},{resource}")), None);
    }

    #[track_caller]
    fn check(body: &str, expect: Option<(&str, &str)>) {
        let read = Envelope::read(body.as_bytes());
        assert_eq!(read.map(|it| (it.uid, it.kind)), expect, "{body}");
    }
}

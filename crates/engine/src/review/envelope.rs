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
    /// What is done to it.
    pub(crate) operation: Operation,
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
        reader.review()?;
        let envelope = reader.request()?;
        let read = body.len() - reader.rest.len();
        str::from_utf8(body.get(..read)?)
            .is_ok()
            .then_some(envelope)
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
    /// Everything in front of the request's own entries.
    fn review(&mut self) -> Option<()> {
        let (mut is_review, mut is_version) = (false, false);
        self.open()?;
        loop {
            match self.key()? {
                b"kind" => is_review = self.text()? == b"AdmissionReview",
                b"apiVersion" => is_version = self.text()? == b"admission.k8s.io/v1",
                b"request" if is_review && is_version => return self.open(),
                _ => return None,
            }
            self.comma()?;
        }
    }

    fn request(&mut self) -> Option<Envelope<'b>> {
        let (mut uid, mut kind, mut resource, mut operation) = (None, None, None, None);
        let mut is_subresource = false;
        loop {
            match self.key()? {
                b"uid" => uid = Some(self.string()?),
                b"operation" => operation = Some(Operation::parse(self.string()?)?),
                b"kind" => {
                    let [_, _, named] = self.three(b"kind")?;
                    kind = Some(string(named)?);
                }
                b"resource" => {
                    let [_, _, named] = self.three(b"resource")?;
                    resource = Some(string(named)?);
                }
                b"requestKind" | b"requestResource" => drop(self.three(b"")?),
                b"subResource" => is_subresource = !self.text()?.is_empty(),
                b"requestSubResource" | b"name" | b"namespace" => drop(self.text()?),
                _ => return None,
            }
            if let (Some(uid), Some(kind), Some(operation)) = (uid, kind, operation) {
                // The kind of a subresource may be another one than policies name.
                let complete = !uid.is_empty() && !kind.is_empty() && !is_subresource;
                return complete.then_some(Envelope {
                    uid,
                    kind,
                    resource,
                    operation,
                });
            }
            self.comma()?;
        }
    }

    fn heading(&mut self) -> Option<Heading<'b>> {
        self.review()?;
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
        loop {
            match self.key()? {
                b"uid" => heading.uid = self.string()?,
                b"kind" => heading.kind = strings(self.three(b"kind")?)?,
                b"resource" => heading.resource = strings(self.three(b"resource")?)?,
                b"subResource" => heading.subresource = self.string()?,
                b"name" => heading.name = self.string()?,
                b"namespace" => heading.namespace = self.string()?,
                b"requestKind" | b"requestResource" => drop(self.three(b"")?),
                b"operation" => heading.operation = self.string()?,
                b"requestSubResource" => drop(self.text()?),
                b"userInfo" => {
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
                b"username" => heading.username = self.string()?,
                b"uid" => drop(self.text()?),
                b"groups" => {
                    return self.texts(|text| {
                        *heading.groups.get_mut(heading.group_count)? = string(text)?;
                        heading.group_count += 1;
                        Some(())
                    });
                }
                // It comes behind the groups, where there are any.
                b"extra" => return Some(()),
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
    fn texts(&mut self, mut take: impl FnMut(&'b [u8]) -> Option<()>) -> Option<()> {
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

    /// `group`, `version` and a third of a map of texts.
    fn three(&mut self, third: &[u8]) -> Option<[&'b [u8]; 3]> {
        let mut three = [&b""[..]; 3];
        let [group, version, last] = &mut three;
        self.open()?;
        loop {
            let key = self.key()?;
            let text = self.text()?;
            match key {
                b"group" => *group = text,
                b"version" => *version = text,
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

    fn key(&mut self) -> Option<&'b [u8]> {
        let key = self.text()?;
        (self.next()? == b':').then_some(key)
    }

    fn string(&mut self) -> Option<&'b str> {
        string(self.text()?)
    }

    /// What stands between two quotes. That it is UTF-8 is for those to see who keep it.
    fn text(&mut self) -> Option<&'b [u8]> {
        if self.next()? != b'"' {
            return None;
        }
        let (text, rest) = self.rest.split_at_checked(plain(self.rest))?;
        let (end, rest) = rest.split_first()?;
        self.rest = rest;
        (*end == b'"').then_some(text)
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

fn string(text: &[u8]) -> Option<&str> {
    str::from_utf8(text).ok()
}

fn strings(texts: [&[u8]; 3]) -> Option<[&str; 3]> {
    let [group, version, last] = texts;
    Some([string(group)?, string(version)?, string(last)?])
}

/// How many bytes there are in front of the first quote, backslash or control character.
///
/// Eight bytes are looked at together: most texts are short, and there are fifty in front of the objects.
fn plain(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte below `limit`, exact up to the first one.
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes & HIGH;
    let is = |bytes: u64, byte: u8| below(bytes ^ (ONES * u64::from(byte)), 1);
    let (chunks, rest) = text.as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        let bytes = u64::from_le_bytes(*chunk);
        let special = is(bytes, b'"') | is(bytes, b'\\') | below(bytes, b' ');
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    let after = rest.iter().position(special).unwrap_or(rest.len());
    chunks.len() * 8 + after
}

#[cfg(test)]
mod tests {
    use super::{Envelope, Heading, plain};

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

    #[test]
    fn a_text_ends_where_it_must() {
        for end in [b'"', b'\\', 0, b'\n', 0x1f] {
            for before in 0..40 {
                // Letters around the limits, and some that are no ASCII.
                let letters = b" !#[]~\x7f\x80\xc3\xff".iter().cycle();
                let mut text: Vec<u8> = letters.take(before).copied().collect();
                assert_eq!(plain(&text), before);
                text.push(end);
                text.extend([end; 9]);
                assert_eq!(plain(&text), before, "{end:?}");
                assert_eq!(plain(text.get(..=before).unwrap()), before, "{end:?}");
            }
        }
    }

    #[test]
    fn what_is_no_utf8_is_decoded() {
        let body = format!(
            "{START}{{\"uid\":\"u1\",{KIND},\"name\":\"\u{e9}\",\"operation\":\"CREATE\"}}}}"
        );
        check(&body, Some(("u1", "Pod")));
        let mut bytes = body.into_bytes();
        let at = bytes.iter().position(|byte| *byte == 0xc3).unwrap();
        *bytes.get_mut(at).unwrap() = b'x';
        assert_eq!(Envelope::read(&bytes), None);
    }

    #[track_caller]
    fn check(body: &str, expect: Option<(&str, &str)>) {
        let read = Envelope::read(body.as_bytes());
        assert_eq!(read.map(|it| (it.uid, it.kind)), expect, "{body}");
    }
}

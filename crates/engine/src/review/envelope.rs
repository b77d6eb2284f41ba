//! What a review is about, read from its first bytes.
//!
//! An API server writes what is asked about the request before the objects. Where no policy speaks
//! about a kind, nothing else of the body counts, and it is answered without being parsed.
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

/// Bytes that are left. Every method is `None` for what is not expected, also for escapes.
struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn request(&mut self) -> Option<Envelope<'b>> {
        let (mut uid, mut kind, mut operation) = (None, None, None);
        self.open()?;
        loop {
            match self.key()? {
                "uid" => uid = Some(self.text()?),
                "operation" => operation = Some(Operation::parse(self.text()?)?),
                "kind" => kind = Some(self.kind()?),
                "resource" | "requestKind" | "requestResource" => drop(self.kind()?),
                "subResource" | "requestSubResource" | "name" | "namespace" => drop(self.text()?),
                _ => return None,
            }
            if let (Some(uid), Some(kind), Some(_)) = (uid, kind, operation) {
                let complete = !uid.is_empty() && !kind.is_empty();
                return complete.then_some(Envelope { uid, kind });
            }
            self.comma()?;
        }
    }

    /// `kind` of a map of texts.
    fn kind(&mut self) -> Option<&'b str> {
        let mut kind = "";
        self.open()?;
        loop {
            let key = self.key()?;
            let text = self.text()?;
            if key == "kind" {
                kind = text;
            }
            match self.next()? {
                b',' => {}
                b'}' => return Some(kind),
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
    use super::Envelope;

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

    #[track_caller]
    fn check(body: &str, expect: Option<(&str, &str)>) {
        let read = Envelope::read(body.as_bytes());
        assert_eq!(read.map(|it| (it.uid, it.kind)), expect, "{body}");
    }
}

//! The trace that a request is part of already: W3C Trace Context.

use hyper::header::HeaderMap;

/// The longest `tracestate` that is passed on; the specification asks for 512 bytes at least.
const MOST_STATE: usize = 512;

/// What a caller says of its trace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Parent {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// Does the caller record it?
    pub(super) sampled: bool,
    /// `tracestate`, to be passed on as it is.
    pub(super) state: String,
}

impl Parent {
    /// As the headers say; none where they do not, or not in a way that can be read.
    pub(super) fn of(headers: &HeaderMap) -> Option<Parent> {
        let stated = headers.get("traceparent")?.to_str().ok()?;
        let mut parts = stated.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may have more parts; this one has not.
        let [version] = bytes(version)?;
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let (trace, span, [flags]) = (bytes(trace)?, bytes(span)?, bytes(flags)?);
        if trace == [0; 16] || span == [0; 8] {
            return None;
        }
        let state = headers
            .get("tracestate")
            .and_then(|state| state.to_str().ok());
        let state = state.filter(|state| state.len() <= MOST_STATE);
        Some(Parent {
            trace,
            span,
            sampled: flags & 1 == 1,
            state: state.unwrap_or_default().to_owned(),
        })
    }
}

/// Lower-case hexadecimal digits, exactly as many as it takes.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let pairs = text.as_bytes().chunks(2);
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        for digit in pair {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | digit;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderValue};

    use super::Parent;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn parents() {
        check(&format!("00-{TRACE}-{SPAN}-01"), Some(true));
        check(&format!("00-{TRACE}-{SPAN}-00"), Some(false));
        check(&format!("00-{TRACE}-{SPAN}-03"), Some(true));
        check(&format!("01-{TRACE}-{SPAN}-01-more"), Some(true));
        check(&format!("00-{TRACE}-{SPAN}-01-more"), None);
        check(&format!("ff-{TRACE}-{SPAN}-01"), None);
        check(&format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), None);
        check(&format!("00-{}-{SPAN}-01", "0".repeat(32)), None);
        check(&format!("00-{TRACE}-{}-01", "0".repeat(16)), None);
        check(&format!("00-{TRACE}-{SPAN}"), None);
        check("", None);
    }

    #[track_caller]
    fn check(stated: &str, sampled: Option<bool>) {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", HeaderValue::from_str(stated).unwrap());
        headers.insert("tracestate", HeaderValue::from_static("vendor=1"));
        let parent = Parent::of(&headers);
        assert_eq!(parent.as_ref().map(|it| it.sampled), sampled, "`{stated}`");
        if let Some(parent) = parent {
            assert_eq!((parent.trace[0], parent.span[7]), (0x0a, 0x31));
            assert_eq!(parent.state, "vendor=1");
        }
    }
}

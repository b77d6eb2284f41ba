//! Number and string literals: what their text means.

use super::ast::Literal;
use super::token::Kind;

/// The value of a literal token; `negative` when a minus stands before the number.
///
/// # Errors
///
/// The reference's wording of what is wrong: a number that does not fit, an impossible escape.
pub(super) fn value(kind: Kind, text: &str, negative: bool) -> Result<Literal, &'static str> {
    match kind {
        Kind::Int => int(text, negative),
        Kind::Uint => uint(text),
        Kind::Float => double(text, negative),
        Kind::Bytes => {
            let quoted = text.get(1..).unwrap_or_default();
            unquote(quoted, true).map(|bytes| Literal::Bytes(bytes.bytes))
        }
        _ => unquote(text, false).map(|text| Literal::String(text.text)),
    }
}

fn int(text: &str, negative: bool) -> Result<Literal, &'static str> {
    let (digits, radix) = radix(text);
    let sign = if negative { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix)
        .map(Literal::Int)
        .map_err(|_| "invalid int literal")
}

fn uint(text: &str) -> Result<Literal, &'static str> {
    let (digits, radix) = radix(text.trim_end_matches(['u', 'U']));
    u64::from_str_radix(digits, radix)
        .map(Literal::Uint)
        .map_err(|_| "invalid uint literal")
}

fn radix(text: &str) -> (&str, u32) {
    match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    }
}

fn double(text: &str, negative: bool) -> Result<Literal, &'static str> {
    let number: f64 = text.parse().map_err(|_| "invalid double literal")?;
    if number.is_infinite() {
        return Err("invalid double literal");
    }
    Ok(Literal::Double(if negative { -number } else { number }))
}

/// A string under construction, as text and as bytes; only one of them is wanted.
#[derive(Default)]
struct Unquoted {
    text: String,
    bytes: Vec<u8>,
}

impl Unquoted {
    fn push(&mut self, c: char) {
        self.text.push(c);
        let mut buffer = [0; 4];
        self.bytes
            .extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}

/// Strips prefix and quotes, joins line ends to `\n`, and resolves the escapes.
fn unquote(text: &str, bytes: bool) -> Result<Unquoted, &'static str> {
    let (raw, text) = match text.strip_prefix(['r', 'R']) {
        Some(text) => (true, text),
        None => (false, text),
    };
    let quotes = if text.starts_with("\"\"\"") || text.starts_with("'''") {
        3
    } else {
        1
    };
    let body = text.get(quotes..text.len().saturating_sub(quotes));
    let body = body
        .unwrap_or_default()
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut out = Unquoted::default();
    let mut rest = body.as_str();
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' && !raw {
            rest = escape(rest, bytes, &mut out)?;
        } else {
            out.push(c);
        }
    }
    Ok(out)
}

/// Resolves the escape after a backslash, and yields what follows it.
fn escape<'t>(text: &'t str, bytes: bool, out: &mut Unquoted) -> Result<&'t str, &'static str> {
    const BROKEN: &str = "unable to unescape string, found '\\' as last character";
    let kind = text.chars().next().ok_or(BROKEN)?;
    let plain = match kind {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => kind,
    };
    let (skip, digits, radix) = match kind {
        'x' | 'X' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        '0'..='3' => (0, 3, 8),
        _ => {
            out.push(plain);
            return Ok(text.get(kind.len_utf8()..).unwrap_or_default());
        }
    };
    if bytes && matches!(kind, 'u' | 'U') {
        return Err("unable to unescape string");
    }
    let code = text.get(skip..skip + digits).ok_or(BROKEN)?;
    let code = u32::from_str_radix(code, radix).map_err(|_| BROKEN)?;
    if bytes {
        out.bytes.push(code as u8);
    } else {
        out.push(char::from_u32(code).ok_or("invalid unicode code point")?);
    }
    Ok(text.get(skip + digits..).unwrap_or_default())
}

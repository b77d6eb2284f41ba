//! Base64, with or without padding, as Go reads it.

/// The bytes that the text spells; or where it does not.
///
/// Line breaks do not count. Bits that make no byte are passed over.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, usize> {
    read(text, true).or_else(|_| read(text, false))
}

fn read(text: &str, padded: bool) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut digits) = (0_u32, 0);
    let mut rest = text.bytes().enumerate();
    while let Some((at, byte)) = rest.next() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\r' | b'\n' => continue,
            b'=' if padded && digits >= 2 => {
                let wanted = 3 - digits;
                let others = rest.filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
                let mut padding = 0;
                for (at, byte) in others {
                    padding += 1;
                    if byte != b'=' || padding > wanted {
                        return Err(at);
                    }
                }
                finish(bits, digits, &mut bytes);
                return if padding == wanted {
                    Ok(bytes)
                } else {
                    Err(text.len())
                };
            }
            _ => return Err(at),
        };
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits == 4 {
            bytes.extend(bits.to_be_bytes().get(1..).unwrap_or_default());
            (bits, digits) = (0, 0);
        }
    }
    if digits == 1 || padded && digits > 0 {
        return Err(text.len() - digits);
    }
    finish(bits, digits, &mut bytes);
    Ok(bytes)
}

/// The bytes of two or three digits.
fn finish(bits: u32, digits: usize, bytes: &mut Vec<u8>) {
    match digits {
        2 => bytes.push((bits >> 4) as u8),
        3 => bytes.extend([(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
}

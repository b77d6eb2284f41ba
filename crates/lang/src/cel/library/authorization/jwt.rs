//! JSON Web Tokens: what one says, and whether that counts.
//!
//! Comes in:  a token; a secret or a set of keys; the time.
//! Goes out:  header, claims, and whether signature and dates hold.
//! Never here: fetching keys, clocks.

use aws_lc_rs::{hmac, signature};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bumpalo::Bump;

use crate::value::{List, Map, Value, parse_json};

/// What a token may be signed with.
pub(super) enum Keys<'k> {
    /// A secret that both sides know.
    Secret(&'k [u8]),
    /// The keys of a JSON Web Key Set.
    Set(Option<List<'k>>),
}

/// A token that was read. What cannot be read is empty and not valid.
pub(super) struct Token<'v> {
    pub(super) header: Value<'v>,
    pub(super) claims: Value<'v>,
    pub(super) valid: bool,
}

impl<'v> Token<'v> {
    /// Reads a token. `now`: seconds since 1970.
    pub(super) fn read(bump: &'v Bump, text: &str, keys: &Keys<'_>, now: f64) -> Token<'v> {
        let (signed, signature) = text.rsplit_once('.').unwrap_or_default();
        let (header, claims) = signed.split_once('.').unwrap_or_default();
        let (Some(header), Some(claims)) = (part(bump, header), part(bump, claims)) else {
            let nothing = Value::Map(Map::EMPTY);
            return Token {
                header: nothing,
                claims: nothing,
                valid: false,
            };
        };
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
        let signed = signature.is_ok_and(|signature| {
            let made = Signed {
                algorithm: header.text("alg"),
                text: signed.as_bytes(),
                signature: &signature,
            };
            keys.have_signed(&made, header.text("kid"))
        });
        Token {
            header,
            claims,
            valid: signed && in_force(claims, now),
        }
    }
}

/// One of the objects that a token consists of.
fn part<'v>(bump: &'v Bump, text: &str) -> Option<Value<'v>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let value = parse_json(bump, std::str::from_utf8(&bytes).ok()?).ok()?;
    value.as_map().is_some().then_some(value)
}

/// Has it begun, and not ended? A date that is no number never holds.
fn in_force(claims: Value<'_>, now: f64) -> bool {
    let date = |name, holds: fn(f64, f64) -> bool| match claims.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::Float(date)) => holds(date, now),
        Some(Value::Int(date)) => holds(date as f64, now),
        Some(_) => false,
    };
    date("exp", |end, now| now < end) && date("nbf", |begin, now| begin <= now)
}

/// A text, and a signature that somebody claims to be of it.
struct Signed<'t> {
    algorithm: &'t str,
    text: &'t [u8],
    signature: &'t [u8],
}

impl Keys<'_> {
    /// `id`: the key that the token names; empty for none.
    fn have_signed(&self, signed: &Signed<'_>, id: &str) -> bool {
        match self {
            Keys::Secret(secret) => signed.by_secret(secret),
            Keys::Set(keys) => {
                let mut keys = keys.iter().flat_map(|list| list.iter());
                keys.any(|key| {
                    let named = id.is_empty() || key.text("kid") == id;
                    let meant = ["", signed.algorithm].contains(&key.text("alg"));
                    named && meant && signed.by(key).unwrap_or(false)
                })
            }
        }
    }
}

impl Signed<'_> {
    fn by_secret(&self, secret: &[u8]) -> bool {
        let algorithm = match self.algorithm {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return false,
        };
        hmac::verify(
            &hmac::Key::new(algorithm, secret),
            self.text,
            self.signature,
        )
        .is_ok()
    }

    /// Did the key, a JSON Web Key, sign it? `None`: the key is not complete.
    fn by(&self, key: Value<'_>) -> Option<bool> {
        let bytes = |name| BASE64_URL_SAFE_NO_PAD.decode(key.text(name)).ok();
        match key.text("kty") {
            "oct" => Some(self.by_secret(&bytes("k")?)),
            "RSA" => self.by_rsa(&bytes("n")?, &bytes("e")?),
            "EC" => {
                let algorithm = match (self.algorithm, key.text("crv")) {
                    ("ES256", "P-256") => &signature::ECDSA_P256_SHA256_FIXED,
                    ("ES384", "P-384") => &signature::ECDSA_P384_SHA384_FIXED,
                    ("ES512", "P-521") => &signature::ECDSA_P521_SHA512_FIXED,
                    _ => return None,
                };
                // The mark of a point that is written in full, then its coordinates.
                let point = [vec![4], bytes("x")?, bytes("y")?].concat();
                let key = signature::UnparsedPublicKey::new(algorithm, point);
                Some(key.verify(self.text, self.signature).is_ok())
            }
            "OKP" if (self.algorithm, key.text("crv")) == ("EdDSA", "Ed25519") => {
                let key = signature::UnparsedPublicKey::new(&signature::ED25519, bytes("x")?);
                Some(key.verify(self.text, self.signature).is_ok())
            }
            _ => None,
        }
    }

    fn by_rsa(&self, n: &[u8], e: &[u8]) -> Option<bool> {
        let parameters = match self.algorithm {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
            "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
            "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
            "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
            "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        };
        let key = signature::RsaPublicKeyComponents { n, e };
        Some(key.verify(parameters, self.text, self.signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    };

    use super::*;

    const NOW: f64 = 1_700_000_000.0;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn tokens() {
        check("a secret",          r#"{"alg":"HS256"}"#,             "{}",                   true);
        check("a longer checksum", r#"{"alg":"HS512"}"#,             "{}",                   false);
        check("a key",             r#"{"alg":"EdDSA"}"#,             "{}",                   true);
        check("the key named",     r#"{"alg":"EdDSA","kid":"mine"}"#, "{}",                  true);
        check("another key named", r#"{"alg":"EdDSA","kid":"else"}"#, "{}",                  false);
        check("a point",           r#"{"alg":"ES512"}"#,             "{}",                   true);
        check("no signature",      r#"{"alg":"none"}"#,              "{}",                   false);
        check("in force",          r#"{"alg":"HS256"}"#,             r#"{"exp":1700000001,"nbf":1700000000}"#, true);
        check("over",              r#"{"alg":"HS256"}"#,             r#"{"exp":1700000000}"#, false);
        check("not begun",         r#"{"alg":"HS256"}"#,             r#"{"nbf":1700000001}"#, false);
        check("no date",           r#"{"alg":"HS256"}"#,             r#"{"exp":"soon"}"#,     false);
        check("no claims",         r#"{"alg":"HS256"}"#,             "[]",                   false);
    }

    #[track_caller]
    fn check(case: &str, header: &str, claims: &str, valid: bool) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let spell = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", spell(header.as_bytes()), spell(claims.as_bytes()));
        let secret = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let point = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).unwrap();
        let signature = if header.contains("HS") {
            hmac::sign(&secret, signed.as_bytes()).as_ref().to_vec()
        } else if header.contains("ES") {
            let made = point.sign(&SystemRandom::new(), signed.as_bytes());
            made.unwrap().as_ref().to_vec()
        } else {
            pair.sign(signed.as_bytes()).as_ref().to_vec()
        };
        let bump = Bump::new();
        let own = spell(pair.public_key().as_ref());
        let (x, y) = point.public_key().as_ref()[1..].split_at(66);
        let (x, y) = (spell(x), spell(y));
        let set = format!(
            r#"[{{"kty":"OKP","crv":"Ed25519","kid":"mine","x":"{own}"}}, {{"kty":"EC","crv":"P-521","x":"{x}","y":"{y}"}}]"#
        );
        let keys = match header.contains("HS") {
            true => Keys::Secret(b"secret"),
            false => Keys::Set(parse_json(&bump, &set).unwrap().as_list()),
        };
        let text = format!("{signed}.{}", spell(&signature));
        assert_eq!(Token::read(&bump, &text, &keys, NOW).valid, valid, "{case}");
        let other = Token::read(&bump, &format!("{text}A"), &keys, NOW);
        assert!(!other.valid, "{case}, with another signature");
    }

    #[test]
    fn keys_of_rsa() {
        const N: &str = "0c6FI57EUC04dllkFRjz3O8edNh6fC4ylWIlXHYqxc4GBJ0zNpsUsY2TXeMxjC6sIp91Eoiw6wKlE7DQDP-FvMvR2fYW-YqnE1XgC_mKYJJ29favLt_eHI-mojq5pTjS8t6IQeKEjtx9D6I_M9FYy5FGgPschHEI3kxZQRvzajLYCLqPq8h7lkqTF4jpXdE6VOK8znYXEk52W-l5H1AW4yVLogt76CcmwXxEe8Uwa7z4L3yXAbVb82ZiRp-v4l2M5Vm5FBd5sCxBqqinB23l3KHc2BwKGnnOa0qduS8YlGbGpfrwfArnX0owPISKdXvEypUxrB5yOowz65wBq3h08Q";
        const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.GJIp0-PvLpbG2anB03KqHPvjmPsFza77Za6DvIIFyNeyAj2LY7jdfufdbNLt38RRluNFBr8zA1s9Tic2WFyJxS1XuO6Wjrxe0kyRuIp_vhUklr5emBvdpzNib9ub9SdaBJkYeNqy9d_vF7idrjrCsUeRag19pJcGF35VBi3cE7w5ELSJWubMUI37f3WEzUvhI-hDmeRYU-7TyVMRCYyOBAZWNzVrHIuCpvQ_UbPOzr1ErkmnTMSYHuMw8b4F1vT2Nz0MkrHzmkjOE9se8LemE70uef-2KaWa8IZq5NdTtfyO9GvKFG-GFO8jyqm-so8-UhY_00GOpAbSERAZUBFiLg";
        let bump = Bump::new();
        let valid = |n: &str, token: &str| {
            let set = format!(r#"[{{"kty":"RSA","alg":"RS256","n":"{n}","e":"AQAB"}}]"#);
            let keys = Keys::Set(parse_json(&bump, &set).unwrap().as_list());
            Token::read(&bump, token, &keys, NOW).valid
        };
        assert!(valid(N, TOKEN));
        assert!(!valid(N, &TOKEN.replace(".e30.", ".eyJhIjoxfQ.")));
        assert!(!valid(&N.replace('w', "x"), TOKEN));
        assert!(!valid("", TOKEN));
    }
}

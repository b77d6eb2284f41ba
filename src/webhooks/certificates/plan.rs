//! What is to be done about certificates, and when.
//!
//! Comes in:  what the Secrets hold, what webhook configurations have, the time.
//! Goes out:  one [`Step`].
//! Never here: talking to the API server.

use std::time::Duration;

use jiff::Timestamp;

use super::CertificateOptions;
use super::held::{Content, Held};
use crate::cluster::home::Home;

/// Certificates are looked at this often, whatever happens.
const LOOK_EVERY: Duration = Duration::from_secs(12 * 60 * 60);

/// Names and lives.
pub(super) struct Plan {
    pub(super) authority_secret: String,
    pub(super) pair_secret: String,
    pub(super) common_name: String,
    pub(super) names: Vec<String>,
    pub(super) options: CertificateOptions,
}

/// What is to be done about certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Nothing,
    /// A new authority, beside those that are there.
    MakeAuthority,
    /// A new serving certificate.
    Sign,
}

impl Plan {
    pub(super) fn new(home: &Home, options: &CertificateOptions) -> Plan {
        let Home {
            namespace, service, ..
        } = home;
        let common_name = format!("{service}.{namespace}.svc");
        let secret = |stated: &Option<String>, suffix: &str| {
            let stated = stated.clone().filter(|name| !name.is_empty());
            stated.unwrap_or_else(|| format!("{common_name}.kyverno-tls-{suffix}"))
        };
        let mut names = vec![
            service.clone(),
            format!("{service}.{namespace}"),
            common_name.clone(),
        ];
        names.extend(options.server_ip.as_deref().map(host_of).map(str::to_owned));
        Plan {
            authority_secret: secret(&options.authority_secret, "ca"),
            pair_secret: secret(&options.pair_secret, "pair"),
            common_name,
            names,
            options: options.clone(),
        }
    }

    /// What is to be done first.
    ///
    /// # Errors
    ///
    /// What is wrong with a Secret that is not ours to change.
    pub(super) fn next(
        &self,
        held: &Held,
        stored: Option<&str>,
        now: Timestamp,
    ) -> Result<Step, String> {
        let margin = now
            .checked_add(self.options.renew_before)
            .unwrap_or(Timestamp::MAX);
        let authority = match &held.authority {
            Content::Unknown => return Ok(Step::Nothing),
            Content::Absent if held.vouches_elsewhere() => return Ok(Step::Nothing),
            Content::Absent => return Ok(Step::MakeAuthority),
            Content::There(kept) => kept,
        };
        if authority.managed && authority.pair.end().is_ok_and(|end| end < margin) {
            return Ok(Step::MakeAuthority);
        }
        if authority.managed && authority.pair.end().is_err() {
            return Ok(Step::MakeAuthority);
        }
        let pair = match &held.pair {
            Content::Unknown => return Ok(Step::Nothing),
            Content::Absent => return Ok(Step::Sign),
            Content::There(kept) => kept,
        };
        let bundle = &authority.pair.certificate;
        let verified = pair.pair.certified().map(drop);
        let verified = verified.and_then(|()| pair.pair.verify(bundle, &self.names, now));
        match (verified, pair.managed) {
            (Err(why), false) => {
                let secret = &self.pair_secret;
                Err(format!(
                    "Secret `{secret}`, which is not managed here: {why}"
                ))
            }
            (Ok(()), false) => Ok(Step::Nothing),
            (Err(_), true) => Ok(Step::Sign),
            (Ok(()), true) if pair.pair.end().is_ok_and(|end| end >= margin) => Ok(Step::Nothing),
            // It still serves: no hurry before everybody trusts the authority.
            (Ok(()), true) if stored != Some(bundle.as_str()) => Ok(Step::Nothing),
            (Ok(()), true) => Ok(Step::Sign),
        }
    }

    /// How long nothing is to be done.
    pub(super) fn due(&self, held: &Held, now: Timestamp) -> Duration {
        let ends = [&held.authority, &held.pair].into_iter();
        let ends = ends.filter_map(|content| match content {
            Content::There(kept) if kept.managed => kept.pair.end().ok(),
            _ => None,
        });
        let due = ends.min().map(|end| {
            let left = end.duration_since(now).as_secs();
            let left = Duration::from_secs(u64::try_from(left).unwrap_or_default());
            left.saturating_sub(self.options.renew_before)
        });
        due.unwrap_or(LOOK_EVERY)
            .clamp(Duration::from_secs(1), LOOK_EVERY)
    }
}

/// A name or an address, without port.
fn host_of(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::super::held::Kept;
    use super::{CertificateOptions, Content, Held, Plan, Step, host_of};
    use crate::cluster::home::Home;
    use crate::serve::tls::{Algorithm, Pair, Term, make_authority, renew_bundle};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_renewed_and_when() {
        let plan = plan();
        let authority =
            |days| make_authority("ca", Algorithm::Ecdsa, Term::lasting(DAY * days)).unwrap();
        let signed = |by: &Pair, days| {
            by.sign(
                "gate",
                &plan.names,
                Algorithm::Ecdsa,
                Term::lasting(DAY * days),
            )
            .unwrap()
        };
        let (old, new) = (authority(10), authority(365));
        let both = Pair {
            certificate: renew_bundle(&new.certificate, &old.certificate, Timestamp::now()),
            key: new.key.clone(),
        };
        let other_names = new
            .sign(
                "gate",
                &["other".to_owned()],
                Algorithm::Ecdsa,
                Term::lasting(DAY * 150),
            )
            .unwrap();
        let ours = |pair: &Pair| there(pair, true);
        let theirs = |pair: &Pair| there(pair, false);
        let none = || Content::Absent;
        let check = |case: &str, authority: Content, pair: Content, stored: bool, expect| {
            let held = Held { authority, pair };
            let stored = stored.then(|| held.bundle().map(str::to_owned)).flatten();
            let found = plan.next(&held, stored.as_deref(), Timestamp::now());
            assert_eq!(found.map_err(drop), expect, "{case}");
        };
        let (nothing, make, sign) = (Ok(Step::Nothing), Ok(Step::MakeAuthority), Ok(Step::Sign));
        check(
            "nobody looked",
            Content::Unknown,
            Content::Unknown,
            true,
            nothing,
        );
        check("nothing is there", none(), none(), true, make);
        check("an authority alone", ours(&new), none(), false, sign);
        check(
            "all is well",
            ours(&new),
            ours(&signed(&new, 150)),
            true,
            nothing,
        );
        check(
            "the certificate ends",
            ours(&new),
            ours(&signed(&new, 10)),
            true,
            sign,
        );
        check(
            "the authority ends",
            ours(&old),
            ours(&signed(&old, 10)),
            true,
            make,
        );
        check(
            "the old one still serves",
            ours(&both),
            ours(&signed(&old, 150)),
            true,
            nothing,
        );
        check(
            "not everybody trusts the new one",
            ours(&both),
            ours(&signed(&old, 10)),
            false,
            nothing,
        );
        check(
            "everybody does",
            ours(&both),
            ours(&signed(&old, 10)),
            true,
            sign,
        );
        check(
            "nobody vouches for it",
            ours(&new),
            ours(&signed(&old, 150)),
            false,
            sign,
        );
        check("another name", ours(&new), ours(&other_names), false, sign);
        check(
            "keys are mixed up",
            ours(&new),
            ours(&Pair {
                key: old.key.clone(),
                ..signed(&new, 150)
            }),
            false,
            sign,
        );
        check(
            "authority of others",
            theirs(&old),
            ours(&signed(&old, 150)),
            true,
            nothing,
        );
        check(
            "all of others",
            theirs(&old),
            theirs(&signed(&old, 1)),
            true,
            nothing,
        );
        check(
            "broken, of others",
            theirs(&new),
            theirs(&signed(&old, 1)),
            true,
            Err(()),
        );
        let vouched = match theirs(&signed(&old, 150)) {
            Content::There(kept) => Content::There(Box::new(Kept {
                vouched: old.certificate.clone(),
                ..*kept
            })),
            other => other,
        };
        check(
            "authority beside the certificate",
            none(),
            vouched,
            true,
            nothing,
        );
    }

    #[test]
    fn an_old_authority_stays_until_it_ends() {
        let made = make_authority("new", Algorithm::Ecdsa, Term::lasting(DAY))
            .unwrap()
            .certificate;
        let old = make_authority("old", Algorithm::Ecdsa, Term::lasting(DAY))
            .unwrap()
            .certificate;
        let now = Timestamp::now();
        assert_eq!(renew_bundle(&made, &old, now), format!("{made}{old}"));
        let later = now + DAY * 2;
        assert_eq!(renew_bundle(&made, &old, later), made);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn hosts() {
        for (text, expect) in [
            ("10.0.0.1",        "10.0.0.1"),
            ("10.0.0.1:9443",   "10.0.0.1"),
            ("gate.local:9443", "gate.local"),
            ("fd00::1",         "fd00::1"),
            ("[fd00::1]:9443",  "fd00::1"),
        ] {
            assert_eq!(host_of(text), expect, "{text}");
        }
    }

    fn there(pair: &Pair, managed: bool) -> Content {
        Content::There(Box::new(Kept {
            pair: pair.clone(),
            vouched: String::new(),
            managed,
            version: None,
        }))
    }

    fn plan() -> Plan {
        let home = Home {
            namespace: "kyverno".to_owned(),
            service: "kyverno-svc".to_owned(),
            deployment: String::new(),
            pod: "pod".to_owned(),
            role: String::new(),
            config: "kyverno".to_owned(),
            metrics: String::new(),
        };
        Plan::new(&home, &CertificateOptions::default())
    }
}

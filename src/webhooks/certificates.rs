//! The gate's certificates, kept in Secrets: one with the authorities, one with what is served.
//!
//! Comes in:  two Secrets, names, the clock.
//! Goes out:  [`Held`], followed by every replica; new content of the Secrets, by the one that leads.
//! Never here: X.509 (see `serve::tls`), webhook configurations.
//!
//! A Secret without the label of ours is somebody else's: it is used as it is and never changed.
//!
//! No client is ever shown a certificate that it does not trust yet: a new authority stands beside the
//! old one in the Secret, and signs nothing until every webhook configuration has both.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::cluster::follow::{Event, Which, follow_api};
use crate::cluster::home::Home;
use crate::observe::metrics::Metrics;
use crate::serve::tls::{Pair, Term, make_authority, renew_bundle};

/// The label of Secrets that are ours to renew.
const MANAGED: (&str, &str) = ("cert.kyverno.io/managed-by", "kyverno");

/// Certificates are looked at this often, whatever happens.
const LOOK_EVERY: Duration = Duration::from_secs(12 * 60 * 60);

/// After a failure to write.
const PAUSE: Duration = Duration::from_secs(2);

/// API servers hear of new authorities within this time of their being stored.
const SPREAD: Duration = Duration::from_secs(2);

/// How certificates are made and kept.
#[derive(Clone, Debug)]
pub(crate) struct CertificateOptions {
    /// `caSecretName`: by default `<service>.<namespace>.svc.kyverno-tls-ca`.
    pub(crate) authority_secret: Option<String>,
    /// `tlsSecretName`: by default `<service>.<namespace>.svc.kyverno-tls-pair`.
    pub(crate) pair_secret: Option<String>,
    /// Are they made and renewed here? `disableCertManagerController` says no.
    pub(crate) managed: bool,
    /// `renewBefore`: what has less than this left is renewed.
    pub(crate) renew_before: Duration,
    /// How long an authority is good.
    pub(crate) authority_life: Duration,
    /// How long a serving certificate is good.
    pub(crate) pair_life: Duration,
    /// `serverIP`: served under this name as well.
    pub(crate) server_ip: Option<String>,
}

impl Default for CertificateOptions {
    fn default() -> CertificateOptions {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        CertificateOptions {
            authority_secret: None,
            pair_secret: None,
            managed: true,
            renew_before: DAY.saturating_mul(15),
            authority_life: DAY.saturating_mul(365),
            pair_life: DAY.saturating_mul(150),
            server_ip: None,
        }
    }
}

/// What the Secrets hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    authority: Content,
    pair: Content,
}

/// One Secret.
#[derive(Clone, Debug, Default, PartialEq)]
enum Content {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// It is not there.
    Absent,
    There(Box<Kept>),
}

#[derive(Clone, Debug, PartialEq)]
struct Kept {
    pair: Pair,
    /// `ca.crt`, where somebody else puts the authority beside the certificate.
    vouched: String,
    /// Ours to renew?
    managed: bool,
    version: Option<String>,
}

/// Names and lives.
struct Plan {
    authority_secret: String,
    pair_secret: String,
    common_name: String,
    names: Vec<String>,
    options: CertificateOptions,
}

/// What is to be done about certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Nothing,
    /// A new authority, beside those that are there.
    MakeAuthority,
    /// A new serving certificate.
    Sign,
}

/// Follows both Secrets for as long as anybody listens.
pub(crate) fn follow(
    client: &Client,
    home: &Home,
    options: &CertificateOptions,
) -> watch::Receiver<Held> {
    let (sender, held) = watch::channel(Held::default());
    let plan = Plan::new(home, options);
    let api: Api<Secret> = Api::namespaced(client.clone(), &home.namespace);
    let events = |name: &str| {
        let fields = format!("metadata.name={name}");
        let which = Which {
            fields: Some(&fields),
            ..Which::default()
        };
        follow_api(api.clone(), "secrets".to_owned(), &which)
    };
    let authorities = events(&plan.authority_secret).map(|event| (true, event));
    let pairs = events(&plan.pair_secret).map(|event| (false, event));
    let mut events = Box::pin(stream::select(authorities, pairs));
    tokio::spawn(async move {
        // Since the last list began.
        let mut seen = [false, false];
        while let Some((of_authority, event)) = events.next().await {
            let seen = match of_authority {
                true => &mut seen[0],
                false => &mut seen[1],
            };
            let content = match event {
                Event::Restarted => {
                    *seen = false;
                    continue;
                }
                Event::Applied(secret) => {
                    *seen = true;
                    Content::There(Box::new(Kept::read(&secret)))
                }
                Event::Synced if *seen => continue,
                Event::Synced | Event::Deleted(_) => Content::Absent,
            };
            sender.send_if_modified(|held| {
                let place = match of_authority {
                    true => &mut held.authority,
                    false => &mut held.pair,
                };
                let changed = *place != content;
                *place = content;
                changed
            });
            if sender.is_closed() {
                return;
            }
        }
    });
    held
}

impl Held {
    /// The authorities that API servers must trust, PEM.
    pub(crate) fn bundle(&self) -> Option<&str> {
        let bundle = match (&self.authority, &self.pair) {
            (Content::There(kept), _) => kept.pair.certificate.as_str(),
            // Nobody keeps it apart.
            (Content::Absent, Content::There(kept)) => kept.vouched.as_str(),
            _ => "",
        };
        (!bundle.is_empty()).then_some(bundle)
    }

    /// What is served; `None` where there is nothing yet.
    fn served(&self) -> Option<Result<CertifiedKey, String>> {
        match &self.pair {
            Content::There(kept) => Some(kept.pair.certified()),
            _ => None,
        }
    }
}

/// Hands each certificate to serve with to `each`, from the first one on. Returns when nobody follows
/// the Secrets any more.
pub(super) async fn serve(
    mut held: watch::Receiver<Held>,
    metrics: &Metrics,
    each: impl Fn(CertifiedKey),
) {
    let mut last = Content::Unknown;
    loop {
        let now = held.borrow_and_update().clone();
        if now.pair != last {
            match now.served() {
                Some(Ok(certified)) => each(certified),
                Some(Err(error)) => {
                    metrics.certificate_errors.inc();
                    tracing::error!(%error, "no new serving certificate; the last one stays");
                }
                None => {}
            }
            last = now.pair;
        }
        if held.changed().await.is_err() {
            return;
        }
    }
}

/// Makes and renews what is ours, for as long as this replica leads. `stored`: the authorities that all
/// webhook configurations have.
pub(crate) async fn keep(
    client: &Client,
    home: &Home,
    options: &CertificateOptions,
    mut held: watch::Receiver<Held>,
    mut stored: watch::Receiver<Option<Arc<str>>>,
) {
    if !options.managed {
        return std::future::pending().await;
    }
    let plan = Plan::new(home, options);
    let api: Api<Secret> = Api::namespaced(client.clone(), &home.namespace);
    let mut complaint = String::new();
    loop {
        let now = held.borrow_and_update().clone();
        let known = stored.borrow_and_update().clone();
        let spread = match plan.next(&now, known.as_deref(), Timestamp::now()) {
            Ok(Step::Nothing) => false,
            Ok(step) => {
                // What was stored just now is not known everywhere yet.
                if step == Step::Sign && now.served().is_some() {
                    sleep(SPREAD).await;
                }
                match plan.carry_out(&api, step, &now).await {
                    Ok(()) => tracing::info!(?step, "certificates renewed"),
                    Err(error) => {
                        tracing::warn!(?step, %error, "cannot renew certificates; trying again");
                        sleep(PAUSE).await;
                    }
                }
                true
            }
            Err(error) => {
                if error != complaint {
                    tracing::error!(%error, "a certificate needs its owner");
                }
                complaint = error;
                false
            }
        };
        let due = match spread {
            // Only until the change is seen here.
            true => PAUSE,
            false => plan.due(&now, Timestamp::now()),
        };
        tokio::select! {
            changed = held.changed() => if changed.is_err() { return },
            _ = stored.changed() => {}
            () = sleep(due) => {}
        }
    }
}

impl Plan {
    fn new(home: &Home, options: &CertificateOptions) -> Plan {
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
    fn next(&self, held: &Held, stored: Option<&str>, now: Timestamp) -> Result<Step, String> {
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
    fn due(&self, held: &Held, now: Timestamp) -> Duration {
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

    async fn carry_out(&self, api: &Api<Secret>, step: Step, held: &Held) -> Result<(), String> {
        let (name, known, content) = match step {
            Step::Nothing => return Ok(()),
            Step::MakeAuthority => {
                let term = Term::lasting(self.options.authority_life);
                let made = make_authority("*.kyverno.svc", term).map_err(|it| it.to_string())?;
                let old = match &held.authority {
                    Content::There(kept) => kept.pair.certificate.as_str(),
                    _ => "",
                };
                let content = Pair {
                    certificate: renew_bundle(&made.certificate, old, Timestamp::now()),
                    key: made.key,
                };
                (&self.authority_secret, &held.authority, content)
            }
            Step::Sign => {
                let Content::There(authority) = &held.authority else {
                    return Ok(());
                };
                let term = Term::lasting(self.options.pair_life);
                let content = authority.pair.sign(&self.common_name, &self.names, term)?;
                (&self.pair_secret, &held.pair, content)
            }
        };
        let version = match known {
            Content::There(kept) => kept.version.clone(),
            _ => None,
        };
        let text = |key: &str, value: String| (key.to_owned(), ByteString(value.into_bytes()));
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(BTreeMap::from([(
                    MANAGED.0.to_owned(),
                    MANAGED.1.to_owned(),
                )])),
                resource_version: version.clone(),
                ..ObjectMeta::default()
            },
            type_: Some("kubernetes.io/tls".to_owned()),
            data: Some(BTreeMap::from([
                text("tls.crt", content.certificate),
                text("tls.key", content.key),
            ])),
            ..Secret::default()
        };
        let options = PostParams::default();
        // Somebody else who writes at the same time makes one of the two fail.
        let written = match version {
            Some(_) => api.replace(name, &options, &secret).await,
            None => api.create(&options, &secret).await,
        };
        written.map(drop).map_err(|error| error.to_string())
    }
}

impl Held {
    /// Does somebody else's serving certificate come with its authority?
    fn vouches_elsewhere(&self) -> bool {
        matches!(&self.pair, Content::There(kept) if !kept.managed && !kept.vouched.is_empty())
            || self.pair == Content::Unknown
    }
}

impl Kept {
    fn read(secret: &Secret) -> Kept {
        let text = |key: &str| {
            let data = secret.data.as_ref().and_then(|data| data.get(key));
            data.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned())
                .unwrap_or_default()
        };
        let labels = secret.metadata.labels.as_ref();
        let label = labels.and_then(|labels| labels.get(MANAGED.0));
        Kept {
            pair: Pair {
                certificate: text("tls.crt"),
                key: text("tls.key"),
            },
            vouched: text("ca.crt"),
            managed: label.is_some_and(|value| value == MANAGED.1),
            version: secret.metadata.resource_version.clone(),
        }
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

    use super::{CertificateOptions, Content, Held, Kept, Plan, Step, host_of};
    use crate::cluster::home::Home;
    use crate::serve::tls::{Pair, Term, make_authority, renew_bundle};

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_renewed_and_when() {
        let plan = plan();
        let authority = |days| make_authority("ca", Term::lasting(DAY * days)).unwrap();
        let signed = |by: &Pair, days| {
            by.sign("gate", &plan.names, Term::lasting(DAY * days))
                .unwrap()
        };
        let (old, new) = (authority(10), authority(365));
        let both = Pair {
            certificate: renew_bundle(&new.certificate, &old.certificate, Timestamp::now()),
            key: new.key.clone(),
        };
        let other_names = new
            .sign("gate", &["other".to_owned()], Term::lasting(DAY * 150))
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
        let made = make_authority("new", Term::lasting(DAY))
            .unwrap()
            .certificate;
        let old = make_authority("old", Term::lasting(DAY))
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
        };
        Plan::new(&home, &CertificateOptions::default())
    }
}

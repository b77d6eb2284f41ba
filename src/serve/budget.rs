//! How long an answer may take.
//!
//! Comes in:  the query of a request, the configured cap.
//! Goes out:  the time until the answer must be on its way.
//! Never here: clocks.
//!
//! An API server says in the query how long it will wait: `?timeout=10s`.

use std::time::Duration;

use portcullis_lang::scalar::duration;

/// Kept back for encoding, sending, and a busy network, but never more than a tenth.
const RESERVE: Duration = Duration::from_millis(100);

/// The time for the answer to a request with this `query`.
///
/// # Errors
///
/// When the query has a `timeout` that is no positive duration.
pub(super) fn budget(query: Option<&str>, max_latency: Duration) -> Result<Duration, String> {
    let limit = match query.and_then(timeout) {
        Some(text) => parse(text)?.min(max_latency),
        None => max_latency,
    };
    Ok(limit - RESERVE.min(limit / 10))
}

fn timeout(query: &str) -> Option<&str> {
    query
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("timeout="))
}

fn parse(text: &str) -> Result<Duration, String> {
    let nanos = duration::Duration::parse(text).map(duration::Duration::nanos);
    match nanos.ok().and_then(|nanos| u64::try_from(nanos).ok()) {
        Some(nanos) if nanos > 0 => Ok(Duration::from_nanos(nanos)),
        _ => Err(format!(
            "query parameter `timeout`: `{text}` is no positive duration such as `10s`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::budget;
    use std::time::Duration;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn budgets() {
        check(None,                         10_000, Ok(9_900));
        check(Some(""),                     10_000, Ok(9_900));
        check(Some("timeout=5s"),           10_000, Ok(4_900));
        check(Some("a=b&timeout=1m"),       10_000, Ok(9_900));
        check(Some("timeout=500ms&x"),      10_000, Ok(450));
        check(Some("timeout=1.5s"),         1_000,  Ok(900));
        check(Some("timeout=soon"),         10_000, Err("query parameter `timeout`: `soon` is no positive duration such as `10s`"));
        check(Some("timeout=-1s"),          10_000, Err("query parameter `timeout`: `-1s` is no positive duration such as `10s`"));
        check(Some("timeout="),             10_000, Err("query parameter `timeout`: `` is no positive duration such as `10s`"));
    }

    #[track_caller]
    fn check(query: Option<&str>, cap_millis: u64, expect: Result<u64, &str>) {
        let got = budget(query, Duration::from_millis(cap_millis));
        let expect = expect.map(Duration::from_millis).map_err(str::to_owned);
        assert_eq!(got, expect, "{query:?}");
    }
}

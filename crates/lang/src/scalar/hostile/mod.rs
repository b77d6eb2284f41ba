//! Whatever text a notation is read from: a scalar or an error, and what was read keeps its word.

mod texts;

use proptest::prelude::*;

use super::cron::Schedule;
use super::duration::Duration;
use super::float::{
    Fixed, General, Json, JsonEmbedded, Scientific, Single, parse_float, parse_int,
};
use super::image::{Defaults, Image};
use super::ip::{Address, Cidr};
use super::label::{Operator, Selector};
use super::name;
use super::path;
use super::quantity::{Format, Quantity};
use super::regex::Regex;
use super::semver::{Version, VersionRange};
use super::time::{RFC3339, Time};
use super::url::Url;
use super::wildcard::{self, Wildcard};
use texts::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn quantities(text in quantity(), other in quantity(), number: f64, whole: i64) {
        let Ok(quantity) = Quantity::parse(&text) else { return Ok(()) };
        let printed = quantity.to_string();
        prop_assert!(printed.len() < 5_000);
        let again = Quantity::parse(&printed);
        prop_assert!(again.is_ok(), "`{text}` prints as `{printed}`");
        prop_assert_eq!(again.map(|again| again.to_string()), Ok(printed));
        let _ = (quantity.as_i64(), quantity.to_f64(), quantity.signum(), quantity.is_inline());
        let _ = (quantity.mul_number(number), quantity.div_number(number), Quantity::from_number(number), Quantity::from_fixed(number));
        let whole = Quantity::from_i64(whole, Format::BinarySi);
        for other in Quantity::parse(&other).into_iter().chain([whole]) {
            prop_assert_eq!(quantity.cmp(&other), other.cmp(&quantity).reverse());
            let _ = (quantity.div(&other), quantity.modulo(&other).map(|rest| rest.to_string()));
            if let Some(sum) = quantity.add(&other) && let Some(back) = sum.sub(&other) {
                prop_assert_eq!(back.cmp(&quantity), std::cmp::Ordering::Equal, "{} + {} = {}", quantity, other, sum);
            }
        }
    }

    #[test]
    fn durations(text in duration(), other: i64, seconds: f64) {
        let other = Duration::from_nanos(other);
        let _ = (Duration::from_seconds(seconds), Duration::from_whole_seconds(seconds));
        match Duration::parse(&text) {
            Ok(span) => {
                prop_assert_eq!(Duration::parse(&span.to_string()).ok(), Some(span));
                let _ = (span.seconds(), span.wrapping_add(other), span.wrapping_sub(other), span.checked_rem(other));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        prop_assert_eq!(Duration::parse(&other.to_string()).ok(), Some(other));
    }

    #[test]
    fn cron_lines(line in cron(), seconds in -70_000_000_000_i64..260_000_000_000, far: i64) {
        for schedule in [Schedule::parse(&line), Schedule::parse_extended(&line)] {
            match schedule {
                Ok(schedule) => {
                    for time in [Time::from_unix(seconds), Time::from_unix(far)] {
                        let next = schedule.next_after(&time);
                        let every = line.contains("@every");
                        prop_assert!(every || next.is_none_or(|next| next > time), "`{line}` after {time}");
                    }
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn versions(text in version(), other in version(), range in range()) {
        let (version, other) = (Version::parse(&text), Version::parse(&other));
        if let (Ok(version), Ok(other)) = (&version, &other) {
            prop_assert_eq!(version.cmp(other), other.cmp(version).reverse());
        }
        match VersionRange::parse(&range) {
            Ok(range) => {
                for version in [version, other].into_iter().flatten() {
                    let _ = range.contains(&version);
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn images(text in image(), registry in image(), mutate: bool) {
        let _ = Image::parse(&text, Defaults { registry: &registry, mutate }).map(|image| image.to_string());
        match Image::parse(&text, Defaults::default()) {
            Ok(image) => {
                let again = Image::parse(&image.reference(), Defaults::default());
                prop_assert_eq!(again.map(|again| again.reference()), Ok(image.reference()));
                let (path, pinned) = (image.path(), [image.tag(), image.digest()].concat());
                prop_assert!(path.ends_with(image.name()) && !image.name().is_empty(), "{path}");
                prop_assert!(!pinned.is_empty(), "{image}");
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn addresses(text in address(), other in address()) {
        if let Ok(address) = Address::parse(&text) {
            let printed = address.to_string();
            prop_assert_eq!(Address::parse(&printed).map(|again| again.to_string()), Ok(printed));
        }
        if let Ok(cidr) = Cidr::parse(&text) {
            prop_assert_eq!(Cidr::parse(&cidr.to_string()), Ok(cidr));
            prop_assert!(cidr.contains(cidr.ip()) && cidr.contains_cidr(&cidr.masked()), "{cidr}");
            let _ = Cidr::parse(&other).map(|other| cidr.contains_cidr(&other));
        }
    }

    #[test]
    fn selectors(key in label(), value in label(), operator in label(), values in prop::collection::vec(label(), 0..3)) {
        let _ = Operator::parse(&operator);
        let mut pair = Selector::default();
        if pair.require_label(&key, &value).is_ok() {
            prop_assert!(pair.matches([(key.as_str(), value.as_str())]), "{key}={value}");
            prop_assert!(!pair.matches([(key.as_str(), "another")]) || value == "another");
        }
        let mut wild = Selector::default();
        let _ = wild.require_wildcard(&key, &value).map(|()| wild.matches([("app", "a")]));
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let label = [(key.as_str(), value.as_str())];
        for (one, other) in [(Operator::In, Operator::NotIn), (Operator::Exists, Operator::DoesNotExist)] {
            let (mut yes, mut no) = (Selector::default(), Selector::default());
            if yes.require(&key, one, &values).is_ok() && no.require(&key, other, &values).is_ok() {
                prop_assert_ne!(yes.matches(label), no.matches(label));
            }
        }
        prop_assert_eq!(name::is_label_value(&value), name::label_value(&value).is_empty());
        prop_assert_eq!(name::is_qualified_name(&key), name::qualified_name(&key).is_empty());
        let _ = (name::dns1123_label(&key), name::dns1035_label(&key), name::dns1123_subdomain(&key), name::mask_generate_name(&key));
    }

    #[test]
    fn times(layout in layout(), text in moment(), seconds: i64, nanos: i128, span: i64) {
        let _ = Time::parse(&layout, &text).map(|time| time.format(&layout));
        let _ = Time::parse(RFC3339, &text).map(|time| time.to_string());
        let span = Duration::from_nanos(span);
        for time in [Time::from_unix(seconds), Time::from_unix_nanos(nanos), Time::from_unix(seconds >> 24)] {
            let written = time.format(&layout);
            let _ = Time::parse(&layout, &written);
            let _ = (time.date(), time.clock(), time.weekday(), time.year_day(), time.to_cron(), time.unix_nanos());
            let _ = (time.add(span).since(&time), time.truncate(span));
        }
        // From year 0 to year 9999.
        let time = Time::from_unix(seconds.rem_euclid(315_569_433_600) - 62_167_219_200);
        prop_assert_eq!(Time::parse_rfc3339(&time.format(RFC3339)).map(|read| read.unix()).ok(), Some(time.unix()));
    }

    #[test]
    fn regular_expressions(pattern in expression(), text in expression(), template in "[$a-z0-9{}]{0,8}") {
        match Regex::new(&pattern) {
            Ok(regex) => {
                let found: Vec<_> = regex.find_iter(&text).collect();
                prop_assert_eq!(regex.is_match(&text), !found.is_empty());
                prop_assert_eq!(regex.captures_iter(&text).count(), found.len());
                let _ = (regex.replace_all(&text, &template), regex.replace_all_literal(&text, &template));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn wildcards(pattern in "[*?aé]{0,8}", text in "[aéb]{0,8}") {
        let expect = fits(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(wildcard::matches(&pattern, &text), expect, "`{}` on `{}`", pattern, text);
        prop_assert_eq!(Wildcard::new(&pattern).matches(&text), expect, "`{}` on `{}`", pattern, text);
    }

    #[test]
    fn urls_and_paths(text in pieces(&["http", "https", "://", ":", "//", "/", "user", "@", "host", "[::1]", ":8080", "%41", "%", "%zz", "?", "a=b", "&", ";", "#", "..", ".", "é"])) {
        if let Ok(url) = Url::parse(&text) {
            let _ = (url.host_name(), url.port(), url.escaped_path(), url.query());
        }
        let clean = path::clean(&text);
        prop_assert_eq!(path::clean(&clean), clean.as_ref());
        let _ = path::join(&text, &clean);
    }

    #[test]
    fn floats(text in pieces(&["1", "0", ".", "e", "E", "-", "+", "_", "0x", "p", "inf", "NaN", "Infinity", "1e400", "1e-400", "0b1", "0o7"]), number: f64) {
        let _ = (parse_float(&text), parse_int(&text));
        for printed in [General(number).to_string(), Scientific(number).to_string(), Json(number).to_string(), JsonEmbedded(number).to_string()] {
            if number.is_finite() {
                prop_assert_eq!(parse_float(&printed), Some(number), "{}", printed);
            }
        }
        let _ = (Fixed(number).to_string(), Single(number as f32 as f64).to_string());
    }
}

/// What wildcards mean, without any haste.
fn fits(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['*', rest @ ..], text) => {
            fits(rest, text) || !text.is_empty() && fits(pattern, &text[1..])
        }
        (['?', rest @ ..], [_, text @ ..]) => fits(rest, text),
        ([one, rest @ ..], [other, text @ ..]) => one == other && fits(rest, text),
        (_, []) => false,
    }
}

use std::fs;

use portcullis_engine::doc::FailurePolicy::{self, Fail, Ignore};
use portcullis_engine::failure::FailureModes;

use super::Keeper;
use super::read::read;
use crate::observe::metrics::Metrics;

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn mistakes() {
    wrong("auditEverything: yes please",            "1:18: `auditEverything` is `true` or `false`");
    wrong("auditEverythin: true",                   "1:1: settings has no field `auditEverythin`; `auditEverything` exists");
    wrong("defaultFailureMode: open",               "1:21: `defaultFailureMode` is `Fail` or `Ignore`");
    wrong("[]",                                     "1:1: settings has the fields `auditEverything`, `defaultFailureMode`, `failureModes`");
    wrong("failureModes: {mode: Fail}",             "1:15: `failureModes` is a list");
    wrong("failureModes:\n- mode: Fail\n- policies: [a]", "3:3: an entry of `failureModes` needs a `mode`: `Fail` or `Ignore`");
    wrong("failureModes:\n- {mode: Fail, policies: []}", "2:26: `policies` is a list of names, at least one");
    wrong("failureModes:\n- {mode: Fail, policies: a*}", "2:26: `policies` is a list of names, at least one");
    wrong("failureModes:\n- {mode: Fail, policy: [a]}", "2:16: an entry of `failureModes` has no field `policy`");
    wrong("a: 1\n---\nb: 2",                        "3:1: settings are one document, but here is a second one");
}

#[test]
fn what_files_say() {
    for nothing in ["", "# nothing\n", "{}"] {
        let modes = read(nothing, Ignore).unwrap();
        assert_eq!(
            (modes.default, modes.audit_everything),
            (Ignore, false),
            "{nothing}"
        );
    }
    let text = "auditEverything: true\ndefaultFailureMode: Fail\nfailureModes:\n\
                - {mode: Ignore, policies: [a, b/c], namespaces: [kube-*]}\n- mode: Fail\n";
    let FailureModes {
        default,
        overrides,
        audit_everything,
    } = read(text, Ignore).unwrap();
    assert_eq!((default, audit_everything), (Fail, true));
    assert_eq!(overrides.len(), 2);
    assert_eq!(overrides[0].policies, ["a", "b/c"]);
    assert_eq!(overrides[0].namespaces, ["kube-*"]);
    assert_eq!(overrides[0].mode, Ignore);
    assert_eq!((overrides[1].policies.len(), overrides[1].mode), (0, Fail));
}

#[test]
fn a_broken_file_leaves_the_last_good_settings_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.yaml");
    let metrics = Metrics::new();
    assert!(
        Keeper::open(&path, Fail, metrics.clone()).is_err(),
        "nothing is there"
    );
    fs::write(&path, "auditEverything: true\n").unwrap();
    let mut keeper = Keeper::open(&path, Fail, metrics.clone()).unwrap();
    let in_force = keeper.in_force();
    let mut check = |audits: bool, error: Option<&str>| {
        keeper.look();
        let settings = in_force.load();
        assert_eq!(settings.modes.audit_everything, audits);
        match (&settings.error, error) {
            (Some(found), Some(expect)) => assert!(found.contains(expect), "{found}"),
            (found, expect) => assert_eq!(found.as_deref(), expect),
        }
        assert_eq!(metrics.audit_everything.get(), i64::from(audits));
    };
    check(true, None);
    fs::write(&path, "auditEverything: perhaps\n").unwrap();
    check(true, Some("settings.yaml:1:18: `auditEverything` is"));
    fs::remove_file(&path).unwrap();
    check(true, Some("No such file"));
    fs::write(&path, "auditEverything: false\n").unwrap();
    check(false, None);
    assert_eq!(metrics.settings_errors.get(), 2);
}

#[track_caller]
fn wrong(text: &str, expect: &str) {
    let default = FailurePolicy::Fail;
    assert_eq!(read(text, default).unwrap_err(), expect);
}

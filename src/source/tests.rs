//! What people and programs do to files, and what comes of it. Real files, real events.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Change, Content, Source};

/// A change is due within 300 ms; a loaded machine gets more.
const SOON: Duration = Duration::from_secs(5);

/// Longer than any debouncing, shorter than the rescan.
const NEVER: Duration = Duration::from_millis(400);

#[test]
fn files_are_found_below_folders_and_by_name() {
    let folder = folder(&[
        ("a.yaml", "a"),
        ("deep/er/b.yml", "b"),
        ("deep/c.json", "c"),
        ("deep/kyverno-test.yaml", "a test"),
        ("notes.txt", "no policy"),
        (".git/d.yaml", "hidden"),
        (".hidden.yaml", "hidden"),
    ]);
    let (_source, first) = open(&[folder.path()]);
    let expect = [
        ("a.yaml", "a"),
        ("deep/c.json", "c"),
        ("deep/er/b.yml", "b"),
    ];
    assert_eq!(shown(&folder, &first), texts(&expect));

    let (_source, first) = open(&[&folder.path().join("notes.txt")]);
    assert_eq!(shown(&folder, &first), texts(&[("notes.txt", "no policy")]));
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    let error = Source::open(&[PathBuf::from("/nowhere/at/all")]).err();
    let text = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        text.starts_with("cannot read `/nowhere/at/all`: "),
        "{text}"
    );
}

#[test]
fn an_edit_in_place() {
    let folder = folder(&[("a.yaml", "old"), ("b.yaml", "same")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::write(folder.path().join("a.yaml"), "new").unwrap();
    check(&mut source, &folder, &[("a.yaml", Some("new"))]);
}

#[test]
fn an_editor_writes_beside_and_renames() {
    let folder = folder(&[("a.yaml", "old")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::write(folder.path().join(".a.yaml.swp"), "swap").unwrap();
    fs::write(folder.path().join("a.yaml.tmp"), "new").unwrap();
    fs::rename(
        folder.path().join("a.yaml.tmp"),
        folder.path().join("a.yaml"),
    )
    .unwrap();
    check(&mut source, &folder, &[("a.yaml", Some("new"))]);
}

#[test]
fn an_editor_moves_the_old_file_away_first() {
    let folder = folder(&[("a.yaml", "old")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::rename(folder.path().join("a.yaml"), folder.path().join("a.yaml~")).unwrap();
    fs::write(folder.path().join("a.yaml"), "new").unwrap();
    fs::remove_file(folder.path().join("a.yaml~")).unwrap();
    check(&mut source, &folder, &[("a.yaml", Some("new"))]);
}

#[test]
fn files_come_go_and_change_their_names() {
    let folder = folder(&[("a.yaml", "a"), ("b.yaml", "b")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::write(folder.path().join("c.yaml"), "c").unwrap();
    check(&mut source, &folder, &[("c.yaml", Some("c"))]);
    fs::remove_file(folder.path().join("a.yaml")).unwrap();
    check(&mut source, &folder, &[("a.yaml", None)]);
    fs::rename(folder.path().join("b.yaml"), folder.path().join("d.yaml")).unwrap();
    check(
        &mut source,
        &folder,
        &[("b.yaml", None), ("d.yaml", Some("b"))],
    );
}

#[test]
fn folders_come_and_go() {
    let folder = folder(&[("a.yaml", "a")]);
    let elsewhere = self::folder(&[("new/b.yaml", "b"), ("new/deep/c.yaml", "c")]);
    let (mut source, _) = open(&[folder.path()]);
    let there = folder.path().join("new");
    fs::rename(elsewhere.path().join("new"), &there).unwrap();
    let both = [("new/b.yaml", Some("b")), ("new/deep/c.yaml", Some("c"))];
    check(&mut source, &folder, &both);
    // What came with a folder is watched as well.
    fs::write(there.join("deep/c.yaml"), "changed").unwrap();
    check(
        &mut source,
        &folder,
        &[("new/deep/c.yaml", Some("changed"))],
    );
    fs::rename(&there, elsewhere.path().join("back")).unwrap();
    check(
        &mut source,
        &folder,
        &[("new/b.yaml", None), ("new/deep/c.yaml", None)],
    );
}

#[test]
fn a_config_map_mount_swaps_its_link() {
    let folder = folder(&[
        ("..v1/a.yaml", "one"),
        ("..v1/b.yaml", "one"),
        ("..v2/a.yaml", "two"),
    ]);
    let at = |name: &str| folder.path().join(name);
    symlink("..v1", at("..data")).unwrap();
    symlink("..data/a.yaml", at("a.yaml")).unwrap();
    symlink("..data/b.yaml", at("b.yaml")).unwrap();
    let (mut source, first) = open(&[folder.path()]);
    assert_eq!(
        shown(&folder, &first),
        texts(&[("a.yaml", "one"), ("b.yaml", "one")])
    );

    symlink("..v2", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    fs::remove_file(at("b.yaml")).unwrap();
    fs::remove_dir_all(at("..v1")).unwrap();
    check(
        &mut source,
        &folder,
        &[("a.yaml", Some("two")), ("b.yaml", None)],
    );
}

#[test]
fn a_single_file_is_followed_through_a_swapped_link() {
    let folder = folder(&[("..v1/a.yaml", "one"), ("..v2/a.yaml", "two")]);
    let at = |name: &str| folder.path().join(name);
    symlink("..v1", at("..data")).unwrap();
    symlink("..data/a.yaml", at("a.yaml")).unwrap();
    let (mut source, _) = open(&[&at("a.yaml")]);
    symlink("..v2", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    check(&mut source, &folder, &[("a.yaml", Some("two"))]);
}

#[test]
fn a_root_that_is_a_link_is_followed_when_it_is_swapped() {
    let folder = folder(&[("v1/a.yaml", "one"), ("v2/a.yaml", "two")]);
    let at = |name: &str| folder.path().join(name);
    symlink("v1", at("current")).unwrap();
    let (mut source, first) = open(&[&at("current")]);
    assert_eq!(shown(&folder, &first), texts(&[("current/a.yaml", "one")]));
    symlink("v2", at("next")).unwrap();
    fs::rename(at("next"), at("current")).unwrap();
    check(&mut source, &folder, &[("current/a.yaml", Some("two"))]);
    fs::write(at("v2/a.yaml"), "three").unwrap();
    check(&mut source, &folder, &[("current/a.yaml", Some("three"))]);
}

#[test]
fn a_root_that_goes_away_keeps_what_was_read_and_comes_back() {
    let outer = folder(&[("rules/a.yaml", "a")]);
    let (rules, away) = (outer.path().join("rules"), outer.path().join("away"));
    let (mut source, _) = open(&[&rules]);
    fs::rename(&rules, &away).unwrap();
    let changes = source.wait(SOON + Duration::from_secs(5));
    let gone = changes.iter().any(|change| change.content == Content::Gone);
    assert!(!gone, "{changes:?}");
    assert!(
        matches!(
            changes[..],
            [Change {
                content: Content::Unreadable(_),
                ..
            }]
        ),
        "{changes:?}"
    );

    fs::write(away.join("a.yaml"), "changed").unwrap();
    fs::rename(&away, &rules).unwrap();
    check(
        &mut source,
        &outer,
        &[("rules", None), ("rules/a.yaml", Some("changed"))],
    );
}

#[test]
fn a_file_that_is_being_written_is_not_read_by_halves() {
    let folder = folder(&[("a.yaml", "old")]);
    let (mut source, _) = open(&[folder.path()]);
    let path = folder.path().join("a.yaml");
    let writer = std::thread::spawn(move || {
        use std::io::Write;
        let mut file = fs::File::create(path).unwrap();
        for part in ["one ", "two ", "three"] {
            file.write_all(part.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    check(&mut source, &folder, &[("a.yaml", Some("one two three"))]);
    writer.join().unwrap();
}

#[test]
fn a_stream_of_writes_is_read_now_and_then() {
    let folder = folder(&[("a.yaml", "0")]);
    let (mut source, _) = open(&[folder.path()]);
    let path = folder.path().join("a.yaml");
    let writer = std::thread::spawn(move || {
        for number in 0..200 {
            fs::write(&path, number.to_string()).unwrap();
            std::thread::sleep(Duration::from_millis(9));
        }
    });
    let changes = source.wait(SOON);
    assert!(!changes.is_empty() && !writer.is_finished(), "{changes:?}");
    writer.join().unwrap();
}

#[test]
fn a_file_that_is_written_as_it_was_is_no_change() {
    let folder = folder(&[("a.yaml", "a"), ("b.yaml", "b")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::write(folder.path().join("a.yaml"), "a").unwrap();
    fs::write(folder.path().join("b.yaml"), "new").unwrap();
    check(&mut source, &folder, &[("b.yaml", Some("new"))]);
    assert_eq!(source.wait(NEVER), []);
}

#[test]
fn reading_and_other_files_are_no_reason_to_wake() {
    let folder = folder(&[("a.yaml", "a")]);
    let (mut source, _) = open(&[folder.path()]);
    fs::read(folder.path().join("a.yaml")).unwrap();
    fs::write(folder.path().join("log.txt"), "line").unwrap();
    assert_eq!(source.wait(NEVER), []);
}

#[test]
fn what_comes_and_goes_beside_policies_concerns_nobody() {
    let folder = folder(&[("a.yaml", "a"), ("below/b.yaml", "b"), ("log.txt", "line")]);
    let (source, _) = open(&[folder.path()]);
    let concerns = |name: &str| source.may_concern(&folder.path().join(name));
    assert!(!concerns("log.txt"));
    assert!(!concerns("a.yaml.tmp"), "renamed");
    fs::remove_dir_all(folder.path().join("below")).unwrap();
    assert!(concerns("below"), "a folder with policies is gone");
    assert!(concerns(""), "a root");
    std::os::unix::fs::symlink("log.txt", folder.path().join("link")).unwrap();
    assert!(concerns("link"));
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn open(roots: &[&Path]) -> (Source, Vec<Change>) {
    let roots: Vec<_> = roots.iter().map(|root| root.to_path_buf()).collect();
    Source::open(&roots).unwrap()
}

/// Waits for one batch per call, until all of `expect` came; `None` is a file that is gone.
#[track_caller]
fn check(source: &mut Source, folder: &TempDir, expect: &[(&str, Option<&str>)]) {
    let expect: Vec<_> = expect
        .iter()
        .map(|(path, text)| (path.to_string(), text.map(str::to_owned)))
        .collect();
    let (start, mut all) = (Instant::now(), Vec::new());
    while all.len() < expect.len() && start.elapsed() < 2 * SOON {
        all.extend(shown(folder, &source.wait(SOON)));
    }
    all.sort();
    assert_eq!(all, expect);
}

fn shown(folder: &TempDir, changes: &[Change]) -> Vec<(String, Option<String>)> {
    let changes = changes.iter().map(|change| {
        let path = change.path.strip_prefix(folder.path()).unwrap();
        let text = match &change.content {
            Content::Text(text) => Some(text.clone()),
            Content::Unreadable(why) => Some(format!("unreadable: {why}")),
            Content::Gone => None,
        };
        (path.to_string_lossy().into_owned(), text)
    });
    changes.collect()
}

fn texts(files: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let owned = |(path, text): &(&str, &str)| (path.to_string(), Some(text.to_string()));
    files.iter().map(owned).collect()
}

//! Builds the Go programs that tests run, once for each state of their sources: those of
//! `tests/cluster`, and other people's, pinned in `tests/tools`.
//!
//! Comes in: a [`Program`].
//! Goes out: the path of its binary under `target/test-cluster`.
//! Never here: running it.
//!
//! A first build takes minutes; Go's own caches, outside the repository, make the
//! later ones take seconds. A binary that is there is taken without asking Go.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use anyhow::{Context as _, bail};

/// A `main` package of a Go module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// The control plane.
    Cluster,
    /// What installs the gate in a control plane.
    Installed,
    /// What breaks an installed gate, and counts.
    Faults,
    /// Kubernetes' command line, of the control plane's version.
    Kubectl,
    /// Helm.
    Helm,
    /// Prometheus' checker of rules.
    Promtool,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Program::Cluster => "cluster",
            Program::Installed => "installed",
            Program::Faults => "faults",
            Program::Kubectl => "kubectl",
            Program::Helm => "helm",
            Program::Promtool => "promtool",
        }
    }

    /// Its module, relative to the repository.
    fn module(self) -> &'static str {
        match self {
            Program::Cluster | Program::Installed | Program::Faults | Program::Kubectl => {
                "tests/cluster"
            }
            Program::Helm => "tests/tools/helm",
            Program::Promtool => "tests/tools/promtool",
        }
    }

    /// Its folder, relative to the module, or its import path when it is somebody else's.
    fn package(self) -> &'static str {
        match self {
            Program::Cluster => ".",
            Program::Installed => "./installed",
            Program::Faults => "./faults",
            Program::Kubectl => "./kubectl",
            Program::Helm => "helm.sh/helm/v4/cmd/helm",
            Program::Promtool => "github.com/prometheus/prometheus/cmd/promtool",
        }
    }

    /// Flags of the build besides the usual.
    fn flags(self) -> &'static [&'static str] {
        match self {
            // Service discovery is the larger part of it, and of no use here.
            Program::Promtool => &["-tags", "remove_all_sd"],
            _ => &[],
        }
    }
}

/// The binary of `program`, built if need be; its file is called [`Program::name`],
/// in a folder of its own that may go on `PATH`.
///
/// `None` means that Go is missing and the test should be skipped; one line on
/// standard error says so.
///
/// Test binaries may race: one builds, the others wait for it.
///
/// # Errors
///
/// The build fails, or Go is missing under `CI=true`.
pub(crate) fn binary(program: Program) -> anyhow::Result<Option<PathBuf>> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join(program.module());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-cluster");
    let name = program.name();

    let folder = cache.join(format!("{name}-{:016x}", fingerprint(&module, program)?));
    let binary = folder.join(name);
    if binary.exists() {
        return Ok(Some(binary));
    }
    fs::create_dir_all(&folder)?;
    let lock = File::create(cache.join("build.lock"))?;
    lock.lock()?;
    if binary.exists() {
        return Ok(Some(binary));
    }
    if !is_installed()? {
        return skip("no `go` on PATH; the test cluster is built with it, see https://go.dev/dl");
    }
    say(&format!(
        "building `{name}` of `{}`; the first time takes minutes",
        program.module()
    ));
    // Renamed when whole, so that a build that was killed leaves no half binary.
    let unfinished = folder.join("unfinished");
    build(&module, program, &unfinished)?;
    fs::rename(&unfinished, &binary)?;
    remove_older(&cache, name, &folder)?;
    Ok(Some(binary))
}

fn is_installed() -> anyhow::Result<bool> {
    match Command::new("go").arg("version").output() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("cannot run `go`"),
    }
}

fn build(module: &Path, program: Program, binary: &Path) -> anyhow::Result<()> {
    let output = Command::new("go")
        .args(["build", "-trimpath", "-buildvcs=false"])
        .args(program.flags())
        .arg("-ldflags")
        .arg(format!("-s -w {}", stamp(module)?))
        .arg("-o")
        .args([binary, Path::new(program.package())])
        .current_dir(module)
        .env("GOFLAGS", "-mod=readonly")
        .env("GOWORK", "off")
        .env("CGO_ENABLED", "0")
        .output()?;
    if !output.status.success() {
        bail!(
            "`go build` failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// The linker flags that give the server its version. Without them it calls
/// itself `v0.0.0-master+$Format`, which clients cannot parse.
fn stamp(module: &Path) -> anyhow::Result<String> {
    let go_mod = fs::read_to_string(module.join("go.mod"))?;
    let version = go_mod
        .lines()
        .find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
    let Some(version) = version else {
        return Ok(String::new());
    };
    let (major, rest) = version
        .trim_start_matches('v')
        .split_once('.')
        .context("odd version")?;
    let (minor, _) = rest.split_once('.').context("odd version")?;
    Ok([
        ("gitVersion", version),
        ("gitMajor", major),
        ("gitMinor", minor),
    ]
    .map(|(key, value)| format!("-X k8s.io/component-base/version.{key}={value}"))
    .join(" "))
}

/// Differs when a source of `program` does. The compiler's version is left out:
/// finding it would cost a process each time, and no test depends on it.
fn fingerprint(module: &Path, program: Program) -> anyhow::Result<u64> {
    let mut files = vec![module.join("go.mod"), module.join("go.sum")];
    if program.package().starts_with('.') {
        for entry in fs::read_dir(module.join(program.package()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "go") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    // This file holds the build flags.
    include_str!("go.rs").hash(&mut hasher);
    for file in files {
        file.file_name().hash(&mut hasher);
        fs::read(file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Each binary has 50 to 120 MB, so only the newest stays.
fn remove_older(cache: &Path, name: &str, keep: &Path) -> io::Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let ours = file_name.to_str().and_then(|text| text.rsplit_once('-'));
        if ours.is_some_and(|(prefix, _)| prefix == name) && entry.path() != keep {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Says so once, though every test of a binary comes by.
///
/// # Errors
///
/// Under `CI=true`, where nothing may be skipped.
pub(crate) fn skip<T>(why: &str) -> anyhow::Result<Option<T>> {
    static SAID: Once = Once::new();
    if std::env::var("CI").is_ok_and(|value| value == "true") {
        bail!("{why}");
    }
    SAID.call_once(|| say(&format!("skipped the tests that need a cluster: {why}")));
    Ok(None)
}

/// One line on the real standard error: the test harness hides what the print
/// macros write.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

//! The thread that keeps the settings up to date.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use portcullis_engine::doc::FailurePolicy;
use portcullis_engine::failure::FailureModes;

use super::read::read;
use super::{Settings, SettingsInForce};
use crate::observe::metrics::Metrics;

/// How often the file is looked at. One call of `stat`, so often is cheap.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often the log repeats that nothing is denied.
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// The largest file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// Why there are no settings to start with.
#[derive(Clone, Debug)]
pub(crate) struct SettingsError {
    path: PathBuf,
    why: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.why)
    }
}

/// Follows one file.
pub(crate) struct Keeper {
    path: PathBuf,
    /// Where the file says nothing.
    default: FailurePolicy,
    seen: Stamp,
    in_force: Arc<SettingsInForce>,
    metrics: Arc<Metrics>,
    reminded: Instant,
}

/// Device, inode, length, time of change: enough to notice a rewrite and a swapped link.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

impl Keeper {
    /// Puts what the file says in force.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or is wrong: nobody knows what was meant.
    pub(crate) fn open(
        path: &Path,
        default: FailurePolicy,
        metrics: Arc<Metrics>,
    ) -> Result<Keeper, SettingsError> {
        let seen = stamp(path);
        let modes = load(path, default).map_err(|why| SettingsError {
            path: path.to_path_buf(),
            why,
        })?;
        let keeper = Keeper {
            path: path.to_path_buf(),
            default,
            seen,
            in_force: Arc::new(SettingsInForce::new(modes)),
            metrics,
            reminded: Instant::now(),
        };
        keeper.announce(false);
        Ok(keeper)
    }

    /// What is in force.
    pub(crate) fn in_force(&self) -> Arc<SettingsInForce> {
        self.in_force.clone()
    }

    /// Follows the file for as long as the process lives.
    pub(crate) fn run(mut self) -> ! {
        loop {
            std::thread::sleep(LOOK_EVERY);
            self.look();
        }
    }

    pub(super) fn look(&mut self) {
        let now = stamp(&self.path);
        if now != self.seen {
            self.seen = now;
            self.take_in();
        }
        if self.in_force.load().modes.audit_everything && self.reminded.elapsed() >= REMIND_EVERY {
            self.reminded = Instant::now();
            tracing::warn!("auditEverything is on: nothing is denied");
        }
    }

    fn take_in(&mut self) {
        let before = self.in_force.load().clone();
        match load(&self.path, self.default) {
            Ok(modes) => {
                let audited = before.modes.audit_everything;
                self.in_force.store(Settings {
                    modes,
                    loaded_at: SystemTime::now(),
                    error: None,
                });
                self.reminded = Instant::now();
                self.announce(audited);
            }
            Err(why) => {
                let error = format!("{}:{why}", self.path.display());
                tracing::error!(error, "settings cannot be used; the last good ones stay");
                self.metrics.settings_errors.inc();
                self.in_force.store(Settings {
                    error: Some(error),
                    ..Settings::clone(&before)
                });
            }
        }
    }

    fn announce(&self, audited: bool) {
        let settings = self.in_force.load();
        let modes = &settings.modes;
        self.metrics
            .audit_everything
            .set(i64::from(modes.audit_everything));
        let overrides = modes.overrides.len();
        tracing::info!(default = ?modes.default, overrides, "settings in force");
        match (audited, modes.audit_everything) {
            (false, true) => tracing::warn!("auditEverything is on: nothing is denied from now on"),
            (true, false) => tracing::warn!("auditEverything is off: requests are denied again"),
            _ => {}
        }
    }
}

fn load(path: &Path, default: FailurePolicy) -> Result<FailureModes, String> {
    let size = fs::metadata(path)
        .map_err(|error| format!(" {error}"))?
        .len();
    if size > MOST_BYTES {
        return Err(format!(" larger than {MOST_BYTES} bytes"));
    }
    let text = fs::read_to_string(path).map_err(|error| format!(" {error}"))?;
    read(&text, default)
}

/// `None` for a file that is not there.
fn stamp(path: &Path) -> Stamp {
    let file = fs::metadata(path).ok()?;
    Some((
        file.dev(),
        file.ino(),
        file.len(),
        file.mtime(),
        file.mtime_nsec(),
    ))
}

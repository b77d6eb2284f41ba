//! The token that calls of context entries show: a file that somebody else renews.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::HeaderValue;

/// How long what was read is shown. Tokens are renewed long before they end.
const KEPT: Duration = Duration::from_secs(60);

/// A token in a file.
pub(super) struct Token {
    path: PathBuf,
    read: Mutex<Option<(Instant, Option<HeaderValue>)>>,
}

impl Token {
    pub(super) fn new(path: PathBuf) -> Token {
        Token {
            path,
            read: Mutex::default(),
        }
    }

    /// What to say in `Authorization`; nothing where there is no such file.
    pub(super) async fn bearer(&self) -> Option<HeaderValue> {
        // What a panic left behind is as good as ever: nothing here is half done.
        let known = self
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, value)) = known
            && at.elapsed() < KEPT
        {
            return value;
        }
        let text = tokio::fs::read_to_string(&self.path).await.ok();
        let value = text.and_then(|text| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", text.trim())).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = Some((Instant::now(), value.clone()));
        value
    }
}

//! Clients that keep a connection busy without ever finishing anything, or for nothing.
//!
//! Comes in:  bytes as they pass, requests as they begin and end.
//! Goes out:  the news that the client takes longer than anybody would.
//! Never here: idle HTTP/2 connections, which are asked for a sign of life.
//!
//! hyper has one timer for a request's head and for the pause before it, and an idle connection may
//! rest for minutes. So whoever sends one byte a minute could hold a head open for as long; and it is set and
//! cleared for each request, where a glance now and then is enough.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// For a head, from its first byte on. A client that means it sends it at once.
const HEAD: Duration = Duration::from_secs(10);

/// Between two requests of one HTTP/1.1 connection, and before the first. Longer than the 90 s after
/// which an API server drops an idle connection itself: who closes second never cuts off a
/// request that is on its way.
const IDLE: Duration = Duration::from_secs(120);

/// For bytes of an answer to be taken.
const ANSWER: Duration = Duration::from_secs(30);

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What one connection is at.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// How often it was looked at: all the time that there is, so that requests read no clock for this.
    looks: AtomicU64,
    /// The first look that sees what it is at; 0 for nothing.
    idle: AtomicU64,
    head: AtomicU64,
    request: AtomicU64,
    /// Bytes of an answer that the client does not take.
    stuck: AtomicU64,
}

impl Watch {
    pub(super) fn new() -> Arc<Watch> {
        let watch = Watch::default();
        watch.answered();
        Arc::new(watch)
    }

    /// A whole head has arrived.
    pub(super) fn began(&self) {
        self.idle.store(0, Relaxed);
        self.head.store(0, Relaxed);
        self.request.store(self.next(), Relaxed);
    }

    /// The answer is there.
    pub(super) fn answered(&self) {
        self.request.store(0, Relaxed);
        self.idle.store(self.next(), Relaxed);
    }

    /// Returns when the client takes too long.
    pub(super) async fn patience(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let look = self.looks.fetch_add(1, Relaxed) + 1;
            let over = |first: &AtomicU64, most: Duration| {
                let first = first.load(Relaxed);
                first > 0 && look.saturating_sub(first) > most.as_secs() / LOOK_EVERY.as_secs()
            };
            if over(&self.idle, IDLE) || over(&self.head, HEAD) || over(&self.stuck, ANSWER) {
                return;
            }
        }
    }

    fn wrote<T>(&self, written: &Poll<T>) {
        match written {
            Poll::Ready(_) => self.stuck.store(0, Relaxed),
            Poll::Pending if self.stuck.load(Relaxed) == 0 => {
                self.stuck.store(self.next(), Relaxed)
            }
            Poll::Pending => {}
        }
    }

    fn read_some(&self) {
        if self.request.load(Relaxed) == 0 && self.head.load(Relaxed) == 0 {
            self.idle.store(0, Relaxed);
            self.head.store(self.next(), Relaxed);
        }
    }

    fn next(&self) -> u64 {
        self.looks.load(Relaxed) + 1
    }
}

/// A stream whose bytes are seen.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, watch: Arc<Watch>) -> Watched<S> {
        Watched { stream, watch }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.watch.read_some();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch.wrote(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch.wrote(&flushed);
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.watch.wrote(&written);
        written
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::{HEAD, IDLE, LOOK_EVERY, Watch};

    #[tokio::test]
    async fn patience() {
        let (long, short) = (IDLE + HEAD, Duration::from_secs(1));
        tokio::join!(
            check("idle for long", long, |_| {}, true),
            check("new", short, |_| {}, false),
            check("a head begins", long, Watch::read_some, false),
            check("a request goes on", long, Watch::began, false),
            check("just answered", long, Watch::answered, false),
        );
    }

    /// A connection that was opened so long ago, and does something now.
    async fn check(case: &str, ago: Duration, does: fn(&Watch), ends: bool) {
        let watch = Watch::new();
        let looks = ago.as_secs() / LOOK_EVERY.as_secs();
        watch.looks.store(looks, Relaxed);
        does(&watch);
        let ended = timeout(LOOK_EVERY + Duration::from_secs(1), watch.patience()).await;
        assert_eq!(ended.is_ok(), ends, "{case}");
    }
}

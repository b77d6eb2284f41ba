//! Reading a socket in larger pieces than TLS asks for.
//!
//! Comes in:  a socket, and whoever reads it a little at a time.
//! Goes out:  the same bytes, with fewer calls to the system.
//! Never here: what the bytes mean.
//!
//! rustls takes 4 KiB from a socket at a time, so that a review of 14 KiB is four calls.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Read at once: the longest record of TLS with its head and tag.
const PIECE: usize = 5 + 16 * 1024 + 256;

/// Pieces that a thread keeps for its next reads. One is in use at a time, but for clients that send on
/// while nobody takes it.
const KEPT: usize = 4;

thread_local! {
    static SPARE: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// A stream of which as much is read as has arrived. A connection holds memory only while it holds bytes.
#[derive(Debug)]
pub(super) struct Ahead<S> {
    stream: S,
    unread: Option<Piece>,
}

/// Bytes that nobody has asked for yet.
#[derive(Debug)]
struct Piece {
    memory: Box<[u8]>,
    from: usize,
    to: usize,
}

impl<S> Ahead<S> {
    pub(super) fn new(stream: S) -> Ahead<S> {
        Ahead {
            stream,
            unread: None,
        }
    }
}

impl Piece {
    fn empty() -> Piece {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        Piece {
            memory: spare.unwrap_or_else(|| vec![0; PIECE].into()),
            from: 0,
            to: 0,
        }
    }

    fn unread(&self) -> &[u8] {
        self.memory.get(self.from..self.to).unwrap_or_default()
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        // A thread that is ending keeps nothing.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(memory);
            }
        });
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() >= PIECE && self.unread.is_none() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let mut piece = match self.unread.take() {
            Some(piece) => piece,
            None => {
                let mut piece = Piece::empty();
                let mut arrived = ReadBuf::new(&mut piece.memory);
                ready!(Pin::new(&mut self.stream).poll_read(cx, &mut arrived))?;
                piece.to = arrived.filled().len();
                piece
            }
        };
        let unread = piece.unread();
        let taken = unread.len().min(buffer.remaining());
        buffer.put_slice(unread.get(..taken).unwrap_or_default());
        piece.from += taken;
        if piece.from < piece.to {
            self.unread = Some(piece);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::{Ahead, PIECE};

    /// What is read in steps of each size is what was written, and nothing more is asked of the stream than
    /// has been written.
    #[tokio::test]
    async fn bytes_arrive_as_they_were_sent() {
        for step in [1, 7, 4096, PIECE - 1, PIECE, 3 * PIECE] {
            for length in [0, 1, 4096, PIECE, PIECE + 1, 3 * PIECE + 5] {
                let sent: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
                let (mut client, server) = tokio::io::duplex(2 * PIECE);
                let mut ahead = Ahead::new(server);
                let mut arrived = Vec::new();
                let reading = async {
                    let mut memory = vec![0; step];
                    loop {
                        match ahead.read(&mut memory).await.unwrap() {
                            0 => break,
                            read => arrived.extend_from_slice(&memory[..read]),
                        }
                    }
                };
                let writing = async {
                    client.write_all(&sent).await.unwrap();
                    client.shutdown().await.unwrap();
                };
                tokio::join!(reading, writing);
                assert_eq!(arrived, sent, "{length} bytes in steps of {step}");
                assert!(ahead.unread.is_none(), "memory is given back");
            }
        }
    }

    /// A client whose bytes have not arrived costs no memory.
    #[tokio::test]
    async fn waiting_holds_nothing() {
        let (_client, server) = tokio::io::duplex(64);
        let mut ahead = Ahead::new(server);
        let waited = tokio::time::timeout(std::time::Duration::from_millis(1), ahead.read_u8());
        assert!(waited.await.is_err());
        assert!(ahead.unread.is_none());
    }
}

//! Reading a request's body within bounds of size and time.
//!
//! Comes in:  a stream of frames.
//! Goes out:  the whole body, or what is wrong with it.
//! Never here: what the bytes mean.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body;
use tokio::time::{Instant, timeout_at};

use super::load::Room;
use super::reply::Refusal;

/// Reserved at once for a body that says how long it is. More is taken as it arrives: a number in
/// a header must not be worth memory.
const RESERVE: usize = 128 * 1024;

/// How much of a body that is too large is read only to be thrown away, and for how long. Closing
/// at once would reset the connection, and the client would not see why.
const DISCARD: usize = 128 * 1024 * 1024;
const DISCARD_FOR: Duration = Duration::from_secs(2);

/// Reads all of `body`, as far as there is room for it.
///
/// A body that arrives in one piece is not copied.
pub(super) async fn read<B>(
    mut body: B,
    max: usize,
    room: &mut Room<'_>,
    deadline: Instant,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let announced = body.size_hint().lower();
    if announced > max as u64 {
        discard(body);
        return Err(too_large(max));
    }
    // Most bodies are here already, and then no timer is set.
    match timeout_at(deadline, collect(&mut body, announced as usize, max, room)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(TooMuch::OfOne))) => {
            discard(body);
            Err(too_large(max))
        }
        Ok(Ok(Err(TooMuch::OfAll))) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "other requests take all memory that there is for bodies (--max-body-memory)",
        )),
        Ok(Err(error)) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("the body ended early: {error}"),
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        )),
    }
}

/// Why a body is not read to its end.
enum TooMuch {
    OfOne,
    OfAll,
}

async fn collect<B>(
    body: &mut B,
    announced: usize,
    max: usize,
    room: &mut Room<'_>,
) -> Result<Result<Bytes, TooMuch>, B::Error>
where
    B: Body<Data = Bytes> + Unpin,
{
    let first = loop {
        match body.frame().await {
            None => return Ok(Ok(Bytes::new())),
            Some(frame) => {
                if let Ok(data) = frame?.into_data() {
                    break data;
                }
            }
        }
    };
    if first.len() > max {
        return Ok(Err(TooMuch::OfOne));
    }
    if !room.take(first.len()) {
        return Ok(Err(TooMuch::OfAll));
    }
    if body.is_end_stream() {
        return Ok(Ok(first));
    }
    let mut whole = BytesMut::with_capacity(announced.clamp(first.len(), RESERVE.max(first.len())));
    whole.extend_from_slice(&first);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if whole.len() + data.len() > max {
            return Ok(Err(TooMuch::OfOne));
        }
        if !room.take(data.len()) {
            return Ok(Err(TooMuch::OfAll));
        }
        whole.extend_from_slice(&data);
    }
    Ok(Ok(whole.freeze()))
}

fn too_large(max: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body is larger than {max} bytes (--max-body)"),
    )
}

/// Reads on in the background while the refusal is on its way.
fn discard<B>(mut body: B)
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        let until = Instant::now() + DISCARD_FOR;
        let mut left = DISCARD;
        while let Ok(Some(Ok(frame))) = timeout_at(until, body.frame()).await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(length) else {
                break;
            };
            left = rest;
        }
    });
}

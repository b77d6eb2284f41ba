//! The bare server that the gate's figures are ratios of: hyper, rustls, and next to nothing.
//!
//! Comes in:  HTTPS requests.
//! Goes out:  the same small answer to each, after its body was read.
//! Never here: policies, limits, metrics, a deadline: what a gate must have and this does without.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use clap::{Parser, ValueEnum};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As long as the gate's answer to a review that passes.
const ANSWER: &[u8] = br#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"00000000-0000-0000-0000-000000000000","allowed":true}}"#;

/// A bare TLS server that reads each request's body and answers the same.
#[derive(Parser)]
struct Options {
    /// Where to listen
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A certificate chain (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: PathBuf,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: PathBuf,
    /// What is done with a body
    #[arg(long, value_enum)]
    body: Body,
}

#[derive(Clone, Copy, ValueEnum)]
enum Body {
    /// It is read and thrown away
    Discard,
    /// It is parsed to a simd-json tape, with buffers that are used again
    Tape,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: Options) -> anyhow::Result<()> {
    let tls = TlsAcceptor::from(Arc::new(settings(&options)?));
    let listener = TcpListener::bind(options.listen).await?;
    let mut out = std::io::stdout();
    writeln!(out, "serving on https://{}", listener.local_addr()?)?;
    out.flush()?;
    let body = options.body;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let tls = tls.clone();
        tokio::spawn(async move {
            // A client that goes away is none of this server's business.
            let Ok(stream) = tls.accept(socket).await else {
                return;
            };
            let mut http = auto::Builder::new(TokioExecutor::new());
            http.http1().pipeline_flush(true);
            http.http2()
                .initial_stream_window_size(1024 * 1024)
                .initial_connection_window_size(8 * 1024 * 1024);
            let service = service_fn(move |request| answer(request, body));
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn settings(options: &Options) -> anyhow::Result<rustls::ServerConfig> {
    let chain = CertificateDer::pem_file_iter(&options.tls_cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read {}", options.tls_cert.display()))?;
    let key = PrivateKeyDer::from_pem_file(&options.tls_key)
        .with_context(|| format!("cannot read {}", options.tls_key.display()))?;
    let provider = drive::keys::provider();
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.ignore_client_order = true;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    Ok(config)
}

async fn answer(
    request: Request<Incoming>,
    body: Body,
) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off gets the same answer; nobody reads it.
    if let Ok(bytes) = whole(request.into_body()).await
        && let Body::Tape = body
    {
        tape::parse(&bytes);
    }
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// All frames in one piece, copied only when there are several.
async fn whole(mut body: Incoming) -> Result<Bytes, hyper::Error> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if first.is_empty() && rest.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() {
        first
    } else {
        rest.freeze()
    })
}

/// Parsing with memory that belongs to the thread, as the gate does it.
mod tape {
    use std::cell::RefCell;
    use std::hint::black_box;

    use simd_json::{Buffers, Tape};

    /// Bytes that the parser wants behind its input.
    const PADDING: usize = 64;

    struct Memory {
        text: Vec<u8>,
        parser: Buffers,
        tape: Tape<'static>,
    }

    thread_local! {
        static MEMORY: RefCell<Memory> = RefCell::new(Memory {
            text: Vec::new(),
            parser: Buffers::default(),
            tape: Tape::null(),
        });
    }

    pub(super) fn parse(body: &[u8]) {
        MEMORY.with_borrow_mut(|memory| {
            // The parser writes into its input.
            memory.text.clear();
            memory.text.extend_from_slice(body);
            memory.text.resize(body.len() + PADDING, 0);
            let mut tape = std::mem::replace(&mut memory.tape, Tape(Vec::new())).reset();
            let parser = &mut memory.parser;
            let parsed =
                simd_json::fill_tape_padded(&mut memory.text, body.len(), parser, &mut tape);
            // A body that is no JSON leaves an empty tape.
            let _ = black_box(parsed);
            memory.tape = tape.reset();
        });
    }
}

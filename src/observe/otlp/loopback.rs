//! A collector on loopback that speaks OTLP over gRPC, for tests.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;

/// A certificate and its key.
pub(crate) type Own = rcgen::CertifiedKey<rcgen::KeyPair>;

/// A collector that answers calls of this method, and what it takes.
pub(crate) async fn collector<M: Message + Default + 'static>(
    method: &'static str,
    own: Option<&Own>,
) -> (SocketAddr, UnboundedReceiver<M>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = own.map(|own| {
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let settings = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let mut settings = settings
            .with_single_cert(vec![own.cert.der().clone()], key.into())
            .unwrap();
        settings.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(settings))
    });
    (address, listen(method, listener, tls))
}

/// The same at a socket that there is already.
pub(crate) fn listen<M: Message + Default + 'static>(
    method: &'static str,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
) -> UnboundedReceiver<M> {
    let (take, taken) = unbounded_channel();
    let service = service_fn(move |request: Request<Incoming>| {
        let take = take.clone();
        async move {
            assert_eq!(request.uri().path(), method);
            assert_eq!(request.headers()["content-type"], "application/grpc");
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let (frame, message) = body.split_at(5);
            assert_eq!(frame[0], 0);
            let length = u32::from_be_bytes(frame[1..].try_into().unwrap());
            assert_eq!(length as usize, message.len());
            let _ = take.send(M::decode(message).unwrap());
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let answer = Full::new(bytes::Bytes::from_static(&[0; 5]));
            let answer = answer.with_trailers(async move { Some(Ok(trailers)) });
            let mut response = Response::new(answer);
            let kind = HeaderValue::from_static("application/grpc");
            response.headers_mut().insert("content-type", kind);
            Ok::<_, Infallible>(response)
        }
    });
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (tls, service) = (tls.clone(), service.clone());
            tokio::spawn(async move {
                let protocol = http2::Builder::new(TokioExecutor::new());
                match tls {
                    None => drop(
                        protocol
                            .serve_connection(TokioIo::new(socket), service)
                            .await,
                    ),
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(socket).await {
                            drop(
                                protocol
                                    .serve_connection(TokioIo::new(stream), service)
                                    .await,
                            );
                        }
                    }
                }
            });
        }
    });
    taken
}

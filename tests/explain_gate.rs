//! The admin listener: a review is asked about, and the account names what decided it.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::Value;

use support::gate::Gate;
use support::review::{config_map, policy};

#[test]
fn the_account_names_what_decided_a_review() -> anyhow::Result<()> {
    // Free a moment ago; nothing else on this machine listens on numbers that the system hands out.
    let admin = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let address = admin.to_string();
    let _gate = Gate::start(
        &[("a.yaml", &policy("p", "good"))],
        &["--admin-listen", &address],
    )?;
    let body = post(admin, "/explain", &config_map("bad"))?;
    let accounts: Value = serde_json::from_str(&body)?;
    assert_eq!(accounts[0]["policy"], "ClusterPolicy/p");
    let steps = accounts[0]["steps"].as_array().cloned().unwrap_or_default();
    let what: Vec<_> = steps
        .iter()
        .filter_map(|step| step["what"].as_str())
        .collect();
    assert_eq!(what, ["rule", "match", "pattern", "outcome"]);
    let text = steps[2]["text"].as_str().unwrap_or_default();
    assert_eq!(
        text,
        "resource value 'bad' does not match 'good' at path /data/key/"
    );

    let place = |step: usize| (steps[step]["line"].as_u64(), steps[step]["column"].as_u64());
    assert_eq!(place(0), (Some(8), Some(5)), "the rule");
    assert_eq!(
        place(2),
        (Some(18), Some(16)),
        "the value that the pattern wants"
    );
    let file = accounts[0]["file"].as_str().unwrap_or_default();
    assert!(file.ends_with("a.yaml"), "{file}");

    let refused = post(admin, "/explain", "{}")?;
    assert!(refused.contains("AdmissionReview"), "{refused}");
    Ok(())
}

#[test]
fn other_machines_cannot_ask() {
    let started = Gate::start::<&str>(&[], &["--admin-listen", "0.0.0.0:0"]);
    let error = started
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(error.contains("loopback address"), "{error}");
}

/// Posts over plain HTTP and returns the body of the answer.
fn post(to: SocketAddr, path: &str, body: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(to)?;
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer
        .split_once("\r\n\r\n")
        .map_or(answer.clone(), |(_, body)| body.to_owned()))
}

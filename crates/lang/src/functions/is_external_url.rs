//! `is_external_url(url)`

use std::net::IpAddr;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::{Fault, Stop};
use crate::scalar::url::Url;
use crate::value::Value;

pub(super) static IS_EXTERNAL_URL: Function = Function {
    name: "is_external_url",
    about: "Whether every address of a URL's host is outside: neither of this machine nor of a private network.",
    params: &[param("url", &[Type::String], "With a scheme; without one it has no host.")],
    returns: &[Type::Bool],
    note: "Link-local and shared addresses (169.254.0.0/16, 100.64.0.0/10) count as outside. The name of a \
           host is looked up.",
    examples: &[
        gives("is_external_url('https://1.1.1.1/dns')", "true"),
        gives("is_external_url('http://10.0.0.1:8080')", "false"),
        gives("is_external_url('http://[::1]/')", "false"),
        gives("is_external_url('https://outside.example')", "true"),
        gives("is_external_url('https://inside.example')", "false"),
        fails(
            "is_external_url('http://%zz')",
            r#"parse "http://%zz": invalid URL escape "%zz""#,
        ),
    ],
    call: |args| {
        args.env.spend_bytes(args.text(0).len())?;
        let url = Url::parse(args.text(0)).map_err(Fault::invalid)?;
        let host = url.host_name();
        if let Ok(address) = host.parse() {
            return Ok(Value::Bool(is_outside(address)));
        }
        match args.env.inputs().resolve_host(host) {
            Some(Ok(addresses)) => Ok(Value::Bool(addresses.into_iter().all(is_outside))),
            Some(Err(message)) => Err(Fault::invalid(message)),
            None => Err(Fault::Stop(Stop::NeedsHost(host.into()))),
        }
    },
    ..Function::PLAIN
};

fn is_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_private(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unique_local(),
    }
}

//! Portcullis: a Kubernetes admission gate.

fn main() {}

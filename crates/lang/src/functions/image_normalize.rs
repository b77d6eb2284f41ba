//! `image_normalize(image)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};
use crate::scalar::image::Image;

pub(super) static IMAGE_NORMALIZE: Function = Function {
    name: "image_normalize",
    about: "An image reference with its registry, and with its tag unless it has a digest.",
    params: &[param("image", &[Type::String], "The reference as a container names it.")],
    returns: &[Type::String],
    note: "`library/` is not put in. In a cluster, `defaultRegistry` of the ConfigMap `kyverno` counts.",
    examples: &[
        gives("image_normalize('nginx')", r#""docker.io/nginx:latest""#),
        gives("image_normalize('nginx:1.27')", r#""docker.io/nginx:1.27""#),
        gives("image_normalize('ghcr.io/org/app')", r#""ghcr.io/org/app:latest""#),
        gives("image_normalize('localhost/app:dev')", r#""localhost/app:dev""#),
        fails(
            "image_normalize('Nginx')",
            "JMESPath function 'image_normalize': bad image: docker.io/Nginx, defaultRegistry: docker.io, \
             enableDefaultRegistryMutation: true: repository name must be lowercase",
        ),
    ],
    call: |args| {
        args.env.spend_bytes(args.text(0).len())?;
        match Image::parse(args.text(0), args.env.inputs().images()) {
            Ok(image) => args.made(&image.reference()),
            Err(error) => Err(Errors("image_normalize").say(error)),
        }
    },
    ..Function::PLAIN
};

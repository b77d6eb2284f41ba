//! Reading JSON text into an owned document.
//!
//! The request path does not come here: it reads its tape in place (`engine::review`).

use std::fmt;

use simd_json::StaticNode;
use simd_json::tape::Node;

use super::TapeBuilder;
use super::tape::value_of;

/// How numbers of a document are kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Numbers {
    /// Whole numbers are [`super::Value::Int`]: a policy, an object that is printed again.
    #[default]
    AsWritten,
    /// Every number is a double: a resource that policies look at.
    Doubles,
}

/// Why bytes are not a JSON document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JsonError {
    /// What is wrong, in the parser's words.
    pub message: String,
    /// The byte at which it was noticed; 0 where the parser does not know.
    pub offset: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            0 => write!(f, "invalid JSON: {}", self.message),
            offset => write!(f, "invalid JSON at byte {offset}: {}", self.message),
        }
    }
}

impl std::error::Error for JsonError {}

impl From<simd_json::Error> for JsonError {
    fn from(error: simd_json::Error) -> Self {
        JsonError {
            message: format!("{:?}", error.error()),
            offset: error.index(),
        }
    }
}

impl Numbers {
    /// Makes every number of a tape a double, in place, where that is asked for.
    ///
    /// One pass over the nodes; no allocation.
    pub fn settle(self, nodes: &mut [Node<'_>]) {
        if self == Numbers::AsWritten {
            return;
        }
        for node in nodes {
            match node {
                Node::Static(StaticNode::I64(number)) => {
                    *node = Node::Static(StaticNode::F64(*number as f64));
                }
                Node::Static(StaticNode::U64(number)) => {
                    *node = Node::Static(StaticNode::F64(*number as f64));
                }
                _ => {}
            }
        }
    }
}

pub(super) fn read(text: &[u8], numbers: Numbers, out: &mut TapeBuilder) -> Result<(), JsonError> {
    let mut bytes = text.to_vec();
    let mut tape = simd_json::to_tape(&mut bytes)?;
    numbers.settle(&mut tape.0);
    out.value(value_of(&tape.0));
    Ok(())
}

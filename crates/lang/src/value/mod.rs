//! JSON documents and created values.

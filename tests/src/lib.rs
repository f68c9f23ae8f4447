//! What the whole-path tests share.
//!
//! The tests themselves are in `tests/tests`, one file a topic. Nothing of this package ships.

pub mod samples;

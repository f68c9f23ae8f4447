//! key_release

//! hostile_parent

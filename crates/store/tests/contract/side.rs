//! side

//! The site as a whole, without sockets: real use-cases over a store in memory, real formats at the doors.

mod doors;
mod headers;
mod policy;
mod world;

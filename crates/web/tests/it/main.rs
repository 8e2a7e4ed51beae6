//! The site as a whole, without sockets: real use-cases over a store in memory, real formats at the doors.

mod api;
mod doors;
mod headers;
mod live;
mod policy;
mod sockets;
mod world;

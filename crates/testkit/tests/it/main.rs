//! Tests of the use-cases in a world of people and time, and of the simulator.

mod incidents;
mod paging;
mod planted;
mod seeds;
mod signals;

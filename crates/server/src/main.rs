//! The binary `hallway`.

fn main() {}

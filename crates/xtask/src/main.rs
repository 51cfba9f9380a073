//! Set-up, code generation, tests, demo, promises and benchmarks.

fn main() {}

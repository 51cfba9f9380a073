//! Prints the protocol as TypeScript; run by `cargo xtask codegen`.

fn main() {
    print!("{}", hallway_protocol::typescript::module());
}

//! Wiring, configuration, command line and life cycle; the binary hallway.

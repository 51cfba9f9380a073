//! Schedule formats: bytes to model types and back, pure.

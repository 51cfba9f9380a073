//! Publish and subscribe between parts of the server; carries protocol bytes, never the record.

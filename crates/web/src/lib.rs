//! Thin handlers for pages, JSON API and HLS; serves the embedded islands.

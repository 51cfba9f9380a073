//! RTMP in.

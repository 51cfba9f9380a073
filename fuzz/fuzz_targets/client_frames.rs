//! Frames that clients send on `/live`: read or refused, never worse; and what
//! was read is written as it would be read again.
#![no_main]

use hallway_protocol::frames::ClientFrame;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = serde_json::from_slice::<ClientFrame>(bytes) {
        let text = serde_json::to_string(&frame).expect("a frame is written");
        let again: ClientFrame = serde_json::from_str(&text).expect("and read again");
        assert_eq!(again, frame);
    }
});

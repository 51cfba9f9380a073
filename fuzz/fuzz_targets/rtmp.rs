//! What encoders send by RTMP: handshake, chunks, AMF, and the FLV tags in them.
//! Whatever comes is taken or refused; what is taken stays within its bounds.
#![no_main]

use hallway_ingest::{Event, Session, SessionLimits};

fn message(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let mut bytes = vec![3, 0, 0, 0, length[1], length[2], length[3], kind];
    bytes.extend(stream.to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn text(words: &str) -> Vec<u8> {
    let mut bytes = vec![2];
    bytes.extend((words.len() as u16).to_be_bytes());
    bytes.extend(words.as_bytes());
    bytes
}

fn number(value: f64) -> Vec<u8> {
    [&[0][..], &value.to_be_bytes()].concat()
}

/// All that comes before pictures and sound.
fn introduction() -> Vec<u8> {
    const NULL: &[u8] = &[5];
    const END: &[u8] = &[0, 0, 9];
    let mut bytes = vec![3];
    bytes.resize(1 + 2 * 1_536, 0);
    let app = [&[3, 0, 3][..], b"app", &text("live"), END].concat();
    let connect = [text("connect"), number(1.0), app].concat();
    let create = [text("createStream"), number(2.0), NULL.to_vec()].concat();
    let publish = [text("publish"), number(3.0), NULL.to_vec(), text("key"), text("live")].concat();
    bytes.extend(message(20, 0, &connect));
    bytes.extend(message(20, 0, &create));
    bytes.extend(message(20, 1, &publish));
    bytes
}

libfuzzer_sys::fuzz_target!(|input: (bool, u8, &[u8])| {
    let (introduced, piece, bytes) = input;
    let limits = SessionLimits::default();
    let mut session = Session::new(limits);
    if introduced {
        session.handle(&introduction()).expect("a well-formed introduction");
    }
    for piece in bytes.chunks(usize::from(piece) + 1) {
        while let Some(event) = session.poll() {
            match event {
                Event::Publish(_) => _ = session.admit(),
                Event::Frame(frame) => assert!(frame.data.len() <= limits.message),
                _ => {}
            }
        }
        if session.handle(piece).is_err() {
            break;
        }
        assert!(session.take_outgoing().len() < 1 << 20);
    }
});

//! Whole dialogues, and what happens when the peer does not keep to them.

use hallway_media::{MediaTime, TrackId};
use proptest::prelude::*;

use super::*;
use crate::{Problem, dialogues::*};

fn session() -> Session {
    Session::new(SessionLimits::default())
}

fn events(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.poll()).collect()
}

/// A session whose publisher was let in.
fn admitted() -> Session {
    let mut session = session();
    session.handle(&introduction("key")).unwrap();
    events(&mut session);
    session.admit().unwrap();
    session.take_outgoing();
    session
}

fn answers(session: &mut Session) -> String {
    session.take_outgoing().escape_ascii().to_string()
}

#[test]
fn a_publisher_is_asked_about_let_in_and_heard() {
    let mut session = session();
    session.handle(&introduction("s3cret?opt=1")).unwrap();
    assert_eq!(
        events(&mut session),
        [Event::Publish(StreamKey::new("s3cret"))]
    );
    let said = answers(&mut session);
    assert!(said.contains("NetConnection.Connect.Success"), "{said}");
    assert!(!said.contains("NetStream.Publish.Start"));
    session.admit().unwrap();
    assert!(answers(&mut session).contains("NetStream.Publish.Start"));

    let ids = [("videocodecid", 7.0), ("audiocodecid", 10.0)];
    session
        .handle(&[metadata(&ids), avc_config(), aac_config()].concat())
        .unwrap();
    session
        .handle(&[picture(0, true), sound(0), picture(33, false)].concat())
        .unwrap();
    session.handle(&delete_stream()).unwrap();
    let events = events(&mut session);
    let Event::Tracks(tracks) = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!(tracks.codecs(), "avc1.64001f,mp4a.40.2");
    let frames: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Frame(frame) => Some((frame.track, frame.dts, frame.pts, frame.key)),
            _ => None,
        })
        .collect();
    let ms = MediaTime::from_millis;
    assert_eq!(
        frames,
        [
            (TrackId::VIDEO, ms(0), ms(40), true),
            (TrackId::AUDIO, ms(0), ms(0), true),
            (TrackId::VIDEO, ms(33), ms(73), false),
        ]
    );
    assert_eq!(events.last(), Some(&Event::Stopped));
    let encoder = events.iter().find_map(|event| match event {
        Event::Facts(facts) => facts.encoder.clone(),
        _ => None,
    });
    assert_eq!(encoder.as_deref(), Some("FMLE/3.0 (compatible; Test/1.0)"));
}

#[test]
fn byte_by_byte_gives_the_same() {
    let all = [
        metadata(&[("videocodecid", 7.0)]),
        avc_config(),
        picture(0, true),
        picture(33, false),
    ]
    .concat();
    let mut at_once = admitted();
    at_once.handle(&all).unwrap();
    let mut dripping = admitted();
    for byte in &all {
        dripping.handle(&[*byte]).unwrap();
    }
    let dripped = events(&mut dripping);
    assert!(dripped.len() > 3);
    assert_eq!(events(&mut at_once), dripped);
}

#[test]
fn nothing_is_read_while_the_caller_decides() {
    let mut session = session();
    session
        .handle(&[introduction("key"), avc_config(), picture(0, true)].concat())
        .unwrap();
    assert_eq!(events(&mut session).len(), 1);
    session.admit().unwrap();
    session.handle(&picture(2_000, true)).unwrap();
    let frames = events(&mut session)
        .into_iter()
        .filter(|event| matches!(event, Event::Frame(_)));
    assert_eq!(
        frames.count(),
        1,
        "the first was before the tracks were settled"
    );
}

#[test]
fn a_refusal_is_told_and_final() {
    let mut session = session();
    session.handle(&introduction("key")).unwrap();
    session.refuse(Refusal::Taken);
    let said = answers(&mut session);
    assert!(
        said.contains("NetStream.Publish.BadName") && said.contains("already has a publisher"),
        "{said}"
    );
    assert!(!said.contains("key"), "{said}");
    session
        .handle(&[avc_config(), picture(0, true)].concat())
        .unwrap();
    assert!(
        !events(&mut session)
            .iter()
            .any(|event| matches!(event, Event::Frame(_)))
    );
    assert_eq!(session.admit(), Err(SessionError::OutOfTurn));
}

#[test]
fn a_key_never_prints() {
    let mut session = session();
    session.handle(&introduction("hunter2")).unwrap();
    assert_eq!(
        format!("{:?}", events(&mut session)),
        "[Publish(StreamKey(***))]"
    );
}

#[test]
fn limits_are_met_with_an_end() {
    let huge = [
        handshake(),
        control(SET_CHUNK_SIZE, &[0x7f, 0xff, 0xff, 0xff]),
    ]
    .concat();
    assert_eq!(
        session().handle(&huge),
        Err(SessionError::Chunk(ChunkError::ChunkSize(0x7fff_ffff)))
    );

    let mut talkative = session();
    talkative.handle(&handshake()).unwrap();
    let idle = control(ACKNOWLEDGEMENT, &[0; 4]).repeat(1_000);
    let ended = (0..200).find_map(|_| talkative.handle(&idle).err());
    assert_eq!(ended, Some(SessionError::TooMuchBeforeAdmission));
    assert!(talkative.received <= (1 << 20) + idle.len() as u64);

    let deep = (0..9).fold(crate::amf0::Value::Null, |inner, _| {
        crate::amf0::Value::Object(vec![("a".into(), inner)])
    });
    let mut nested = session();
    nested.handle(&handshake()).unwrap();
    assert_eq!(
        nested.handle(&command(&[deep])),
        Err(SessionError::Amf(AmfError::TooDeep))
    );
}

#[test]
fn out_of_turn_ends_it() {
    let after = |bytes: Vec<u8>| {
        let mut session = session();
        session.handle(&handshake()).unwrap();
        session.handle(&bytes)
    };
    assert_eq!(after(publish("key")), Err(SessionError::OutOfTurn));
    assert_eq!(after(create_stream()), Err(SessionError::OutOfTurn));
    assert_eq!(
        after([connect("live"), connect("live")].concat()),
        Err(SessionError::OutOfTurn)
    );
    assert_eq!(after(connect("vod")), Err(SessionError::WrongApp));
    assert_eq!(
        after([connect("live"), picture(0, true)].concat()),
        Err(SessionError::UnexpectedMedia)
    );
    assert_eq!(
        session().handle(b"GET / HTTP/1.1\r\n"),
        Err(SessionError::NotRtmp(NotRtmp))
    );

    let mut session = admitted();
    let mut elsewhere = picture(0, true);
    elsewhere[8] = 7; // message stream id
    assert_eq!(
        session.handle(&elsewhere),
        Err(SessionError::UnexpectedMedia)
    );
}

#[test]
fn pings_are_answered_and_bytes_acknowledged() {
    let mut session = admitted();
    session
        .handle(&control(USER_CONTROL, &[0, 6, 1, 2, 3, 4]))
        .unwrap();
    assert!(session.take_outgoing().ends_with(&[0, 7, 1, 2, 3, 4]));
    session
        .handle(&control(WINDOW_SIZE, &1_024u32.to_be_bytes()))
        .unwrap();
    session.take_outgoing();
    session.handle(&picture(0, true).repeat(6)).unwrap();
    let count = (session.received as u32).to_be_bytes();
    assert!(session.take_outgoing().ends_with(&count));
}

#[test]
fn aggregates_are_taken_apart() {
    let mut inner = Vec::new();
    for (kind, time, tag) in [
        (9u8, 500u32, [&[0x17, 0, 0, 0, 0][..], AVC_RECORD].concat()),
        (9, 500, picture_tag(true, 30)),
        (9, 540, picture_tag(false, 30)),
    ] {
        inner.put_u8(kind);
        inner.put_uint(tag.len() as u64, 3);
        inner.put_uint(u64::from(time), 3);
        inner.put_slice(&[0, 0, 0, 0]);
        inner.put_slice(&tag);
        inner.put_u32(tag.len() as u32 + 11);
    }
    let mut session = admitted();
    session.handle(&metadata(&[("videocodecid", 7.0)])).unwrap();
    let mut out = BytesMut::new();
    let payload = Bytes::from(inner);
    chunks::write(
        &mut out,
        4,
        128,
        &Message {
            timestamp: 9_000,
            kind: AGGREGATE,
            stream: 1,
            payload,
        },
    );
    session.handle(&out).unwrap();
    let times: Vec<_> = events(&mut session)
        .into_iter()
        .filter_map(|event| match event {
            Event::Frame(frame) => Some(frame.dts.as_millis()),
            _ => None,
        })
        .collect();
    assert_eq!(times, [9_000, 9_040]);
}

#[test]
fn a_codec_we_cannot_carry_is_said_in_words() {
    let mut session = admitted();
    session
        .handle(
            &[
                video_tag(0, b"\x90hvc1\x01\x02"),
                audio_tag(0, &[0x2f, 1, 2]),
            ]
            .concat(),
        )
        .unwrap();
    let Some(Event::Facts(facts)) = events(&mut session).pop() else {
        panic!("no facts")
    };
    assert_eq!(
        facts.problems,
        [
            Problem::UnsupportedVideo {
                codec: "H.265 (HEVC)".into()
            },
            Problem::UnsupportedAudio {
                codec: "MP3".into()
            },
        ]
    );
    assert!(
        facts.problems[0]
            .to_string()
            .contains("set the encoder to H.264")
    );
}

/// A dialogue with some bytes changed, left out or put in.
fn distorted() -> impl Strategy<Value = Vec<u8>> {
    let clean = [
        control(SET_CHUNK_SIZE, &4_096u32.to_be_bytes()),
        metadata(&[("videocodecid", 7.0)]),
        avc_config(),
        aac_config(),
        picture(0, true),
        sound(0),
        video_tag(40, b"\x91hvc1\x01\x02"),
        control(USER_CONTROL, &[0, 6, 0, 0, 0, 1]),
        picture(40, false),
    ]
    .concat();
    let change = (any::<prop::sample::Index>(), 0..3u8, any::<u8>());
    prop::collection::vec(change, 1..12).prop_map(move |changes| {
        let mut bytes = clean.clone();
        for (position, change, byte) in changes {
            let position = position.index(bytes.len());
            match change {
                0 => bytes[position] = byte,
                1 => _ = bytes.remove(position),
                _ => bytes.insert(position, byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn malformed_streams_never_panic_and_hold_little(bytes in distorted(), split in 1..700usize) {
        let mut session = admitted();
        for part in bytes.chunks(split) {
            if session.handle(part).is_err() {
                break;
            }
            prop_assert!(session.input.len() <= (64 << 10) + 32);
        }
    }

    #[test]
    fn noise_never_panics(before in 0..3u8, noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut session = match before {
            0 => session(),
            1 => {
                let mut session = session();
                session.handle(&[handshake(), connect("live")].concat()).unwrap();
                session
            }
            _ => admitted(),
        };
        // Whether it is refused or waits for more, it is still whole.
        let _ = session.handle(&noise);
        session.take_outgoing();
    }

    #[test]
    fn tags_never_panic(kind in 8..10u8, first in any::<u8>(), rest in prop::collection::vec(any::<u8>(), 0..80)) {
        let tag = [&[first][..], &rest].concat();
        let mut session = admitted();
        let sent = if kind == 8 { audio_tag(7, &tag) } else { video_tag(7, &tag) };
        session.handle(&sent).unwrap();
    }
}

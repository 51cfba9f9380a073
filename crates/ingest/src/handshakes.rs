//! The simple handshake (RTMP 1.0, 5.2). Nobody checks the random bytes, and
//! clients that would rather have the digest form fall back when the version
//! in S1 is zero.

use bytes::{Buf, BytesMut};

const SIZE: usize = 1_536;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// C0 and C1 are to come.
    #[default]
    Hello,
    /// C2 is to come.
    Echo,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer does not speak RTMP")]
pub struct NotRtmp;

impl Handshake {
    /// Takes what it can from `input` and answers into `out`. True once done.
    pub(crate) fn advance(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<bool, NotRtmp> {
        if *self == Self::Hello {
            // 3 is plain RTMP; 6 and 8 would be encrypted, 32 and up is text (5.2.2).
            if input.first().is_some_and(|&version| version != 3) {
                return Err(NotRtmp);
            }
            if input.len() < 1 + SIZE {
                return Ok(false);
            }
            input.advance(1);
            let theirs = input.split_to(SIZE);
            out.extend_from_slice(&[3]);
            out.extend_from_slice(&[0; 8]);
            out.extend((8..SIZE).map(|position| position as u8));
            out.extend_from_slice(&theirs);
            *self = Self::Echo;
        }
        if *self == Self::Echo {
            if input.len() < SIZE {
                return Ok(false);
            }
            input.advance(SIZE);
            *self = Self::Done;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_byte_by_byte_and_echoes() {
        let mut handshake = Handshake::default();
        let (mut input, mut out) = (BytesMut::new(), BytesMut::new());
        let hello: Vec<u8> = std::iter::once(3)
            .chain((0..SIZE).map(|n| (n * 7) as u8))
            .collect();
        for (sent, byte) in hello.iter().chain(&[0; SIZE]).enumerate() {
            input.extend_from_slice(&[*byte]);
            let done = handshake.advance(&mut input, &mut out).unwrap();
            assert_eq!(done, sent + 1 == 1 + 2 * SIZE);
        }
        assert_eq!(out.len(), 1 + 2 * SIZE);
        assert_eq!(&out[1 + SIZE..], &hello[1..]);
    }

    #[test]
    fn a_browser_is_sent_away_at_its_first_byte() {
        let mut input = BytesMut::from("GET");
        assert_eq!(
            Handshake::default().advance(&mut input, &mut BytesMut::new()),
            Err(NotRtmp)
        );
    }
}

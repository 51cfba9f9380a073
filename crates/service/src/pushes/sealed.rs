//! A push message as the reader's browser alone can open it (RFC 8291 over
//! RFC 8188), and the server's word for who sends it (VAPID, RFC 8292). Bytes in,
//! bytes out; sending is the job's.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallway_model::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of one record (RFC 8188 §2): a push service takes 4,096 at the least.
const RECORD: u32 = 4_096;
/// Text that fits into one record: less the tag, the delimiter and the header.
pub const MAX_TEXT: usize = 3_900;
/// How long a signed word holds; at most a day (RFC 8292 §2).
const HOLDS: Span = Span::hours(12);

#[derive(Debug, thiserror::Error)]
#[error("this is no key of a browser")]
pub struct NotAKey;

impl From<aws_lc_rs::error::Unspecified> for NotAKey {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}
impl From<aws_lc_rs::error::KeyRejected> for NotAKey {
    fn from(_: aws_lc_rs::error::KeyRejected) -> Self {
        Self
    }
}

/// What a browser gave to be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderKeys {
    /// A point of P-256, uncompressed.
    public: Vec<u8>,
    auth: Vec<u8>,
}

impl ReaderKeys {
    /// `p256dh` and `auth` as browsers give them: base64url without padding.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, NotAKey> {
        let read = |text: &str| {
            URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .map_err(|_| NotAKey)
        };
        let (public, auth) = (read(p256dh)?, read(auth)?);
        let point = public.len() == 65 && public.first() == Some(&4);
        if point && auth.len() == 16 {
            Ok(Self { public, auth })
        } else {
            Err(NotAKey)
        }
    }
}

/// A key pair of P-256, kept as its secret number.
pub struct Pair {
    secret: [u8; 32],
    private: PrivateKey,
    public: Vec<u8>,
}

impl Pair {
    /// None for the few numbers that are no key (0, or beyond the curve's order).
    pub fn of(secret: [u8; 32]) -> Option<Self> {
        let private = PrivateKey::from_private_key(&ECDH_P256, &secret).ok()?;
        let public = private.compute_public_key().ok()?.as_ref().to_vec();
        Some(Self {
            secret,
            private,
            public,
        })
    }

    /// As `applicationServerKey` takes it.
    pub fn public_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The header `Authorization` for a push service at `origin`.
    pub fn vapid(&self, origin: &str, contact: &str, now: Timestamp) -> Result<String, NotAKey> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let expires = (now + HOLDS).0.div_euclid(1_000);
        let claims = part(json!({ "aud": origin, "exp": expires, "sub": contact }));
        let said = format!("{head}.{claims}");
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &self.secret,
            &self.public,
        )?;
        let signature = key.sign(&SystemRandom::new(), said.as_bytes())?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        Ok(format!(
            "vapid t={said}.{signature}, k={}",
            self.public_text()
        ))
    }
}

/// Seals `text` for a reader, as the one record of a body with
/// `Content-Encoding: aes128gcm`. `once` and `salt` are for this message alone.
pub fn seal(
    reader: &ReaderKeys,
    once: &Pair,
    salt: [u8; 16],
    text: &[u8],
) -> Result<Vec<u8>, NotAKey> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &reader.public);
    let info = [b"WebPush: info\0", &reader.public[..], &once.public[..]].concat();
    let input = agreement::agree(&once.private, theirs, NotAKey, |shared| {
        derive::<32>(&reader.auth, shared, &info)
    })?;
    let key = derive::<16>(&salt, &input, b"Content-Encoding: aes128gcm\0")?;
    let nonce = derive::<12>(&salt, &input, b"Content-Encoding: nonce\0")?;
    let mut record = text.to_vec();
    // The delimiter of the last record (RFC 8188 §2).
    record.push(2);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::empty(),
        &mut record,
    )?;
    let mut body = salt.to_vec();
    body.extend(RECORD.to_be_bytes());
    body.push(65);
    body.extend(&once.public);
    body.extend(record);
    Ok(body)
}

/// HKDF with SHA-256 (RFC 5869), `N` bytes.
fn derive<const N: usize>(salt: &[u8], input: &[u8], info: &[u8]) -> Result<[u8; N], NotAKey> {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = [0; N];
    Salt::new(HKDF_SHA256, salt)
        .extract(input)
        .expand(&[info], Length(N))?
        .fill(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_rfcs_example_comes_out_to_the_byte() {
        let reader = ReaderKeys::parse(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let once = Pair::of(bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let body = seal(&reader, &once, bytes("DGv6ra1nlYgDCS1FRnbzlw"), text).unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
             AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn the_servers_word_is_signed_and_names_service_and_time() {
        let pair = Pair::of(bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let header = pair
            .vapid(
                "https://push.example",
                "https://summit.example",
                Timestamp(1_770_368_400_000),
            )
            .unwrap();
        let (token, key) = header
            .strip_prefix("vapid t=")
            .unwrap()
            .split_once(", k=")
            .unwrap();
        assert_eq!(key, pair.public_text());
        let (said, signature) = token.rsplit_once('.').unwrap();
        let (_, claims) = said.split_once('.').unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(
            claims,
            json!({ "aud": "https://push.example", "exp": 1_770_368_400 + 43_200, "sub": "https://summit.example" })
        );
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &pair.public)
            .verify(said.as_bytes(), &signature)
            .unwrap();
    }

    #[test]
    fn what_no_browser_gives_is_refused() {
        let auth = "BTBZMqHH6r4Tts7J_aSIgg";
        for public in [
            "",
            "AAAA",
            "%%",
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx",
        ] {
            assert!(ReaderKeys::parse(public, auth).is_err(), "{public}");
        }
        // The right length, and not on the curve: found when it is used.
        let off = URL_SAFE_NO_PAD.encode([4; 65]);
        let reader = ReaderKeys::parse(&off, auth).unwrap();
        let once = Pair::of([7; 32]).unwrap();
        assert!(seal(&reader, &once, [0; 16], b"hello").is_err());
        assert!(Pair::of([0; 32]).is_none());
    }
}

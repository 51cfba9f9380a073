//! How often somebody may try: per account, and per address prefix where there
//! is no account yet. Prefix limits are wide, so that 500 people behind one
//! address never meet them (promise R22).

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hallway_model::ids::{IncomingHookId, PersonId};

use crate::error::Error;

pub struct Limits {
    messages: DefaultKeyedRateLimiter<PersonId>,
    links: DefaultKeyedRateLimiter<Prefix>,
    hooks: DefaultKeyedRateLimiter<IncomingHookId>,
    searches: DefaultKeyedRateLimiter<Prefix>,
    unnamed: DefaultKeyedRateLimiter<Prefix>,
    images: DefaultKeyedRateLimiter<PersonId>,
    clock: DefaultClock,
}

/// IPv4 /24 or IPv6 /48: what stands for an address in limits and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix([u8; 6]);

impl From<IpAddr> for Prefix {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self([4, 0, 0, a, b, c])
            }
            IpAddr::V6(v6) => {
                let o = v6.octets();
                Self([o[0], o[1], o[2], o[3], o[4], o[5]])
            }
        }
    }
}

const fn per_second(n: u32, burst: u32) -> Quota {
    match (NonZeroU32::new(n), NonZeroU32::new(burst)) {
        (Some(n), Some(burst)) => Quota::per_second(n).allow_burst(burst),
        _ => panic!("a quota is above 0"),
    }
}

/// Messages and reactions of one account.
const MESSAGES: Quota = per_second(4, 40);
/// Mailed links asked for from one address prefix: a hall of 500 signs in at
/// once, then a few each second.
const LINKS: Quota = per_second(5, 1_500);
/// Searches from one address prefix: a hall of people looks things up, a
/// script that walks through everything waits.
const SEARCHES: Quota = per_second(20, 200);
/// Lines without a name, and looks by a code, from one address prefix: far above
/// what a hall of people writes, far below what fills a disk.
const UNNAMED: Quota = per_second(1, 200);

/// Pictures of one account: 64 MB in an hour, counted in KB as they come, so
/// that what is refused counts too.
const IMAGES: Quota = match NonZeroU32::new(64 * 1024) {
    Some(kilobytes) => Quota::per_hour(kilobytes),
    None => panic!("a quota is above 0"),
};
/// What the smallest picture counts, in KB: reading one takes its time.
const LEAST_IMAGE: u32 = 64;

/// Messages of one incoming webhook.
const HOOKS: Quota = per_second(1, 30);

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            messages: RateLimiter::keyed(MESSAGES),
            links: RateLimiter::keyed(LINKS),
            hooks: RateLimiter::keyed(HOOKS),
            searches: RateLimiter::keyed(SEARCHES),
            unnamed: RateLimiter::keyed(UNNAMED),
            images: RateLimiter::keyed(IMAGES),
            clock: DefaultClock::default(),
        }
    }

    pub fn message(&self, person: PersonId) -> Result<(), Error> {
        self.messages
            .check_key(&person)
            .map_err(|wait| self.refuse(&wait))
    }

    pub fn link(&self, prefix: Prefix) -> Result<(), Error> {
        self.links
            .check_key(&prefix)
            .map_err(|wait| self.refuse(&wait))
    }

    pub fn hook(&self, hook: IncomingHookId) -> Result<(), Error> {
        self.hooks
            .check_key(&hook)
            .map_err(|wait| self.refuse(&wait))
    }

    pub fn search(&self, prefix: Prefix) -> Result<(), Error> {
        self.searches
            .check_key(&prefix)
            .map_err(|wait| self.refuse(&wait))
    }

    pub fn unnamed(&self, prefix: Prefix) -> Result<(), Error> {
        self.unnamed
            .check_key(&prefix)
            .map_err(|wait| self.refuse(&wait))
    }

    /// A picture of so many bytes.
    pub fn image(&self, person: PersonId, bytes: usize) -> Result<(), Error> {
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let counted = NonZeroU32::new(kilobytes.max(LEAST_IMAGE)).unwrap_or(NonZeroU32::MIN);
        match self.images.check_key_n(&person, counted) {
            Ok(checked) => checked.map_err(|wait| self.refuse(&wait)),
            // More than an hour holds.
            Err(_) => Err(Error::TooMany { retry_after: 3_600 }),
        }
    }

    /// Forgets whoever has been quiet; called now and then by the jobs.
    pub(crate) fn forget_idle(&self) {
        self.messages.retain_recent();
        self.links.retain_recent();
        self.hooks.retain_recent();
        self.searches.retain_recent();
        self.unnamed.retain_recent();
        self.images.retain_recent();
    }

    fn refuse(&self, wait: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> Error {
        let seconds = wait.wait_time_from(self.clock.now()).as_secs() + 1;
        Error::TooMany {
            retry_after: u32::try_from(seconds).unwrap_or(u32::MAX),
        }
    }
}

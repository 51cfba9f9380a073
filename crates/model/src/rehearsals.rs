//! How large a rehearsal is that organisers start from their pages.

pub const MAX_PEOPLE: u32 = 5_000;
pub const MAX_MINUTES: u32 = 30;
pub const USUAL_PEOPLE: u32 = 200;
pub const USUAL_MINUTES: u32 = 5;

/// So many guests for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    people: u32,
    seconds: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    #[error("between 1 and {MAX_PEOPLE} guests")]
    People,
    #[error("between 1 and {MAX_MINUTES} minutes")]
    Length,
}

impl Size {
    pub fn minutes(people: u32, minutes: u32) -> Result<Self, SizeError> {
        Self::seconds(people, minutes.saturating_mul(60))
    }

    pub fn seconds(people: u32, seconds: u32) -> Result<Self, SizeError> {
        if !(1..=MAX_PEOPLE).contains(&people) {
            return Err(SizeError::People);
        }
        if !(1..=60 * MAX_MINUTES).contains(&seconds) {
            return Err(SizeError::Length);
        }
        Ok(Self { people, seconds })
    }

    pub fn people(self) -> u32 {
        self.people
    }

    /// How long, in seconds.
    pub fn length(self) -> u32 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_has_somebody_and_an_end() {
        let size = Size::minutes(200, 5).unwrap();
        assert_eq!((size.people(), size.length()), (200, 300));
        assert!(Size::minutes(MAX_PEOPLE, MAX_MINUTES).is_ok());
        for people in [0, MAX_PEOPLE + 1, u32::MAX] {
            assert_eq!(Size::minutes(people, 5), Err(SizeError::People));
        }
        for minutes in [0, MAX_MINUTES + 1, u32::MAX] {
            assert_eq!(Size::minutes(1, minutes), Err(SizeError::Length));
        }
        assert_eq!(Size::seconds(1, 0), Err(SizeError::Length));
        assert!(Size::seconds(1, 1).is_ok());
    }
}

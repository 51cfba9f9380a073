//! One supervisor per stage: orders in, media through, cuts out.

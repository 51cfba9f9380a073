//! SQLite answers from a thread of its own, mostly within microseconds. To lay
//! the thread that asks to sleep and to wake it again costs more than that, with
//! every statement; so it looks again a few times first, and lets others run.

use std::future::poll_fn;
use std::task::Poll;

/// Looks before the thread may sleep: for longer than a statement takes, and for
/// far less than a commit does.
const LOOKS: u32 = 64;

pub(crate) async fn promptly<T>(mut work: impl Future<Output = T> + Unpin) -> T {
    poll_fn(|context| {
        for _ in 0..LOOKS {
            if let Poll::Ready(done) = std::pin::Pin::new(&mut work).poll(context) {
                return Poll::Ready(done);
            }
            std::thread::yield_now();
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_done_soon_and_what_takes_long_end_alike() {
        let mut polled = 0;
        let soon = poll_fn(|_| {
            polled += 1;
            // Nobody wakes it: it is looked at again all the same.
            if polled < 10 {
                Poll::Pending
            } else {
                Poll::Ready(polled)
            }
        });
        assert_eq!(promptly(Box::pin(soon)).await, 10);
        let late = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            "late"
        };
        assert_eq!(promptly(Box::pin(late)).await, "late");
    }
}

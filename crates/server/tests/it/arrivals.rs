//! Who comes in, of those who come at the same moment.

use futures_util::future::join_all;
use hallway_model::access::Role;
use hallway_testkit::Kind;
use rstest::rstest;

use crate::harness::TestServer;

#[rstest]
#[tokio::test]
async fn who_comes_in_at_the_same_moment_is_taken_for_nobody_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let mut people = vec![];
    for n in 0..8 {
        people.push(t.person(&format!("Person{n}"), Role::Attendee).await);
    }
    let nobody = "0".repeat(43);
    // What was remembered of them has ended with the last one's registration.
    let tokens = people.iter().map(|person| person.token.clone().unwrap());
    let tokens: Vec<String> = tokens.chain([nobody]).cycle().take(27).collect();
    let came = join_all(tokens.iter().map(|token| t.service().signed_in(token))).await;
    for (n, came) in came.into_iter().enumerate() {
        let name = came
            .unwrap()
            .map(|came| came.person.name.as_str().to_owned());
        let known = (n % 9 < 8).then(|| format!("Person{}", n % 9));
        assert_eq!(name, known);
    }
    t.stop().await;
}

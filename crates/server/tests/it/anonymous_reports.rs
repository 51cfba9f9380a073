//! Reports without a name: answered and gone on with by a receipt, and nothing
//! in the database leads to who wrote.

use hallway_model::access::Role;
use hallway_protocol::routes;
use hallway_testkit::Kind;
use rstest::rstest;

use crate::databases::dump;
use crate::harness::{EVENT, Person, TestServer, key};

const RECEIPT: &str = "zyxwvtsrqpnmkjhgfedcba9876543210";

async fn post(person: &Person, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = person.form(path, fields).await;
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

/// What the form offers to be found by.
fn offered(page: &str) -> String {
    let (_, rest) = page
        .split_once("name=\"receipt\" value=\"")
        .expect("a receipt");
    rest.split('"').next().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_report_without_a_name_is_answered_and_leads_to_nobody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    // Signed in, and still nobody.
    let nora = t.person("Nora", Role::Attendee).await;
    let mina = t.person("Mina", Role::Moderator).await;
    let (form, back) = (
        routes::anonymous_report(EVENT),
        routes::own_anonymous_report(EVENT),
    );
    let receipt = offered(&nora.page(&form).await);
    assert_ne!(receipt, offered(&nora.page(&form).await));

    let before = dump(t.database_url()).await;
    let words = [
        ("receipt", receipt.as_str()),
        ("words", "Somebody follows me"),
    ];
    let (status, page) = post(&nora, &form, &words).await;
    assert_eq!(status, 200);
    let spaced: Vec<&str> = (0..8).map(|n| &receipt[n * 4..n * 4 + 4]).collect();
    assert!(page.contains(&spaced.join(" ")), "{page}");
    // Sent twice it is one report.
    assert_eq!(post(&nora, &form, &words).await.0, 200);
    let queue = mina.page(&routes::moderate(EVENT)).await;
    assert_eq!(queue.matches("/moderate/anonymous/").count(), 1);
    let (_, rest) = queue.split_once("/moderate/anonymous/").unwrap();
    let file = format!("/{EVENT}/moderate/anonymous/{}", &rest[..36]);

    // Nothing of her came into the database with it, and not the receipt. What
    // else changed is the moderators' topic, which tells how much waits.
    let after = dump(t.database_url()).await;
    let changed: Vec<&str> = after
        .iter()
        .filter(|(table, rows)| before.get(*table) != Some(rows))
        .map(|(table, _)| table.as_str())
        .collect();
    assert_eq!(
        changed,
        ["anonymous_line", "anonymous_report", "outbox", "topic"]
    );
    let written = format!(
        "{:?}{:?}",
        after["anonymous_line"], after["anonymous_report"]
    );
    assert!(written.contains("Somebody follows me") && !written.contains(&receipt));
    let told = format!("{:?}", after["outbox"]);
    assert!(!told.contains("Somebody follows me"));

    // The team reads it and answers; others do not find it.
    assert!(mina.page(&file).await.contains("Somebody follows me"));
    assert_eq!(nora.get(&file).await.status(), 403);
    let key = key().to_string();
    let answer = [("key", key.as_str()), ("words", "We look. Where are you?")];
    assert_eq!(post(&mina, &file, &answer).await.0, 303);
    assert_eq!(post(&mina, &file, &answer).await.0, 303);

    // From anywhere, with the receipt in groups and capitals as written down.
    let typed = spaced.join(" ").to_uppercase();
    let visitor = t.visitor();
    let (status, page) = post(&visitor, &back, &[("receipt", &typed)]).await;
    assert_eq!(status, 200);
    assert_eq!(page.matches("We look. Where are you?").count(), 1);
    assert!(!page.contains("Mina"));
    let more = [
        ("receipt", receipt.as_str()),
        ("words", "In the lobby"),
        ("send", "yes"),
    ];
    for _ in 0..2 {
        let (status, page) = post(&visitor, &back, &more).await;
        assert_eq!((status, page.matches("In the lobby").count()), (200, 1));
    }

    // Ended, it opens again by one more line.
    let end = [("key", RECEIPT_KEY), ("words", ""), ("end", "yes")];
    assert_eq!(post(&mina, &file, &end).await.0, 303);
    let (_, page) = post(&visitor, &back, &[("receipt", &receipt)]).await;
    assert!(page.contains("They see nothing left to do"));
    let again = [
        ("receipt", receipt.as_str()),
        ("words", "It goes on"),
        ("send", "yes"),
    ];
    assert_eq!(post(&visitor, &back, &again).await.0, 200);
    assert!(
        mina.page(&routes::moderate(EVENT))
            .await
            .contains("waits for an answer")
    );
    t.stop().await;
}

const RECEIPT_KEY: &str = "6f1c1f0e-5a0b-4a5c-9a53-0d6f0f2f7c11";

#[rstest]
#[tokio::test]
async fn what_is_wrong_with_it_is_told_at_its_field(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let visitor = t.visitor();
    let form = routes::anonymous_report(EVENT);
    let blank = [("receipt", RECEIPT), ("words", "  ")];
    let (status, page) = post(&visitor, &form, &blank).await;
    assert_eq!(status, 422);
    // What will be found by is kept through the refusal.
    assert!(page.contains("words-error") && page.contains(RECEIPT));
    let back = routes::own_anonymous_report(EVENT);
    for wrong in [RECEIPT, "short", ""] {
        let (status, page) = post(&visitor, &back, &[("receipt", wrong)]).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(page.contains("receipt-error"));
    }
    let (status, _) = post(&visitor, &routes::anonymous_report("elsewhere"), &blank).await;
    assert_eq!(status, 404);
    t.stop().await;
}

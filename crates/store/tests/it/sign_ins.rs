use hallway_model::access::{Grant, Role, Scope};
use hallway_model::ids::{EventId, PersonId, RegistrationId, SignInId};
use hallway_model::people::{DisplayName, Person, PersonKind};
use hallway_model::time::Span;
use hallway_store::sign_ins::{self, SignIn};
use hallway_store::{Conn, StoreError, accounts, registrations, role_grants};
use hallway_testkit::Kind;
use rstest::rstest;
use uuid::Uuid;

use crate::NOW;
use crate::messages::with_channels;

const EVENT: EventId = EventId(Uuid::from_u128(1));

/// Registered, and moderating where the number is even.
async fn add_person(conn: &mut Conn, number: u128) -> Result<(), StoreError> {
    let person = Person {
        id: PersonId(Uuid::from_u128(number)),
        name: DisplayName::parse(&format!("Person {number}")).unwrap(),
        email: None,
        pronouns: None,
        zone: None,
        language: None,
        kind: PersonKind::Person,
        created: NOW,
    };
    accounts::insert(conn, &person).await?;
    let id = RegistrationId(Uuid::from_u128(100 + number));
    registrations::insert(conn, id, EVENT, person.id, NOW).await?;
    if number.is_multiple_of(2) {
        role_grants::insert(conn, person.id, moderating(), NOW).await?;
    }
    Ok(())
}

fn moderating() -> Grant {
    Grant {
        role: Role::Moderator,
        scope: Scope::Event { event: EVENT },
    }
}

async fn add_sign_in(
    conn: &mut Conn,
    person: u128,
    token_hash: &str,
    life: Span,
) -> Result<(), StoreError> {
    let sign_in = SignIn {
        id: SignInId(Uuid::new_v5(&Uuid::nil(), token_hash.as_bytes())),
        person: PersonId(Uuid::from_u128(person)),
        kind: "browser".into(),
        label: String::new(),
        created: NOW,
        seen: NOW,
        expires: NOW + life,
        narrowing: None,
    };
    sign_ins::insert(conn, &sign_in, token_hash).await
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn who_comes_in_together_is_found_in_one_look_each_with_their_own(#[case] kind: Kind) {
    let store = with_channels(kind).await;
    store
        .write(|conn| {
            Box::pin(async move {
                for number in 1..=3 {
                    add_person(conn, number).await?;
                }
                for (person, token_hash) in [(1, "one"), (2, "two"), (2, "two again"), (3, "three")]
                {
                    add_sign_in(conn, person, token_hash, Span::days(1)).await?;
                }
                add_sign_in(conn, 3, "over", Span::minutes(-1)).await
            })
        })
        .await;

    let shown = ["two again", "nobody\'s", "one", "two", "over"].map(str::to_owned);
    let found = sign_ins::find(&mut store.read().await, &shown, NOW)
        .await
        .unwrap();
    let mut who: Vec<(&str, &str)> = found
        .iter()
        .map(|(hash, shown)| (hash.as_str(), shown.person.name.as_str()))
        .collect();
    who.sort_unstable();
    assert_eq!(
        who,
        [
            ("one", "Person 1"),
            ("two", "Person 2"),
            ("two again", "Person 2")
        ]
    );
    for (hash, shown) in &found {
        assert_eq!(shown.held.registered, [EVENT], "{hash}");
        let grants = if hash == "one" {
            vec![]
        } else {
            vec![moderating()]
        };
        assert_eq!(shown.held.grants, grants, "{hash}");
    }
    let none = sign_ins::find(&mut store.read().await, &[], NOW)
        .await
        .unwrap();
    assert!(none.is_empty());
}

//! The guests of a rehearsal: accounts with an address that no mail reaches,
//! registered at the event, each with a token. The same accounts serve every
//! rehearsal.

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use hallway_model::access::{Actor, Role};
use hallway_model::ids::{PersonId, SignInId};
use hallway_model::people::{DisplayName, Email};
use hallway_service::Service;
use hallway_service::sign_ins::{CreateUser, GrantRole, SignOutOthers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Commands on their way at once: they share commits.
const ABREAST: usize = 64;

pub struct Guest {
    pub person: PersonId,
    pub token: String,
}

/// Adds them to `guests` one by one, until there are `count` or `stop` is
/// cancelled. Whoever has a token is in it, also where it fails.
pub async fn make(
    service: &Service,
    event: &str,
    count: u32,
    stop: &CancellationToken,
    guests: &mut Vec<Guest>,
    mut tell: impl FnMut(usize),
) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    let numbers = (1..=count).take_while(|_| !stop.is_cancelled());
    let mut making = stream::iter(numbers)
        .map(|number| make_one(service, event, number))
        .buffered(ABREAST);
    while let Some(made) = making.next().await {
        match made {
            Ok(guest) => guests.push(guest),
            // Those on their way are waited for.
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
        tell(guests.len());
    }
    while let Some(made) = making.next().await {
        guests.extend(made.ok());
    }
    outcome
}

async fn make_one(service: &Service, event: &str, number: u32) -> anyhow::Result<Guest> {
    let operator = Actor::operator();
    // `.invalid` is nobody's (RFC 2606): nothing is ever mailed there.
    let email = Email::parse(&format!("guest-{number}@rehearsal.invalid"))?;
    let create = CreateUser {
        email: email.clone(),
        name: DisplayName::parse(&format!("Rehearsal guest {number}"))?,
    };
    let (person, _) = service.write(&operator, None, create).await?;
    let grant = GrantRole {
        email: email.clone(),
        role: Role::Attendee,
        event: Some(event.to_owned()),
        room: None,
    };
    service.write(&operator, None, grant).await?;
    let token = service.make_token(&operator, email, "rehearsal").await?;
    Ok(Guest {
        person,
        token: token.reveal().to_owned(),
    })
}

/// Their tokens are for one rehearsal.
pub async fn sign_out(service: &Service, guests: &[Guest]) -> anyhow::Result<()> {
    let people: Vec<PersonId> = guests.iter().map(|guest| guest.person).collect();
    stream::iter(people)
        .map(|person| sign_out_one(service, person))
        .buffer_unordered(ABREAST)
        .try_collect::<()>()
        .await
        .context("the guests' tokens could not be taken back")
}

async fn sign_out_one(service: &Service, person: PersonId) -> Result<(), hallway_service::Error> {
    let actor = Actor {
        person: Some(person),
        ..Actor::default()
    };
    let none = SignOutOthers {
        keep: SignInId(Uuid::nil()),
    };
    service.write(&actor, None, none).await
}

//! `hallway user create|grant|sign-in-link|token`

use hallway_model::access::{Actor, Role};
use hallway_model::people::{DisplayName, Email};
use hallway_service::outbox::FELT_WITHIN;
use hallway_service::sign_ins::{CreateUser, GrantRole};

use crate::config::Config;

pub async fn create(config: &Config, email: &str, name: &str) -> anyhow::Result<()> {
    let command = CreateUser {
        email: Email::parse(email)?,
        name: DisplayName::parse(name)?,
    };
    let service = super::service(config).await?;
    let created = service.write(&Actor::operator(), None, command).await;
    service.close().await;
    let (_, new) = created?;
    println!("{}", if new { "created" } else { "exists already" });
    Ok(())
}

pub async fn grant(
    config: &Config,
    email: &str,
    role: &str,
    event: Option<String>,
    room: Option<String>,
) -> anyhow::Result<()> {
    let words = || Role::GRANTED.map(Role::word).join(", ");
    let role = Role::from_word(role)
        .ok_or_else(|| anyhow::anyhow!("`{role}` is not a role: {}, attendee", words()))?;
    let command = GrantRole {
        email: Email::parse(email)?,
        role,
        event,
        room,
    };
    let service = super::service(config).await?;
    let granted = service.write(&Actor::operator(), None, command).await;
    service.close().await;
    granted?;
    // Said when it holds in a server that runs beside this, too.
    tokio::time::sleep(FELT_WITHIN).await;
    println!("granted");
    Ok(())
}

pub async fn sign_in_link(config: &Config, email: &str) -> anyhow::Result<()> {
    let email = Email::parse(email)?;
    let service = super::service(config).await?;
    let link = service.make_link(&Actor::operator(), email).await;
    service.close().await;
    println!("{}", link?);
    Ok(())
}

pub async fn token(config: &Config, email: &str) -> anyhow::Result<()> {
    let email = Email::parse(email)?;
    let service = super::service(config).await?;
    let token = service
        .make_token(&Actor::operator(), email, "made on the command line")
        .await;
    service.close().await;
    println!("{}", token?.reveal());
    Ok(())
}

//! `hallway stage key --event SLUG --room ROOM`: a new stream key, on one line.

use anyhow::Context;
use hallway_model::access::Actor;
use hallway_model::slug;

use crate::config::Config;

/// `room` is the room's slug, or its name.
pub async fn run(config: &Config, event: &str, room: &str) -> anyhow::Result<()> {
    let service = super::service(config).await?;
    let operator = Actor::operator();
    let key = match service.rotate_stream_key(&operator, event, room).await {
        Err(hallway_service::Error::NotFound) => {
            service
                .rotate_stream_key(&operator, event, &slug::from_name(room, "room"))
                .await
        }
        other => other,
    };
    service.close().await;
    let key = key.with_context(|| format!("room `{room}` of /{event}/"))?;
    println!("{}", key.reveal());
    Ok(())
}

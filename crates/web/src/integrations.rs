//! The organisers' page of ways in and out.

use axum::extract::Path;
use axum::response::Response;
use hallway_model::access::TokenScope;
use hallway_model::ids::ChannelId;
use hallway_model::time::Span;
use hallway_protocol::{Topic, routes};
use hallway_service::Error;
use hallway_views::forms::Field;
use hallway_views::integrations::{
    BotRow, DeliveryRow, ExportRow, HookRow, IntegrationsPage, OutgoingRow, TokenForm, TokenRow,
};

use crate::call::Call;
use crate::failure::Failure;
use crate::pages::personal;

/// A token that ends later than this was made to have no end.
const FAR: Span = Span::days(3_650);

pub(crate) async fn page(call: Call, Path(event): Path<String>) -> Result<Response, Failure> {
    personal(&overview(&call, &event).await?)
}

/// The page as it is now.
pub(crate) async fn overview(call: &Call, event: &str) -> Result<IntegrationsPage, Error> {
    let service = &call.web.service;
    let exports = service.chat_exports(&call.actor, event).await?;
    let hooks = service.incoming_hooks(&call.actor, event).await?;
    let outgoing = service.outgoing_hooks(&call.actor, event).await?;
    let bots = service.bots(&call.actor, event).await?;
    let listing = service.places(&call.actor, event).await?;
    let (found, channels) = (listing.event, listing.places);
    let name_of = |id: &ChannelId| {
        let place = channels.iter().find(|place| place.channel.id == *id);
        place.map_or_else(|| id.to_string(), |place| place.channel.name.clone())
    };
    let now = service.now();
    Ok(IntegrationsPage {
        shell: call.event_shell(&found),
        key: call.key(),
        fresh: None,
        exports: exports
            .into_iter()
            .map(|export| ExportRow {
                url: export.ready.then(|| routes::chat_export(event, export.id)),
                begun: export.created,
                messages: export.messages,
                channels: export.channels,
                channels_done: export.channels_ended,
            })
            .collect(),
        hooks: hooks
            .into_iter()
            .map(|listed| HookRow {
                id: listed.hook.id,
                name: listed.name,
                channel: listed.channel_slug,
                channel_name: listed.channel_name,
                since: listed.hook.created,
                used: listed.hook.used,
            })
            .collect(),
        hook_name: Field::default(),
        hook_channel: Field::default(),
        outgoing: outgoing
            .into_iter()
            .map(|told| OutgoingRow {
                id: told.hook.id,
                url: told.hook.url,
                channels: told
                    .topics
                    .iter()
                    .filter_map(|topic| match topic {
                        Topic::Channel(id) => Some(name_of(id)),
                        _ => None,
                    })
                    .collect(),
                sessions: told.topics.iter().any(|t| matches!(t, Topic::Event(_))),
                rotating: told.hook.old_secret.is_some(),
                failing_since: told.hook.failing_since,
                disabled: told.hook.disabled,
                deliveries: told
                    .deliveries
                    .into_iter()
                    .map(|delivery| DeliveryRow {
                        kind: delivery.kind,
                        at: delivery.created,
                        delivered: delivery.delivered.is_some(),
                        failure: delivery.failure,
                        attempts: delivery.attempts,
                    })
                    .collect(),
            })
            .collect(),
        outgoing_url: Field::default(),
        outgoing_topics: Field::default(),
        slack_file: Field::default(),
        slack_report: None,
        bots: bots
            .into_iter()
            .map(|(bot, tokens)| BotRow {
                id: bot.person,
                name: bot.name,
                tokens: tokens
                    .into_iter()
                    .map(|token| {
                        let narrowing = token.narrowing.unwrap_or_default();
                        TokenRow {
                            id: token.id,
                            label: token.label,
                            scopes: narrowing
                                .scopes
                                .iter()
                                .map(|s| TokenScope::word(*s))
                                .collect(),
                            channel: narrowing.channels.iter().flatten().map(name_of).next(),
                            since: token.created,
                            used: (token.seen > token.created).then_some(token.seen),
                            expires: (token.expires - now < FAR).then_some(token.expires),
                        }
                    })
                    .collect(),
            })
            .collect(),
        bot_name: Field::default(),
        token: TokenForm::default(),
        places: channels
            .iter()
            .map(|place| (place.channel.slug.clone(), place.channel.name.clone()))
            .collect(),
    })
}

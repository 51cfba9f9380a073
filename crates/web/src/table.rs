//! Every route with its policy. A route is only reachable through this table,
//! so that none can be without a policy, and the tests walk it for every role.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use hallway_model::access::Action;

use crate::{
    Web, accounts, anonymous_reports, api, assets, audit, bots, catch_up, channels, chat_exports,
    conduct, desk, digests, directs, events, health, hls, home, images, incoming_hooks,
    integrations, live, mailbox, messages, moderation, newcomers, organise, outgoing_hooks, people,
    places, presence, public, pushes, registrations, rehearsals, schedule, screening, search,
    sign_ins, sitemap, slack_imports, speakers, stages, studio, talks, threads, transparency,
    watch,
};

/// Who a route is for. The service asks the same question again where it
/// obtains the object; this is what the tests hold it against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everyone, whoever they are.
    Public,
    /// Whoever the matrix allows this action.
    Needs(Action),
    /// Whoever is signed in, for what is their own.
    SignedIn,
    /// The demo alone; elsewhere it is not there.
    Demo,
}

#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub policy: Policy,
}

struct Entry {
    route: Route,
    handler: MethodRouter<Web>,
}

const GET: &str = "GET";
const POST: &str = "POST";
const PUT: &str = "PUT";
const PATCH: &str = "PATCH";
const DELETE: &str = "DELETE";

/// A form of ours, with the longest message or biography in it.
pub(crate) const FORM_LIMIT: usize = 64 * 1024;
/// An uploaded schedule file with its form around it.
const UPLOAD_LIMIT: usize = hallway_service::imports::MAX_FILE + 64 * 1024;
/// A picture by itself.
const IMAGE_LIMIT: usize = hallway_model::images::MAX_BYTES;
/// The export of a Slack workspace with its form around it.
const SLACK_LIMIT: usize = hallway_service::slack_imports::MAX_FILE + 64 * 1024;

#[rustfmt::skip]
fn entries() -> Vec<Entry> {
    use Action::{
        AdoptChannel, FollowChat, HostChannel, OpenChannel, SeePeople, SendDirect,
        CreateEvent, EditEvent, EditMessage, Integrate, Moderate, ModerateChannel, PinMessage, PostMessage, ReadAudit, ReadChat, Register, RemoveMessage, Report, RunStage, SeeProgramme, WatchStream,
    };
    use Policy::{Demo, Needs, Public, SignedIn};
    let mut table = vec![];
    let mut add = |method: &'static str, path: &'static str, policy: Policy, handler: MethodRouter<Web>| {
        table.push(Entry { route: Route { method, path, policy }, handler });
    };

    add(GET,  "/healthz", Public, get(health::healthz));
    add(GET,  "/readyz", Public, get(health::readyz));
    add(GET,  "/metrics", Public, get(health::metrics));
    add(GET,  "/robots.txt", Public, get(sitemap::robots));
    add(GET,  "/sitemap.xml", Public, get(sitemap::sitemap));
    add(GET,  "/push.js", Public, get(pushes::worker));
    add(GET,  "/favicon.ico", Public, get(assets::favicon));
    add(GET,  "/assets/{*file}", Public, get(assets::asset));
    add(GET,  "/public/{*file}", Public, get(public::file));
    add(GET,  "/live", Public, get(live::connect));
    add(GET,  "/live/events", Public, get(live::events));
    add(POST, "/live/command", SignedIn, post(live::command));

    add(GET,  "/", Public, get(home::page));
    add(GET,  "/organise/new", Needs(CreateEvent), get(organise::new_event));
    add(POST, "/organise/new", Needs(CreateEvent), post(organise::create_event));

    add(GET,  "/account/", SignedIn, get(accounts::page));
    add(POST, "/account/profile", SignedIn, post(accounts::change_profile));
    add(GET,  "/account/card", SignedIn, get(people::card_page));
    add(POST, "/account/card", SignedIn, post(people::change_card));
    add(POST, "/account/talk", SignedIn, post(people::talk));
    add(POST, "/account/telling", SignedIn, post(accounts::change_telling));
    // The token in a mail's own link is the permission.
    add(GET,  "/account/mail-off", Public, get(digests::page));
    add(POST, "/account/mail-off", Public, post(digests::end));
    add(GET,  "/account/export.zip", SignedIn, get(accounts::export));
    add(GET,  "/account/delete", SignedIn, get(accounts::delete_page));
    add(POST, "/account/delete", SignedIn, post(accounts::delete));
    add(POST, "/account/preferences", Public, post(accounts::preferences));
    add(GET,  "/account/sign-in", Public, get(sign_ins::page));
    add(POST, "/account/sign-in", Public, post(sign_ins::request));
    add(GET,  "/account/sign-in/confirm", Public, get(sign_ins::confirm_page));
    add(POST, "/account/sign-in/confirm", Public, post(sign_ins::confirm));
    add(POST, "/account/sign-out", Public, post(sign_ins::sign_out));
    add(GET,  "/account/mailbox/", Demo, get(mailbox::page));

    add(GET,  "/api/v1/openapi.json", Public, get(api::openapi));
    add(GET,  "/api/v1/events", Public, get(api::events::list));
    add(GET,  "/api/v1/events/{event}", Needs(SeeProgramme), get(api::events::find));
    add(GET,  "/api/v1/events/{event}/schedule", Needs(SeeProgramme), get(api::schedule::list));
    add(GET,  "/api/v1/events/{event}/channels", Needs(ReadChat), get(api::channels::list));
    add(GET,  "/api/v1/events/{event}/reading", Needs(ReadChat), get(api::reading::list));
    add(PUT,  "/api/v1/channels/{channel}/reading", Needs(FollowChat), put(api::reading::put));
    add(GET,  "/api/v1/channels/{channel}/people", Needs(SeePeople), get(api::presence::list));
    add(PUT,  "/api/v1/channels/{channel}/follow", Needs(FollowChat), put(api::reading::follow));
    add(GET,  "/api/v1/events/{event}/messages/search", Needs(ReadChat), get(api::search::find));
    add(GET,  "/api/v1/events/{event}/stages/{room}", Needs(WatchStream), get(api::stages::find));
    add(GET,  "/api/v1/events/{event}/rehearsal", Needs(EditEvent), get(api::rehearsals::find));
    add(POST, "/api/v1/events/{event}/rehearsal", Needs(EditEvent), post(api::rehearsals::start));
    add(DELETE, "/api/v1/events/{event}/rehearsal", Needs(EditEvent), delete(api::rehearsals::stop));
    add(GET,  "/api/v1/channels/{channel}/messages", Needs(ReadChat), get(api::messages::list));
    add(POST, "/api/v1/channels/{channel}/messages", Needs(PostMessage), post(api::messages::post));
    add(POST, "/api/v1/channels/{channel}/images", Needs(PostMessage), post(api::images::send).layer(DefaultBodyLimit::max(IMAGE_LIMIT)));
    add(DELETE, "/api/v1/images/{image}", SignedIn, delete(api::images::remove));
    add(PUT,  "/api/v1/messages/{message}", Needs(EditMessage), put(api::messages::edit));
    add(GET,  "/api/v1/messages/{message}/edits", Needs(RemoveMessage), get(api::messages::edits));
    add(GET,  "/api/v1/messages/{message}/thread", Needs(ReadChat), get(api::messages::thread));
    add(PUT,  "/api/v1/messages/{message}/pin", Needs(PinMessage), put(api::messages::pin));
    add(DELETE, "/api/v1/messages/{message}/pin", Needs(PinMessage), delete(api::messages::unpin));
    add(PUT,  "/api/v1/messages/{message}/reactions", Needs(PostMessage), put(api::reactions::add));
    add(DELETE, "/api/v1/messages/{message}/reactions", Needs(PostMessage), delete(api::reactions::remove));
    add(DELETE, "/api/v1/messages/{message}", Needs(RemoveMessage), delete(api::messages::remove));
    add(PUT,  "/api/v1/account/push", SignedIn, put(api::pushes::subscribe));
    add(DELETE, "/api/v1/account/push", SignedIn, delete(api::pushes::unsubscribe));
    add(GET,  "/api/v1/account", SignedIn, get(api::accounts::find));

    // The stream key is the permission, and then the session's address.
    add(POST, "/api/v1/whip", Public, post(api::whip::publish));
    add(PATCH, "/api/v1/whip/{session}", Public, patch(api::whip::change));
    add(DELETE, "/api/v1/whip/{session}", Public, delete(api::whip::stop));
    add(POST, "/api/v1/events/{event}/stages/{room}/whip", Needs(RunStage), post(api::whip::publish_signed_in));

    // The token in the path is the permission.
    add(POST, "/hooks/in/{token}", Public, post(incoming_hooks::receive));

    add(GET,  "/hls/{event}/{room}/{*file}", Needs(WatchStream), get(hls::live));
    add(GET,  "/hls/{event}/talk/{code}/{file}", Needs(WatchStream), get(hls::recording));

    add(GET,  "/images/{image}/{size}", Needs(ReadChat), get(images::pixels));

    add(GET,  "/{event}/", Needs(SeeProgramme), get(events::page));
    add(GET,  "/{event}/schedule/", Needs(SeeProgramme), get(schedule::page));
    add(GET,  "/{event}/schedule/export/{file}", Needs(SeeProgramme), get(schedule::export));
    add(GET,  "/{event}/talk/{code}/", Needs(SeeProgramme), get(talks::page));
    add(GET,  "/{event}/talk/{file}", Needs(SeeProgramme), get(talks::calendar));
    add(GET,  "/{event}/speaker/", Needs(SeeProgramme), get(speakers::list));
    add(GET,  "/{event}/speaker/{code}/", Needs(SeeProgramme), get(speakers::page));
    add(GET,  "/{event}/register", Needs(SeeProgramme), get(registrations::page));
    add(POST, "/{event}/register", Needs(Register), post(registrations::register));
    add(GET,  "/{event}/watch/", Needs(SeeProgramme), get(watch::page));
    add(GET,  "/{event}/stage/{room}", Needs(SeeProgramme), get(stages::page));
    add(GET,  "/{event}/chat/", Needs(ReadChat), get(channels::list));
    add(GET,  "/{event}/chat/new", Needs(OpenChannel), get(places::new_page));
    add(POST, "/{event}/chat/new", Needs(OpenChannel), post(places::open));
    add(GET,  "/{event}/chat/rooms/", Needs(OpenChannel), get(places::outside_page));
    add(POST, "/{event}/chat/rooms/", Needs(OpenChannel), post(places::register_outside));
    add(POST, "/{event}/chat/rooms/{outside}", Needs(AdoptChannel), post(places::handle_outside));
    add(GET,  "/{event}/chat/direct/", Needs(SendDirect), get(directs::page));
    add(POST, "/{event}/chat/direct/", Needs(SendDirect), post(directs::ask));
    add(GET,  "/{event}/chat/{channel}/about", Needs(ReadChat), get(places::about));
    add(POST, "/{event}/chat/{channel}/about", Needs(HostChannel), post(places::edit));
    add(POST, "/{event}/chat/{channel}/state", Needs(HostChannel), post(places::turn));
    add(POST, "/{event}/chat/{channel}/invite", Needs(HostChannel), post(places::invite));
    add(POST, "/{event}/chat/{channel}/members", Needs(HostChannel), post(places::handle_member));
    add(POST, "/{event}/chat/{channel}/membership", Needs(PostMessage), post(places::answer));
    add(POST, "/{event}/chat/{channel}/block", Needs(SendDirect), post(directs::block));
    add(POST, "/{event}/chat/{channel}/mark", Needs(AdoptChannel), post(places::mark));
    add(POST, "/{event}/chat/{channel}/hand-over", Needs(AdoptChannel), post(places::hand_over));
    add(GET,  "/{event}/chat/{channel}/merge", Needs(AdoptChannel), get(places::merge_page));
    add(POST, "/{event}/chat/{channel}/merge", Needs(AdoptChannel), post(places::merge));
    add(GET,  "/{event}/people/", Needs(SeePeople), get(people::list));
    add(GET,  "/{event}/people/{person}", Needs(SeePeople), get(people::page));
    add(POST, "/{event}/people/{person}/block", Needs(SeePeople), post(people::block));
    add(GET,  "/{event}/chat/catch-up", Needs(ReadChat), get(catch_up::page));
    add(POST, "/{event}/chat/catch-up", Needs(FollowChat), post(catch_up::mark_read));
    add(GET,  "/{event}/chat/search", Needs(ReadChat), get(search::page));
    add(GET,  "/{event}/chat/{channel}", Needs(ReadChat), get(channels::page));
    add(GET,  "/{event}/chat/{channel}/thread/{seq}", Needs(ReadChat), get(threads::page));
    add(POST, "/{event}/chat/{channel}/messages", Needs(PostMessage), post(channels::post_message).layer(DefaultBodyLimit::max(images::POST_LIMIT)));
    add(POST, "/{event}/chat/{channel}/messages/{message}/edit", Needs(EditMessage), post(messages::edit));
    add(GET,  "/{event}/chat/{channel}/messages/{message}/edits", Needs(RemoveMessage), get(messages::edits));
    add(POST, "/{event}/chat/{channel}/messages/{message}/pin", Needs(PinMessage), post(messages::pin));
    add(POST, "/{event}/chat/{channel}/messages/{message}/remove", Needs(RemoveMessage), post(messages::remove));
    add(POST, "/{event}/chat/{channel}/follow", Needs(FollowChat), post(channels::follow));
    add(POST, "/{event}/chat/{channel}/unread", Needs(FollowChat), post(channels::mark_unread));
    add(POST, "/{event}/chat/{channel}/messages/{message}/reactions", Needs(PostMessage), post(channels::react));
    add(GET,  "/{event}/chat/{channel}/people", Needs(SeePeople), get(presence::page));
    add(GET,  "/{event}/chat/{channel}/export.zip", Needs(ReadChat), get(chat_exports::channel));
    add(GET,  "/{event}/organise/integrations", Needs(Integrate), get(integrations::page));
    add(POST, "/{event}/organise/integrations/exports", Needs(Integrate), post(chat_exports::begin));
    add(GET,  "/{event}/organise/integrations/exports/{file}", Needs(Integrate), get(chat_exports::fetch));
    add(GET,  "/{event}/conduct/", Needs(SeeProgramme), get(conduct::page));
    add(POST, "/{event}/conduct/appeal", SignedIn, post(conduct::appeal));
    add(GET,  "/{event}/transparency/", Needs(SeeProgramme), get(transparency::page));
    add(GET,  "/{event}/conduct/anonymous", Needs(SeeProgramme), get(anonymous_reports::form));
    add(POST, "/{event}/conduct/anonymous", Needs(SeeProgramme), post(anonymous_reports::report));
    add(POST, "/{event}/conduct/anonymous/answers", Needs(SeeProgramme), post(anonymous_reports::answers));
    add(GET,  "/{event}/moderate/anonymous/{anonymous}", Needs(Moderate), get(anonymous_reports::file));
    add(POST, "/{event}/moderate/anonymous/{anonymous}", Needs(Moderate), post(anonymous_reports::answer));
    add(GET,  "/{event}/report", Needs(Report), get(conduct::report_page));
    add(POST, "/{event}/report", Needs(Report), post(conduct::report));
    add(GET,  "/{event}/moderate/", Needs(Moderate), get(moderation::queue));
    add(GET,  "/{event}/moderate/report/{report}", Needs(Moderate), get(moderation::report));
    add(POST, "/{event}/moderate/report/{report}/claim", Needs(Moderate), post(moderation::claim));
    add(POST, "/{event}/moderate/report/{report}/end", Needs(Moderate), post(moderation::end));
    add(GET,  "/{event}/moderate/person/{person}", Needs(Moderate), get(moderation::person));
    add(POST, "/{event}/moderate/person/{person}", Needs(Moderate), post(moderation::decide));
    add(GET,  "/{event}/moderate/settings", Needs(Moderate), get(screening::page));
    add(POST, "/{event}/moderate/settings", Needs(Moderate), post(screening::change));
    add(POST, "/{event}/moderate/slow-mode", Needs(Moderate), post(screening::slow_mode));
    add(GET,  "/{event}/moderate/newcomers", Needs(Moderate), get(newcomers::page));
    add(POST, "/{event}/moderate/newcomers", Needs(Moderate), post(newcomers::remove));
    add(POST, "/{event}/moderate/newcomers/{bulk}/restore", Needs(Moderate), post(newcomers::restore));
    add(POST, "/{event}/moderate/calm", Needs(Moderate), post(screening::calm));
    add(POST, "/{event}/moderate/held/{held}", Needs(Moderate), post(screening::end_hold));
    add(POST, "/{event}/moderate/sanction/{sanction}/lift", Needs(Moderate), post(moderation::lift));
    add(POST, "/{event}/moderate/sanction/{sanction}/appeal", Needs(Moderate), post(moderation::answer));
    add(GET,  "/{event}/chat/{channel}/moderate/", Needs(ModerateChannel), get(moderation::queue));
    add(GET,  "/{event}/chat/{channel}/moderate/report/{report}", Needs(ModerateChannel), get(moderation::report));
    add(POST, "/{event}/chat/{channel}/moderate/report/{report}/claim", Needs(ModerateChannel), post(moderation::claim));
    add(POST, "/{event}/chat/{channel}/moderate/report/{report}/end", Needs(ModerateChannel), post(moderation::end));
    add(GET,  "/{event}/chat/{channel}/moderate/person/{person}", Needs(ModerateChannel), get(moderation::person));
    add(POST, "/{event}/chat/{channel}/moderate/person/{person}", Needs(ModerateChannel), post(moderation::decide));
    add(POST, "/{event}/chat/{channel}/moderate/sanction/{sanction}/lift", Needs(ModerateChannel), post(moderation::lift));
    add(POST, "/{event}/chat/{channel}/moderate/held/{held}", Needs(ModerateChannel), post(screening::end_hold));
    add(POST, "/{event}/chat/{channel}/moderate/calm", Needs(ModerateChannel), post(screening::calm));
    add(POST, "/{event}/chat/{channel}/moderate/slow-mode", Needs(ModerateChannel), post(screening::slow_mode_here));
    add(GET,  "/{event}/chat/{channel}/moderate/newcomers", Needs(ModerateChannel), get(newcomers::page));
    add(POST, "/{event}/chat/{channel}/moderate/newcomers", Needs(ModerateChannel), post(newcomers::remove));
    add(POST, "/{event}/chat/{channel}/moderate/newcomers/{bulk}/restore", Needs(ModerateChannel), post(newcomers::restore));
    add(POST, "/{event}/organise/integrations/hooks", Needs(Integrate), post(incoming_hooks::make));
    add(POST, "/{event}/organise/integrations/hooks/{hook}/rotate", Needs(Integrate), post(incoming_hooks::rotate));
    add(POST, "/{event}/organise/integrations/hooks/{hook}/revoke", Needs(Integrate), post(incoming_hooks::revoke));
    add(POST, "/{event}/organise/integrations/outgoing", Needs(Integrate), post(outgoing_hooks::make));
    add(POST, "/{event}/organise/integrations/outgoing/{hook}/{action}", Needs(Integrate), post(outgoing_hooks::change));
    add(POST, "/{event}/organise/integrations/slack", Needs(Integrate), post(slack_imports::import).layer(DefaultBodyLimit::max(SLACK_LIMIT)));
    add(POST, "/{event}/organise/integrations/bots", Needs(Integrate), post(bots::make));
    add(POST, "/{event}/organise/integrations/bots/{bot}/retire", Needs(Integrate), post(bots::retire));
    add(POST, "/{event}/organise/integrations/bots/{bot}/tokens", Needs(Integrate), post(bots::make_token));
    add(POST, "/{event}/organise/integrations/bots/{bot}/tokens/{token}/revoke", Needs(Integrate), post(bots::revoke_token));
    add(GET,  "/{event}/organise/", Needs(EditEvent), get(organise::overview));
    add(GET,  "/{event}/organise/import", Needs(EditEvent), get(organise::import_page));
    add(POST, "/{event}/organise/import", Needs(EditEvent), post(organise::import).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)));
    add(GET,  "/{event}/organise/channels/", Needs(AdoptChannel), get(places::organise));
    add(GET,  "/{event}/organise/settings", Needs(EditEvent), get(organise::settings_page));
    add(POST, "/{event}/organise/settings", Needs(EditEvent), post(organise::change_settings));
    add(GET,  "/{event}/organise/rehearsal", Needs(EditEvent), get(rehearsals::page));
    add(POST, "/{event}/organise/rehearsal", Needs(EditEvent), post(rehearsals::start));
    add(POST, "/{event}/organise/rehearsal/stop", Needs(EditEvent), post(rehearsals::stop));
    add(GET,  "/{event}/organise/conduct", Needs(EditEvent), get(conduct::code_page));
    add(POST, "/{event}/organise/conduct", Needs(EditEvent), post(conduct::change_code));
    add(GET,  "/{event}/organise/audit/", Needs(ReadAudit), get(audit::page));
    add(GET,  "/{event}/organise/stage/{room}/", Needs(RunStage), get(desk::page));
    add(GET,  "/{event}/organise/stage/{room}/studio", Needs(RunStage), get(studio::page));
    add(POST, "/{event}/organise/stage/{room}/key", Needs(RunStage), post(desk::rotate_key));
    add(POST, "/{event}/organise/stage/{room}/takeover", Needs(RunStage), post(desk::allow_takeover));
    add(POST, "/{event}/organise/stage/{room}/{code}/start", Needs(RunStage), post(desk::start));
    add(POST, "/{event}/organise/stage/{room}/{code}/end", Needs(RunStage), post(desk::end));
    table
}

/// Every route there is.
pub fn routes() -> Vec<Route> {
    entries().into_iter().map(|entry| entry.route).collect()
}

/// All but media, which have a way of their own.
pub(crate) fn router() -> Router<Web> {
    of(|route| !is_media(route)).layer(DefaultBodyLimit::max(FORM_LIMIT))
}

/// What players fetch.
pub(crate) fn media() -> Router<Web> {
    of(is_media)
}

fn is_media(route: &Route) -> bool {
    route.path.starts_with("/hls/")
}

fn of(wanted: impl Fn(&Route) -> bool) -> Router<Web> {
    entries()
        .into_iter()
        .filter(|entry| wanted(&entry.route))
        .fold(Router::new(), |router, entry| {
            router.route(entry.route.path, entry.handler)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_changes_state_is_a_get() {
        for route in routes() {
            let reads = route.method == GET;
            let acts = matches!(
                route.policy,
                Policy::Needs(Action::PostMessage | Action::CreateEvent)
            ) && !route.path.ends_with("/new");
            assert!(!(reads && acts), "{} {}", route.method, route.path);
        }
    }
}

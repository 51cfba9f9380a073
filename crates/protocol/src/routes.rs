//! Builders of every URL of ours, so that a path is spelled in one place. All
//! return absolute paths without a host; pages end in a slash, files do not.
//!
//! Arguments are slugs and codes, which need no escaping; anything else is
//! percent-encoded here.

use std::fmt::Display;

use hallway_model::ids::{
    AnonymousReportId, BulkId, ChannelId, ChatExportId, HeldId, ImageId, IncomingHookId, MessageId,
    OutgoingHookId, OutsideRoomId, PersonId, ReportId, SanctionId, SignInId,
};
use hallway_model::images::Size;

pub fn home() -> String {
    "/".into()
}
pub fn sign_in() -> String {
    "/account/sign-in".into()
}
/// The page behind a mailed link; it shows a button that posts the token.
pub fn sign_in_confirm() -> String {
    "/account/sign-in/confirm".into()
}
pub fn sign_in_link(token: &str) -> String {
    format!("/account/sign-in/confirm?token={}", encode(token))
}
pub fn sign_out() -> String {
    "/account/sign-out".into()
}
pub fn account() -> String {
    "/account/".into()
}
pub fn account_profile() -> String {
    "/account/profile".into()
}
/// A form sets quiet hours here, or switches every browser off.
pub fn account_telling() -> String {
    "/account/telling".into()
}
/// Ends the mail of whoever a mail's own link is for.
pub fn mail_off(token: &str) -> String {
    format!("/account/mail-off?token={}", encode(token))
}
/// The script that shows what a browser is told.
pub fn push_worker() -> String {
    "/push.js".into()
}
/// A browser asks here to be told, and not to be.
pub fn api_push() -> String {
    "/api/v1/account/push".into()
}
pub fn account_export() -> String {
    "/account/export.zip".into()
}
pub fn account_delete() -> String {
    "/account/delete".into()
}
/// Where the reader's language, zone and theme are chosen (POST).
pub fn preferences() -> String {
    "/account/preferences".into()
}
pub fn new_event() -> String {
    "/organise/new".into()
}
pub fn mailbox() -> String {
    "/account/mailbox/".into()
}

pub fn event(event: &str) -> String {
    format!("/{event}/")
}
pub fn schedule(event: &str) -> String {
    format!("/{event}/schedule/")
}
pub fn schedule_export(event: &str, format: &str) -> String {
    format!("/{event}/schedule/export/schedule.{format}")
}
pub fn talk(event: &str, code: impl Display) -> String {
    format!("/{event}/talk/{code}/")
}
/// A session's page with its recording set to a moment.
pub fn talk_at(talk: &str, seconds: i64) -> String {
    format!("{talk}?t={seconds}")
}
pub fn talk_ics(event: &str, code: impl Display) -> String {
    format!("/{event}/talk/{code}.ics")
}
pub fn recording(event: &str, code: impl Display) -> String {
    format!("/hls/{event}/talk/{code}/index.m3u8")
}
pub fn speakers(event: &str) -> String {
    format!("/{event}/speaker/")
}
pub fn speaker(event: &str, code: impl Display) -> String {
    format!("/{event}/speaker/{code}/")
}
pub fn register(event: &str) -> String {
    format!("/{event}/register")
}
pub fn stage(event: &str, room: &str) -> String {
    format!("/{event}/stage/{room}")
}
pub fn stage_playlist(event: &str, room: &str) -> String {
    format!("/hls/{event}/{room}/index.m3u8")
}
/// Stages and recordings of an event.
pub fn watch(event: &str) -> String {
    format!("/{event}/watch/")
}
pub fn channel(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}")
}
/// The page of a channel's history that holds a message, at the message.
pub fn message(event: &str, channel: &str, seq: i64) -> String {
    format!("/{event}/chat/{channel}?at={seq}#m{seq}")
}
pub fn channels(event: &str) -> String {
    format!("/{event}/chat/")
}
/// The form to open a channel, and where it is sent.
pub fn new_channel(event: &str) -> String {
    format!("/{event}/chat/new")
}
/// What a channel is about, who made it and who hosts it.
pub fn about_channel(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/about")
}
/// Forms of a channel's hosts, members and organisers: `part` is `state`,
/// `invite`, `members`, `membership`, `mark` or `hand-over`.
pub fn channel_part(event: &str, channel: &str, part: &str) -> String {
    format!("/{event}/chat/{channel}/{part}")
}
/// Merging a channel into another, after a look at what that means.
pub fn merge_channel(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/merge")
}
/// Conversations of the reader, and asking for one.
pub fn directs(event: &str) -> String {
    format!("/{event}/chat/direct/")
}
/// Registering a place elsewhere.
pub fn outside_rooms(event: &str) -> String {
    format!("/{event}/chat/rooms/")
}
pub fn outside_room(event: &str, room: OutsideRoomId) -> String {
    format!("/{event}/chat/rooms/{room}")
}
/// Those at the event who want to be found.
pub fn people(event: &str) -> String {
    format!("/{event}/people/")
}
/// Somebody at the event.
pub fn person(event: &str, person: PersonId) -> String {
    format!("/{event}/people/{person}")
}
pub fn person_block(event: &str, person: PersonId) -> String {
    format!("/{event}/people/{person}/block")
}
/// Channels that people opened, for the organisers.
pub fn organise_channels(event: &str) -> String {
    format!("/{event}/organise/channels/")
}
/// How one shows oneself to others.
pub fn account_card() -> String {
    "/account/card".into()
}
/// Being open to talk for a while, or no longer.
pub fn account_talk() -> String {
    "/account/talk".into()
}
/// A channel's history around the message numbered `seq`.
pub fn channel_at(event: &str, channel: &str, seq: i64) -> String {
    format!("/{event}/chat/{channel}?at={seq}#m{seq}")
}
/// Search over every channel that the reader may read.
pub fn chat_search(event: &str) -> String {
    format!("/{event}/chat/search")
}
/// A form posts a message here.
pub fn channel_messages(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/messages")
}
/// What happened in the chat since the reader was here.
pub fn catch_up(event: &str) -> String {
    format!("/{event}/chat/catch-up")
}
/// A form says here how much of a channel its reader wants to hear.
pub fn channel_follow(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/follow")
}
/// A form says here from which message on everything is unread.
pub fn channel_unread(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/unread")
}
/// A form adds or takes back a reaction here.
pub fn message_reactions(event: &str, channel: &str, message: MessageId) -> String {
    format!("/{event}/chat/{channel}/messages/{message}/reactions")
}
/// Who is in a channel.
pub fn channel_people(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/people")
}
/// A channel's messages as a file.
pub fn channel_export(event: &str, channel: &str) -> String {
    format!("/{event}/chat/{channel}/export.zip")
}
/// Webhooks, bots, and the chat's ways in and out.
pub fn integrations(event: &str) -> String {
    format!("/{event}/organise/integrations")
}
/// A form begins the export of the whole chat here.
pub fn chat_exports(event: &str) -> String {
    format!("/{event}/organise/integrations/exports")
}
/// The whole chat, for whoever had it made.
pub fn chat_export(event: &str, export: ChatExportId) -> String {
    format!("/{event}/organise/integrations/exports/{export}.zip")
}
/// A form gives a message other words here.
pub fn message_edit(event: &str, channel: &str, message: MessageId) -> String {
    format!("/{event}/chat/{channel}/messages/{message}/edit")
}
/// What a message said before its changes.
pub fn message_edits(event: &str, channel: &str, message: MessageId) -> String {
    format!("/{event}/chat/{channel}/messages/{message}/edits")
}
pub fn message_remove(event: &str, channel: &str, message: MessageId) -> String {
    format!("/{event}/chat/{channel}/messages/{message}/remove")
}
/// A form pins a message here, or takes the pin away.
pub fn message_pin(event: &str, channel: &str, message: MessageId) -> String {
    format!("/{event}/chat/{channel}/messages/{message}/pin")
}
/// The page of the thread that hangs on the message numbered `seq`.
pub fn thread(event: &str, channel: &str, seq: i64) -> String {
    format!("/{event}/chat/{channel}/thread/{seq}")
}
/// A thread's page at one of its answers.
pub fn thread_at(event: &str, channel: &str, root: i64, seq: i64) -> String {
    format!("{}#m{seq}", thread(event, channel, root))
}
/// A channel's page with its form ready to answer a message.
pub fn message_reply(event: &str, channel: &str, seq: i64) -> String {
    format!("/{event}/chat/{channel}?at={seq}&reply={seq}#body")
}
/// A form makes an incoming webhook here.
pub fn incoming_hooks(event: &str) -> String {
    format!("/{event}/organise/integrations/hooks")
}
/// `action` is `rotate` or `revoke`.
pub fn incoming_hook(event: &str, hook: IncomingHookId, action: &str) -> String {
    format!("/{event}/organise/integrations/hooks/{hook}/{action}")
}
/// Where other programs post to; the token is the secret.
pub fn hook_in(token: &str) -> String {
    format!("/hooks/in/{}", encode(token))
}
/// A form makes an outgoing webhook here.
pub fn outgoing_hooks(event: &str) -> String {
    format!("/{event}/organise/integrations/outgoing")
}
/// `action` is `test`, `rotate`, `end-old`, `disable`, `enable` or `delete`.
pub fn outgoing_hook(event: &str, hook: OutgoingHookId, action: &str) -> String {
    format!("/{event}/organise/integrations/outgoing/{hook}/{action}")
}
/// A form brings a Slack workspace along here.
pub fn slack_import(event: &str) -> String {
    format!("/{event}/organise/integrations/slack")
}
/// A form makes a bot here.
pub fn bots(event: &str) -> String {
    format!("/{event}/organise/integrations/bots")
}
pub fn bot_retire(event: &str, bot: PersonId) -> String {
    format!("/{event}/organise/integrations/bots/{bot}/retire")
}
/// A form makes a token here.
pub fn bot_tokens(event: &str, bot: PersonId) -> String {
    format!("/{event}/organise/integrations/bots/{bot}/tokens")
}
pub fn bot_token_revoke(event: &str, bot: PersonId, token: SignInId) -> String {
    format!("/{event}/organise/integrations/bots/{bot}/tokens/{token}/revoke")
}
pub fn organise(event: &str) -> String {
    format!("/{event}/organise/")
}
pub fn organise_import(event: &str) -> String {
    format!("/{event}/organise/import")
}
pub fn organise_settings(event: &str) -> String {
    format!("/{event}/organise/settings")
}
/// Where organisers have invented guests come, and see how it goes.
pub fn organise_rehearsal(event: &str) -> String {
    format!("/{event}/organise/rehearsal")
}
pub fn rehearsal_stop(event: &str) -> String {
    format!("/{event}/organise/rehearsal/stop")
}
/// How people treat each other here; what one reported, and what was decided
/// about oneself.
pub fn conduct(event: &str) -> String {
    format!("/{event}/conduct/")
}
/// How conduct was looked after, in counts that lead back to nobody.
pub fn transparency(event: &str) -> String {
    format!("/{event}/transparency/")
}
/// Where organisers write it.
pub fn organise_conduct(event: &str) -> String {
    format!("/{event}/organise/conduct")
}
pub fn conduct_appeal(event: &str) -> String {
    format!("/{event}/conduct/appeal")
}
/// Reporting without a name: the form, and where it is posted.
pub fn anonymous_report(event: &str) -> String {
    format!("/{event}/conduct/anonymous")
}
/// A receipt is posted here to read the answers, and with words to go on.
pub fn own_anonymous_report(event: &str) -> String {
    format!("/{event}/conduct/anonymous/answers")
}
/// A report without a name, for those who look after the event.
pub fn moderate_anonymous(event: &str, report: AnonymousReportId) -> String {
    format!("/{event}/moderate/anonymous/{report}")
}
/// The form to report something; posted to the same address.
pub fn make_report(event: &str) -> String {
    format!("/{event}/report")
}
pub fn report_message(event: &str, message: MessageId) -> String {
    format!("/{event}/report?message={message}")
}
pub fn report_person(event: &str, person: PersonId) -> String {
    format!("/{event}/report?person={person}")
}
/// One channel as those who look after it address it: what stands for the
/// event's slug in the addresses of moderators' pages.
pub fn channel_ward(event: &str, channel: &str) -> String {
    format!("{event}/chat/{channel}")
}
/// What waits for an event's moderators.
pub fn moderate(ward: &str) -> String {
    format!("/{ward}/moderate/")
}
pub fn moderate_report(ward: &str, report: ReportId) -> String {
    format!("/{ward}/moderate/report/{report}")
}
/// A form takes a report or gives it back here.
pub fn moderate_report_claim(ward: &str, report: ReportId) -> String {
    format!("/{ward}/moderate/report/{report}/claim")
}
pub fn moderate_report_end(ward: &str, report: ReportId) -> String {
    format!("/{ward}/moderate/report/{report}/end")
}
/// Begins the addresses of [`moderate_person`].
pub fn moderate_people(ward: &str) -> String {
    format!("/{ward}/moderate/person/")
}
/// Somebody as moderators see them; a decision is posted to the same address.
pub fn moderate_person(ward: &str, person: PersonId) -> String {
    format!("/{ward}/moderate/person/{person}")
}
/// What the event asks of messages.
pub fn moderate_settings(event: &str) -> String {
    format!("/{event}/moderate/settings")
}
pub fn moderate_slow_mode(ward: &str) -> String {
    format!("/{ward}/moderate/slow-mode")
}
/// What newcomers said lately; what is removed of it is posted here too.
pub fn moderate_newcomers(ward: &str) -> String {
    format!("/{ward}/moderate/newcomers")
}
pub fn moderate_restore(ward: &str, bulk: BulkId) -> String {
    format!("/{ward}/moderate/newcomers/{bulk}/restore")
}
pub fn moderate_calm(ward: &str) -> String {
    format!("/{ward}/moderate/calm")
}
/// A message that waits is let through or refused here.
pub fn moderate_held(ward: &str, held: HeldId) -> String {
    format!("/{ward}/moderate/held/{held}")
}
pub fn moderate_lift(ward: &str, sanction: SanctionId) -> String {
    format!("/{ward}/moderate/sanction/{sanction}/lift")
}
pub fn moderate_appeal(event: &str, sanction: SanctionId) -> String {
    format!("/{event}/moderate/sanction/{sanction}/appeal")
}
/// What was done in the event's name, newest first.
pub fn audit(event: &str) -> String {
    format!("/{event}/organise/audit/")
}
pub fn desk(event: &str, room: &str) -> String {
    format!("/{event}/organise/stage/{room}/")
}
pub fn desk_key(event: &str, room: &str) -> String {
    format!("/{event}/organise/stage/{room}/key")
}
/// Where its producers go on air from a browser.
pub fn studio(event: &str, room: &str) -> String {
    format!("/{event}/organise/stage/{room}/studio")
}
/// The next publisher takes over; see `service::stages::AllowTakeover`.
pub fn desk_takeover(event: &str, room: &str) -> String {
    format!("/{event}/organise/stage/{room}/takeover")
}
/// The producer's cues: `action` is `start` or `end`.
pub fn desk_cue(event: &str, room: &str, code: impl Display, action: &str) -> String {
    format!("/{event}/organise/stage/{room}/{code}/{action}")
}

pub fn live() -> String {
    "/live".into()
}
/// Where publishers over WebRTC show their stream key (WHIP, RFC 9725).
pub fn api_whip() -> String {
    "/api/v1/whip".into()
}
/// The same for whoever may run the stage.
pub fn api_stage_whip(event: &str, room: &str) -> String {
    format!("/api/v1/events/{event}/stages/{room}/whip")
}
/// Such a publisher's session.
pub fn api_publisher(session: &str) -> String {
    format!("/api/v1/whip/{session}")
}
pub fn api_events() -> String {
    "/api/v1/events".into()
}
pub fn api_event(event: &str) -> String {
    format!("/api/v1/events/{event}")
}
pub fn api_schedule(event: &str) -> String {
    format!("/api/v1/events/{event}/schedule")
}
pub fn api_channels(event: &str) -> String {
    format!("/api/v1/events/{event}/channels")
}
pub fn api_reading(event: &str) -> String {
    format!("/api/v1/events/{event}/reading")
}
pub fn api_channel_reading(channel: ChannelId) -> String {
    format!("/api/v1/channels/{channel}/reading")
}
pub fn api_channel_people(channel: ChannelId) -> String {
    format!("/api/v1/channels/{channel}/people")
}
pub fn api_follow(channel: ChannelId) -> String {
    format!("/api/v1/channels/{channel}/follow")
}
pub fn api_search(event: &str) -> String {
    format!("/api/v1/events/{event}/messages/search")
}
pub fn api_messages(channel: ChannelId) -> String {
    format!("/api/v1/channels/{channel}/messages")
}
/// Pictures for messages of the channel are posted here.
pub fn api_images(channel: ChannelId) -> String {
    format!("/api/v1/channels/{channel}/images")
}
/// A picture that was not posted yet.
pub fn api_image(image: ImageId) -> String {
    format!("/api/v1/images/{image}")
}
/// The pixels of a picture.
pub fn image(image: ImageId, size: Size) -> String {
    format!("/images/{image}/{}", size.word())
}
pub fn api_reactions(message: MessageId) -> String {
    format!("/api/v1/messages/{message}/reactions")
}
pub fn api_message(message: MessageId) -> String {
    format!("/api/v1/messages/{message}")
}
pub fn api_message_edits(message: MessageId) -> String {
    format!("/api/v1/messages/{message}/edits")
}
pub fn api_message_pin(message: MessageId) -> String {
    format!("/api/v1/messages/{message}/pin")
}
pub fn api_thread(message: MessageId) -> String {
    format!("/api/v1/messages/{message}/thread")
}
pub fn api_stage(event: &str, room: &str) -> String {
    format!("/api/v1/events/{event}/stages/{room}")
}
pub fn api_account() -> String {
    "/api/v1/account".into()
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_encoded_into_the_link() {
        assert_eq!(
            sign_in_link("a/b c"),
            "/account/sign-in/confirm?token=a%2Fb%20c"
        );
    }
}

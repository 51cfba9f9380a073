//! Every page in every state that has a sample, for tests and the gallery.

use hallway_protocol::Kind;

use crate::shell::{Shell, Theme};
use crate::texts::Lang;

/// As (name, HTML), in `lang` and `theme`.
pub fn pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    use askama::Template;
    let mut out: Vec<(String, String)> = vec![];
    let dress = |shell: &mut Shell| {
        shell.lang = lang;
        shell.theme = theme;
    };
    macro_rules! page {
        ($name:expr, $page:expr) => {
            page!($name, $page, |_page| {})
        };
        ($name:expr, $page:expr, |$p:ident| $more:block) => {{
            let mut page = $page;
            dress(&mut page.shell);
            {
                let $p = &mut page;
                $more
            }
            // A template only fails where writing does, and a String never does.
            out.push(($name.to_string(), page.render().unwrap_or_default()));
        }};
    }
    macro_rules! with_chat {
        ($name:expr, $page:expr) => {
            page!($name, $page, |p| {
                p.chat.iter_mut().for_each(|chat| dress(&mut chat.shell));
            })
        };
    }
    macro_rules! with_panel {
        ($name:expr, $page:expr) => {
            page!($name, $page, |p| { dress(&mut p.panel.shell) })
        };
    }
    page!(
        "integrations",
        crate::integrations::IntegrationsPage::sample()
    );
    page!(
        "integrations-empty",
        crate::integrations::IntegrationsPage::sample_empty()
    );
    page!(
        "integrations-hostile",
        crate::integrations::IntegrationsPage::sample_hostile()
    );
    page!("home", crate::home::HomePage::sample());
    page!("home-empty", crate::home::HomePage::sample_empty());
    page!("event", crate::events::EventPage::sample());
    page!("event-empty", crate::events::EventPage::sample_empty());
    page!("event-hostile", crate::events::EventPage::sample_hostile());
    page!("schedule", crate::schedule::SchedulePage::sample());
    page!(
        "schedule-by-track",
        crate::schedule::SchedulePage::sample_by_track()
    );
    page!(
        "schedule-list",
        crate::schedule::SchedulePage::sample_list()
    );
    page!(
        "schedule-filtered",
        crate::schedule::SchedulePage::sample_filtered()
    );
    page!(
        "schedule-nothing-found",
        crate::schedule::SchedulePage::sample_nothing_found()
    );
    page!(
        "schedule-empty",
        crate::schedule::SchedulePage::sample_empty()
    );
    page!(
        "schedule-huge",
        crate::schedule::SchedulePage::sample_huge()
    );
    page!(
        "schedule-hostile",
        crate::schedule::SchedulePage::sample_hostile()
    );
    with_chat!("talk", crate::talks::TalkPage::sample());
    with_chat!("talk-live", crate::talks::TalkPage::sample_live());
    with_chat!("talk-cutting", crate::talks::TalkPage::sample_cutting());
    with_chat!("talk-recorded", crate::talks::TalkPage::sample_recorded());
    with_chat!("talk-bare", crate::talks::TalkPage::sample_bare());
    with_chat!("talk-hostile", crate::talks::TalkPage::sample_hostile());
    page!("speakers", crate::speakers::SpeakersPage::sample());
    page!(
        "speakers-empty",
        crate::speakers::SpeakersPage::sample_empty()
    );
    page!("speaker", crate::speakers::SpeakerPage::sample());
    page!(
        "speaker-hostile",
        crate::speakers::SpeakerPage::sample_hostile()
    );
    page!("register", crate::registrations::RegisterPage::sample());
    page!(
        "register-refused",
        crate::registrations::RegisterPage::sample_refused()
    );
    page!(
        "register-sent",
        crate::registrations::RegisterPage::sample_sent()
    );
    page!(
        "register-registered",
        crate::registrations::RegisterPage::sample_registered()
    );
    page!(
        "register-signed-in",
        crate::registrations::RegisterPage::sample_signed_in()
    );
    page!(
        "register-closed",
        crate::registrations::RegisterPage::sample_closed()
    );
    page!("sign-in", crate::sign_ins::SignInPage::sample());
    page!(
        "sign-in-refused",
        crate::sign_ins::SignInPage::sample_refused()
    );
    page!("sign-in-sent", crate::sign_ins::SignInPage::sample_sent());
    page!("confirm", crate::sign_ins::ConfirmPage::sample());
    page!(
        "confirm-spent",
        crate::sign_ins::ConfirmPage::sample_spent()
    );
    page!("account", crate::account::AccountPage::sample());
    page!(
        "account-refused",
        crate::account::AccountPage::sample_refused()
    );
    page!("mail-off", crate::digests::MailOffPage::sample());
    page!(
        "mail-off-ended",
        crate::digests::MailOffPage::sample_ended()
    );
    page!("delete", crate::account::DeletePage::sample());
    page!(
        "delete-refused",
        crate::account::DeletePage::sample_refused()
    );
    with_panel!("channel", crate::channels::ChannelPage::sample());
    with_panel!(
        "channel-alone",
        crate::channels::ChannelPage::sample_alone()
    );
    with_panel!(
        "channel-empty",
        crate::channels::ChannelPage::sample_empty()
    );
    with_panel!(
        "channel-hostile",
        crate::channels::ChannelPage::sample_hostile()
    );
    with_panel!("thread", crate::channels::ChannelPage::sample_thread());
    page!("edits", crate::messages::EditsPage::sample());
    page!("edits empty", crate::messages::EditsPage::sample_empty());
    page!(
        "edits hostile",
        crate::messages::EditsPage::sample_hostile()
    );
    page!("channels", crate::places::ChannelsPage::sample());
    page!(
        "channels-empty",
        crate::places::ChannelsPage::sample_empty()
    );
    page!(
        "channels-hostile",
        crate::places::ChannelsPage::sample_hostile()
    );
    page!("channel-new", crate::places::NewChannelPage::sample());
    page!(
        "channel-new-refused",
        crate::places::NewChannelPage::sample_refused()
    );
    page!("channel-about", crate::places::AboutPage::sample());
    page!(
        "channel-about-visitor",
        crate::places::AboutPage::sample_visitor()
    );
    page!(
        "channel-about-invited",
        crate::places::AboutPage::sample_invited()
    );
    page!(
        "channel-about-hostile",
        crate::places::AboutPage::sample_hostile()
    );
    page!("channel-merge", crate::places::MergePage::sample());
    page!(
        "channel-merge-refused",
        crate::places::MergePage::sample_refused()
    );
    page!("outside", crate::places::OutsidePage::sample());
    page!(
        "outside-refused",
        crate::places::OutsidePage::sample_refused()
    );
    page!(
        "organise-channels",
        crate::places::OrganiseChannelsPage::sample()
    );
    page!(
        "organise-channels-empty",
        crate::places::OrganiseChannelsPage::sample_empty()
    );
    page!("directs", crate::directs::DirectsPage::sample());
    page!("directs-empty", crate::directs::DirectsPage::sample_empty());
    page!(
        "directs-hostile",
        crate::directs::DirectsPage::sample_hostile()
    );
    page!("person", crate::people::PersonPage::sample());
    page!("person-me", crate::people::PersonPage::sample_me());
    page!(
        "person-hostile",
        crate::people::PersonPage::sample_hostile()
    );
    page!("people", crate::people::PeoplePage::sample());
    page!("people-empty", crate::people::PeoplePage::sample_empty());
    page!("card", crate::people::CardPage::sample());
    page!("card-refused", crate::people::CardPage::sample_refused());
    page!("catch-up", crate::catch_up::CatchUpPage::sample());
    page!(
        "catch-up-empty",
        crate::catch_up::CatchUpPage::sample_empty()
    );
    page!(
        "catch-up-visitor",
        crate::catch_up::CatchUpPage::sample_visitor()
    );
    page!(
        "catch-up-hostile",
        crate::catch_up::CatchUpPage::sample_hostile()
    );
    page!("search", crate::search::SearchPage::sample());
    page!("search-empty", crate::search::SearchPage::sample_empty());
    page!(
        "search-refused",
        crate::search::SearchPage::sample_refused()
    );
    page!(
        "search-hostile",
        crate::search::SearchPage::sample_hostile()
    );
    with_chat!("stage", crate::stages::StagePage::sample());
    with_chat!("stage-about", crate::stages::StagePage::sample_about());
    with_chat!("stage-empty", crate::stages::StagePage::sample_empty());
    with_chat!("stage-closed", crate::stages::StagePage::sample_closed());
    with_chat!("stage-hostile", crate::stages::StagePage::sample_hostile());
    page!("desk", crate::desk::DeskPage::sample());
    page!("desk-trouble", crate::desk::DeskPage::sample_trouble());
    page!("desk-empty", crate::desk::DeskPage::sample_empty());
    page!("desk-hostile", crate::desk::DeskPage::sample_hostile());
    page!("studio", crate::studio::StudioPage::sample());
    page!("organise", crate::organise::OverviewPage::sample());
    page!(
        "organise-empty",
        crate::organise::OverviewPage::sample_empty()
    );
    page!("new-event", crate::organise::NewEventPage::sample());
    page!(
        "new-event-refused",
        crate::organise::NewEventPage::sample_refused()
    );
    page!("import", crate::organise::ImportPage::sample());
    page!(
        "import-report",
        crate::organise::ImportPage::sample_report()
    );
    page!(
        "import-refused",
        crate::organise::ImportPage::sample_refused()
    );
    page!("settings", crate::organise::SettingsPage::sample());
    page!(
        "settings-refused",
        crate::organise::SettingsPage::sample_refused()
    );
    page!("rehearsal", crate::rehearsals::RehearsalPage::sample());
    page!(
        "rehearsal-unmarked",
        crate::rehearsals::RehearsalPage::sample_unmarked()
    );
    page!(
        "rehearsal-busy",
        crate::rehearsals::RehearsalPage::sample_busy()
    );
    page!(
        "rehearsal-preparing",
        crate::rehearsals::RehearsalPage::sample_preparing()
    );
    page!(
        "rehearsal-playing",
        crate::rehearsals::RehearsalPage::sample_playing()
    );
    page!(
        "rehearsal-refused",
        crate::rehearsals::RehearsalPage::sample_refused()
    );
    page!(
        "rehearsal-hostile",
        crate::rehearsals::RehearsalPage::sample_hostile()
    );
    page!("audit", crate::audit::AuditPage::sample());
    page!("audit-empty", crate::audit::AuditPage::sample_empty());
    page!("audit-hostile", crate::audit::AuditPage::sample_hostile());
    page!("queue", crate::moderation::QueuePage::sample());
    page!("queue-empty", crate::moderation::QueuePage::sample_empty());
    page!(
        "queue-hostile",
        crate::moderation::QueuePage::sample_hostile()
    );
    page!(
        "queue-hosted",
        crate::moderation::QueuePage::sample_hosted()
    );
    page!(
        "report-hosted",
        crate::moderation::ReportPage::sample_hosted()
    );
    page!(
        "judged-hosted",
        crate::moderation::PersonPage::sample_hosted()
    );
    page!(
        "newcomers-hosted",
        crate::newcomers::NewcomersPage::sample_hosted()
    );
    page!("people-here", crate::presence::PeopleHerePage::sample());
    page!(
        "people-here-empty",
        crate::presence::PeopleHerePage::sample_empty()
    );
    page!("report", crate::moderation::ReportPage::sample());
    page!("report-mine", crate::moderation::ReportPage::sample_mine());
    page!(
        "report-ended",
        crate::moderation::ReportPage::sample_ended()
    );
    page!(
        "report-hostile",
        crate::moderation::ReportPage::sample_hostile()
    );
    page!("newcomers", crate::newcomers::NewcomersPage::sample());
    page!(
        "newcomers-empty",
        crate::newcomers::NewcomersPage::sample_empty()
    );
    page!(
        "newcomers-hostile",
        crate::newcomers::NewcomersPage::sample_hostile()
    );
    page!("screening", crate::screening::ScreeningPage::sample());
    page!(
        "screening-refused",
        crate::screening::ScreeningPage::sample_refused()
    );
    page!("person", crate::moderation::PersonPage::sample());
    page!(
        "person-empty",
        crate::moderation::PersonPage::sample_empty()
    );
    page!(
        "person-refused",
        crate::moderation::PersonPage::sample_refused()
    );
    page!("conduct", crate::conduct::ConductPage::sample());
    page!("conduct-empty", crate::conduct::ConductPage::sample_empty());
    page!(
        "conduct-hostile",
        crate::conduct::ConductPage::sample_hostile()
    );
    page!(
        "anonymous-form",
        crate::anonymous_reports::AnonymousFormPage::sample()
    );
    page!(
        "anonymous-form-refused",
        crate::anonymous_reports::AnonymousFormPage::sample_refused()
    );
    page!(
        "anonymous",
        crate::anonymous_reports::AnonymousPage::sample()
    );
    page!(
        "anonymous-refused",
        crate::anonymous_reports::AnonymousPage::sample_refused()
    );
    page!(
        "anonymous-file",
        crate::anonymous_reports::AnonymousFilePage::sample()
    );
    page!(
        "anonymous-file-refused",
        crate::anonymous_reports::AnonymousFilePage::sample_refused()
    );
    page!("code", crate::conduct::CodePage::sample());
    page!("code-refused", crate::conduct::CodePage::sample_refused());
    page!(
        "transparency",
        crate::transparency::TransparencyPage::sample()
    );
    page!(
        "transparency-empty",
        crate::transparency::TransparencyPage::sample_empty()
    );
    page!("report-form", crate::conduct::ReportFormPage::sample());
    page!(
        "report-form-person",
        crate::conduct::ReportFormPage::sample_person()
    );
    page!(
        "report-form-refused",
        crate::conduct::ReportFormPage::sample_refused()
    );
    page!("watch", crate::watch::WatchPage::sample());
    page!("watch-empty", crate::watch::WatchPage::sample_empty());
    page!("watch-hostile", crate::watch::WatchPage::sample_hostile());
    for kind in Kind::ALL {
        page!(
            format!("problem-{}", kind.word()),
            crate::problems::ProblemPage::sample(kind)
        );
    }
    page!(
        "problem-hostile",
        crate::problems::ProblemPage::sample_hostile()
    );
    page!("mailbox", crate::mailbox::MailboxPage::sample());
    page!("mailbox-empty", crate::mailbox::MailboxPage::sample_empty());
    page!(
        "mailbox-hostile",
        crate::mailbox::MailboxPage::sample_hostile()
    );
    out
}

//! Mail to people who were called while they were away: asked for, unread, still
//! theirs to read, never twice, and ended by one press.

use std::collections::BTreeSet;

use hallway_mail::StoredMail;
use hallway_model::access::{Actor, Role};
use hallway_model::time::{Span, Timestamp, Zone};
use hallway_protocol::routes;
use hallway_service::imports::Source;
use hallway_testkit::{Kind, ManualClock};
use reqwest::Method;
use rstest::rstest;
use uuid::Uuid;

use crate::databases::{count, execute};
use crate::harness::{Choices, EVENT, Person, TestServer, key, programme};
use crate::places::{id_of, open, send};
use crate::{directs, threads};

struct House {
    t: TestServer,
    hands: ManualClock,
    alice: Person,
    bob: Person,
    lobby: Uuid,
}

/// Two who know each other, both of whom have said something.
async fn house(kind: Kind) -> House {
    let hands = ManualClock::start();
    let choices = Choices {
        clock: hands.clock(),
        ..Choices::default()
    };
    let t = TestServer::set_up(kind, choices).await;
    let xml = programme(EVENT, 0);
    t.service()
        .import_schedule(&Actor::operator(), EVENT, None, Source::Bytes(xml.into()))
        .await
        .expect("the test's programme");
    let (alice, bob) = (
        t.person("Alice", Role::Attendee).await,
        t.person("Bob", Role::Attendee).await,
    );
    let lobby = t.lobby().await;
    for person in [&alice, &bob] {
        person.say(lobby, "hello").await;
    }
    House {
        t,
        hands,
        alice,
        bob,
        lobby,
    }
}

async fn want(person: &Person, pace: &str) -> u16 {
    let path = routes::account_telling();
    send(person, &path, &[("mails", pace)]).await.0
}

impl House {
    /// Lets time pass, and all mail leave that is due then; every mail so far,
    /// newest first.
    async fn after(&self, span: Span) -> Vec<StoredMail> {
        let now = self.hands.advance(span);
        self.settled(now).await
    }

    async fn settled(&self, now: Timestamp) -> Vec<StoredMail> {
        let url = self.t.database_url();
        let due = format!(
            "SELECT COUNT(*) FROM job WHERE kind = 'mail_digest' AND due <= {}",
            now.0
        );
        for _ in 0..5_000 {
            self.t.service().run_due_jobs().await.unwrap();
            if count(url, &due).await == 0 {
                let folder = self.t.service().mailer().folder().expect("a folder");
                return folder.list(100).await.unwrap();
            }
        }
        panic!("mail that is due does not leave");
    }

    async fn jobs(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM job WHERE kind = 'mail_digest'";
        count(self.t.database_url(), sql).await
    }

    async fn read_all(&self, person: &Person) {
        let page = person.history(self.lobby).await;
        let last = page.messages.last().unwrap().seq;
        let path = format!("/api/v1/channels/{}/reading", self.lobby);
        let request = person.request(Method::PUT, &path);
        let body = serde_json::json!({ "seq": last, "key": key() });
        let status = request.json(&body).send().await.unwrap().status();
        assert!(status.is_success(), "{status}");
    }
}

#[rstest]
#[tokio::test]
async fn whoever_was_called_and_did_not_read_it_is_told_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    // Nobody gets mail who did not ask for it.
    h.alice.say(h.lobby, "@Bob are you there?").await;
    assert_eq!(h.jobs().await, 0);
    assert_eq!(h.after(Span::hours(1)).await.len(), 0);

    assert_eq!(want(&h.bob, "hourly").await, 422);
    assert_eq!(want(&h.bob, "soon").await, 303);
    let page = h.bob.page("/account/").await;
    assert!(
        page.contains("id=\"mails-soon\" name=\"mails\" value=\"soon\" checked"),
        "{page}"
    );
    // What was said before is no news.
    assert_eq!(h.after(Span::hours(1)).await.len(), 0);

    h.alice.say(h.lobby, "to everybody and nobody").await;
    assert_eq!(h.jobs().await, 0);
    h.alice.say(h.lobby, "@Bob where are the *slides*?").await;
    h.bob.say(h.lobby, "I call @Bob myself").await;
    assert_eq!(h.after(Span::minutes(14)).await.len(), 0);
    let mails = h.after(Span::minutes(2)).await;
    let [mail] = &mails[..] else {
        panic!("{mails:?}");
    };
    assert!(mail.to.contains("bob@example.org"), "{}", mail.to);
    assert!(mail.subject.contains("Alice") && !mail.subject.contains("slides"));
    assert!(
        mail.text.contains("@Bob where are the slides?"),
        "{}",
        mail.text
    );
    for not in ["nobody", "myself", "are you there"] {
        assert!(!mail.text.contains(not), "{}", mail.text);
    }
    let link = format!("{}/{EVENT}/chat/lobby?at=5#m5", h.t.url);
    assert!(mail.links.contains(&link), "{:?}", mail.links);

    // Once is once, however long it stays unread,
    assert_eq!(h.after(Span::days(2)).await.len(), 1);
    // and what is read before it is due is not told.
    h.alice.say(h.lobby, "@Bob again?").await;
    h.hands.advance(Span::minutes(5));
    h.read_all(&h.bob).await;
    assert_eq!(h.after(Span::minutes(15)).await.len(), 1);

    // Several in a while are one mail.
    for n in 0..3 {
        h.alice.say(h.lobby, &format!("@Bob, number {n}")).await;
        h.hands.advance(Span::minutes(4));
    }
    let mails = h.after(Span::minutes(20)).await;
    assert_eq!(mails.len(), 2);
    assert!(mails[0].subject.contains('3') && mails[0].text.contains("number 2"));
    // Whoever turns it off is told nothing of what waits.
    h.alice.say(h.lobby, "@Bob, one more").await;
    assert_eq!(want(&h.bob, "off").await, 303);
    assert_eq!(h.after(Span::days(1)).await.len(), 2);
    h.t.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_restart_in_the_middle_sends_the_same_mail_and_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    want(&h.bob, "soon").await;
    h.alice.say(h.lobby, "@Bob are you there?").await;
    h.hands.advance(Span::minutes(14));
    let url = h.t.database_url();
    for sql in [
        "CREATE TABLE kept_job AS SELECT * FROM job WHERE kind = 'mail_digest'",
        "CREATE TABLE kept_digest AS SELECT * FROM digest",
    ] {
        execute(url, sql).await;
    }
    let first = h.after(Span::minutes(2)).await;
    assert_eq!(first.len(), 1);
    // The mail left, and nothing of that was written down.
    for sql in [
        "INSERT INTO job SELECT * FROM kept_job",
        "DELETE FROM digest",
        "INSERT INTO digest SELECT * FROM kept_digest",
    ] {
        execute(url, sql).await;
    }
    // In the meantime there is more to say, which is for the next.
    h.alice.say(h.lobby, "@Bob, and this?").await;
    let again = h.after(Span(0)).await;
    assert_eq!((again.len(), &again[0]), (1, &first[0]));
    let next = h.after(Span::minutes(20)).await;
    assert_eq!(next.len(), 2);
    assert!(next[0].text.contains("and this?") && !next[0].text.contains("are you there"));
    h.t.stop().await;
}

#[rstest]
#[tokio::test]
async fn mail_waits_for_the_morning_and_for_the_end_of_quiet_hours(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    let zone = Zone::named("America/New_York").unwrap();
    let profile = [
        ("name", "Bob"),
        ("pronouns", ""),
        ("zone", "America/New_York"),
        ("lang", "en"),
    ];
    assert_eq!(
        send(&h.bob, &routes::account_profile(), &profile).await.0,
        303
    );
    want(&h.bob, "daily").await;
    // It is four in the morning where Bob is.
    h.alice.say(h.lobby, "@Bob good morning").await;
    let eight = h.t.service().now().day(&zone).at(8, 0, &zone);
    h.hands.set(eight - Span::minutes(1));
    assert_eq!(h.after(Span(0)).await.len(), 0);
    assert_eq!(h.after(Span::minutes(2)).await.len(), 1);

    want(&h.bob, "soon").await;
    let clock = |at: Timestamp| at.in_zone(&zone).strftime("%H:%M").to_string();
    let now = h.t.service().now();
    let ends = now + Span::hours(3);
    let quiet = [
        ("quiet_begins", clock(now - Span::minutes(5))),
        ("quiet_ends", clock(ends)),
    ];
    let quiet: Vec<(&str, &str)> = quiet.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(
        send(&h.bob, &routes::account_telling(), &quiet).await.0,
        303
    );
    h.alice.say(h.lobby, "@Bob, quietly").await;
    assert_eq!(h.after(Span::hours(2)).await.len(), 1);
    // Hours that were set after it was on its way hold, too.
    let later = [
        ("quiet_begins", clock(ends)),
        ("quiet_ends", clock(ends + Span::hours(4))),
    ];
    let later: Vec<(&str, &str)> = later.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(
        send(&h.bob, &routes::account_telling(), &later).await.0,
        303
    );
    assert_eq!(h.after(Span::hours(2)).await.len(), 1);
    let mails = h.after(Span::hours(4)).await;
    assert_eq!(mails.len(), 2);
    assert!(mails[0].text.contains("quietly"), "{}", mails[0].text);
    h.t.stop().await;
}

#[rstest]
#[tokio::test]
async fn only_what_somebody_may_and_wants_to_read_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    let (alice, bob) = (&h.alice, &h.bob);
    want(bob, "soon").await;
    let slug = open(alice, "Backstage", "invited").await;
    let backstage = id_of(alice, &slug).await;
    let part = |part: &str| routes::channel_part(EVENT, &slug, part);
    assert_eq!(send(alice, &part("invite"), &[("who", "Bob")]).await.0, 303);
    let membership = part("membership");
    assert_eq!(send(bob, &membership, &[("answer", "accept")]).await.0, 303);
    bob.say(backstage, "thank you").await;

    // Of what few say among themselves: who, and not what.
    alice.say(backstage, "@Bob swordfish").await;
    let mails = h.after(Span::minutes(16)).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Alice") && mails[0].text.contains("Backstage"));
    assert!(!mails[0].text.contains("swordfish"), "{}", mails[0].text);

    // Whoever left learns nothing at all, not even that there was something.
    alice.say(backstage, "@Bob, a second swordfish").await;
    assert_eq!(send(bob, &membership, &[("answer", "leave")]).await.0, 303);
    assert_eq!(h.after(Span::minutes(16)).await.len(), 1);

    // What was removed is gone, and a channel that is muted is mute.
    let said = alice.say(h.lobby, "@Bob, forget it").await;
    let path = format!("/api/v1/messages/{}", said.id);
    let request = alice.request(Method::DELETE, &path);
    let body = serde_json::json!({ "key": key() });
    assert_eq!(request.json(&body).send().await.unwrap().status(), 204);
    assert_eq!(h.after(Span::minutes(16)).await.len(), 1);
    let follow = routes::channel_follow(EVENT, "lobby");
    assert_eq!(send(bob, &follow, &[("level", "nothing")]).await.0, 303);
    alice.say(h.lobby, "@Bob, do you hear?").await;
    assert_eq!(h.after(Span::minutes(16)).await.len(), 1);
    assert_eq!(send(bob, &follow, &[("level", "mentions")]).await.0, 303);
    h.read_all(bob).await;

    // Nor are words of somebody whom the reader blocked.
    alice.say(h.lobby, "@Bob, are you angry?").await;
    let who = said.author.unwrap().id;
    let block = format!("/{EVENT}/people/{who}/block");
    assert_eq!(send(bob, &block, &[("block", "yes")]).await.0, 303);
    assert_eq!(h.after(Span::minutes(16)).await.len(), 1);
    h.t.stop().await;
}

#[rstest]
#[tokio::test]
async fn answers_in_threads_and_conversations_are_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    want(&h.bob, "soon").await;
    let root = h.bob.say(h.lobby, "who has the key?").await;
    threads::answer(&h.alice, &root, "under the mat", false).await;
    let bob = root.author.as_ref().unwrap().id.to_string();
    let (status, slug) = directs::ask(&h.alice, &bob, "a word with you?").await;
    assert_eq!(
        (status, directs::answer(&h.bob, &slug, "accept").await),
        (303, 303)
    );
    let direct = directs::id_of(&h.t, &h.alice, &slug).await;
    h.alice.say(direct, "the swordfish swims").await;
    let mails = h.after(Span::minutes(20)).await;
    assert_eq!(mails.len(), 1);
    let text = &mails[0].text;
    assert!(
        text.contains("under the mat") && text.contains("A conversation at"),
        "{text}"
    );
    assert!(!text.contains("swordfish"), "{text}");
    let thread = format!("{}/{EVENT}/chat/lobby/thread/{}#", h.t.url, root.seq);
    let leads = mails[0].links.iter().any(|link| link.starts_with(&thread));
    assert!(leads, "{:?}", mails[0].links);
    let account = h.bob.get("/account/export.zip").await;
    assert_eq!(account.status(), 200);
    h.t.stop().await;
}

#[rstest]
#[tokio::test]
async fn one_press_ends_it_without_a_sign_in_and_looking_does_not(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let h = house(kind).await;
    want(&h.bob, "soon").await;
    h.alice.say(h.lobby, "@Bob are you there?").await;
    let mails = h.after(Span::minutes(16)).await;
    let file = h.t.data.path().join("mailbox").join(&mails[0].file);
    let raw = std::fs::read_to_string(file).unwrap().replace("\r\n ", "");
    let line = |name: &str| {
        raw.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("{name} {raw}"))
            .to_owned()
    };
    assert_eq!(
        line("List-Unsubscribe-Post: "),
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(line("Auto-Submitted: "), "auto-generated");
    let url = line("List-Unsubscribe: ");
    let url = url.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    assert!(
        mails[0].links.iter().any(|link| link == url),
        "the same stands in the text"
    );
    let path = url.strip_prefix(&h.t.url).expect("an address of ours");

    // Mail scanners follow links: looking ends nothing.
    let page = h.t.visitor().page(path).await;
    assert!(page.contains("Send me no more of these mails"), "{page}");
    let wanted = "SELECT COUNT(*) FROM digest";
    assert_eq!(count(h.t.database_url(), wanted).await, 1);
    // As a mail program presses: no cookie, no origin, its own body.
    let press = async || {
        let request = h.t.visitor().request(Method::POST, path);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body("List-Unsubscribe=One-Click");
        request.send().await.unwrap()
    };
    for _ in 0..2 {
        let answer = press().await;
        assert_eq!(answer.status(), 200);
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("You get no more of these mails")
        );
    }
    assert_eq!(count(h.t.database_url(), wanted).await, 0);
    h.alice.say(h.lobby, "@Bob, gone?").await;
    assert_eq!(h.after(Span::days(1)).await.len(), 1);
    // The link is good for this and for nothing else, and only whole.
    for torn in [
        "/account/mail-off".to_owned(),
        path[..path.len() - 3].to_owned(),
        format!("{}AAAA", &path[..path.len() - 4]),
        format!("/account/mail-off?token={}", "A".repeat(64)),
    ] {
        for method in [Method::GET, Method::POST] {
            let request = h.t.visitor().request(method, &torn);
            assert_eq!(request.send().await.unwrap().status(), 422, "{torn}");
        }
    }
    // Another person's is another.
    want(&h.alice, "soon").await;
    h.bob.say(h.lobby, "@Alice and you?").await;
    let mails = h.after(Span::minutes(16)).await;
    let offs: BTreeSet<&str> = mails
        .iter()
        .flat_map(|mail| mail.links.iter())
        .filter(|link| link.contains("/account/mail-off"))
        .map(String::as_str)
        .collect();
    assert_eq!((mails.len(), offs.len()), (2, 2));
    h.t.stop().await;
}

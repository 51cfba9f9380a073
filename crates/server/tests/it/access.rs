//! Who may do what: the matrix, walked over every route for every role, at
//! one's own event and at others; and requests made in somebody's name.

use std::collections::BTreeMap;

use hallway_model::access::matrix::{Action, Cell, cell};
use hallway_model::access::{Actor, Role};
use hallway_model::events::Settings;
use hallway_model::people::Email;
use hallway_protocol::routes;
use hallway_service::events::ChangeSettings;
use hallway_service::imports::Source;
use hallway_service::sign_ins::{CreateUser, GrantRole};
use hallway_testkit::Kind;
use hallway_web::Policy;
use hallway_web::table::{Route, routes as table};
use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::databases::{dump, execute};
use crate::harness::{EVENT, Person, TestServer, key, programme};
use crate::images::pictured;

/// Whoever walks the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Visitor,
    /// Signed in, and nothing else.
    Stranger,
    /// Holds a role at their own events.
    Holder(Role),
    /// Producer of the first room alone.
    OfRoom,
}

/// Of a report without a name.
const RECEIPT: &str = "0123456789abcdefghjkmnpqrstvwxyz";

const EVERYONE: [Who; 9] = [
    Who::Visitor,
    Who::Stranger,
    Who::Holder(Role::Attendee),
    Who::Holder(Role::Speaker),
    Who::Holder(Role::Moderator),
    Who::Holder(Role::Producer),
    Who::OfRoom,
    Who::Holder(Role::Organiser),
    Who::Holder(Role::Admin),
];

/// An event to walk, with one object of each kind.
struct Place {
    event: String,
    /// Visitors may watch and read, and registration is open.
    open: bool,
    /// The walkers hold their roles here.
    theirs: bool,
    channel: Uuid,
    message: Uuid,
    /// A picture in a message of the channel.
    image: Uuid,
    /// Somebody whom people at the event know.
    person: Uuid,
    /// A place elsewhere.
    outside: Uuid,
    /// The halls, each with a session in it.
    rooms: [Hall; 2],
    speaker: String,
    /// Somebody who was reported and muted.
    muted: Uuid,
    report: String,
    anonymous: String,
    sanction: String,
    /// A message of theirs that waits.
    held: String,
    /// A removal of many messages.
    bulk: String,
}

struct Hall {
    slug: &'static str,
    code: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Allowed,
    SignInNeeded,
    Forbidden,
    NotFound,
    /// The form says that registration is closed.
    Closed,
}

#[rstest]
#[tokio::test]
async fn every_role_may_do_on_every_route_what_the_matrix_says(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::empty(kind).await;
    let mut places = vec![];
    for (n, (event, open, theirs)) in [
        (EVENT, true, true),
        ("closedival", false, true),
        ("otherival", true, false),
        ("privatival", false, false),
    ]
    .into_iter()
    .enumerate()
    {
        places.push(place(&t, event, 10 * n as u32, open, theirs).await);
    }
    std::fs::create_dir_all(t.data.path().join("public")).unwrap();
    std::fs::write(t.data.path().join("public/hello.txt"), "hello").unwrap();
    let asset = t.visitor().page("/").await;
    let asset = asset
        .split_once("/assets/")
        .expect("the front end was built")
        .1;
    let asset = asset.split('"').next().unwrap();

    let mut people = vec![];
    for who in EVERYONE {
        people.push((who, walker(&t, who).await));
    }
    // Registering makes attendees of people, so it comes last.
    let (last, first): (Vec<Route>, Vec<Route>) = table()
        .into_iter()
        .partition(|route| route.policy == Policy::Needs(Action::Register));
    let (mut cases, mut differences) = (BTreeMap::new(), vec![]);
    for route in first.iter().chain(&last) {
        let of_event = ["{event}", "{channel}", "{message}", "{image}/{size}"]
            .iter()
            .any(|name| route.path.contains(name));
        let of_room = route.path.contains("{room}") || route.path.contains("{code}/{file}");
        for place in if of_event { &places[..] } else { &places[..1] } {
            for hall in if of_room {
                &place.rooms[..]
            } else {
                &place.rooms[..1]
            } {
                for (who, person) in &people {
                    let expected = expected(*who, route, place, hall);
                    *cases.entry(expected).or_insert(0) += 1;
                    let path = fill(route, place, hall, asset);
                    let answer = with_body(person, route, &path, place).send().await.unwrap();
                    let status = answer.status().as_u16();
                    let actual = outcome(route, status, &answer.text().await.unwrap());
                    if actual != Some(expected) {
                        differences.push(format!(
                            "{who:?} {} {path}: {status}, not {expected:?}",
                            route.method
                        ));
                    }
                }
            }
        }
    }
    let all: i32 = cases.values().sum();
    println!("{all} cases, {} differences: {cases:?}", differences.len());
    assert_eq!(differences, Vec::<String>::new());
    assert!(all > 2_000, "{all} cases are too few for this table");
    // Each of the five ends is reached, or the walk proves little.
    assert!(
        cases.len() == 5 && cases.values().all(|n| *n >= 9),
        "{cases:?}"
    );
    t.stop().await;
}

/// What the matrix says, read cell by cell and without the policy function.
fn expected(who: Who, route: &Route, place: &Place, hall: &Hall) -> Outcome {
    let action = match route.policy {
        Policy::Public => return Outcome::Allowed,
        Policy::Demo => return Outcome::NotFound,
        Policy::SignedIn if who == Who::Visitor => return Outcome::SignInNeeded,
        Policy::SignedIn => return Outcome::Allowed,
        Policy::Needs(action) => action,
    };
    if holds(who, action, route, place, hall) {
        Outcome::Allowed
    } else if action == Action::Register {
        Outcome::Closed
    } else if route.path.contains("{image}") {
        // Nobody learns by asking that there is one.
        Outcome::NotFound
    } else if who == Who::Visitor {
        Outcome::SignInNeeded
    } else if (route.path.contains("{channel}") || route.path.contains("{message}"))
        && !holds(who, Action::ReadChat, route, place, hall)
    {
        Outcome::NotFound
    } else {
        Outcome::Forbidden
    }
}

fn holds(who: Who, action: Action, route: &Route, place: &Place, hall: &Hall) -> bool {
    let of_room = matches!(action, Action::WatchStream | Action::RunStage)
        && hall.slug == place.rooms[0].slug;
    let role = match who {
        Who::Holder(Role::Admin) => Role::Admin,
        Who::Holder(role) if place.theirs && route.path != routes::new_event() => role,
        Who::OfRoom if place.theirs && of_room => Role::Producer,
        _ => Role::Visitor,
    };
    // Everybody is a visitor at least.
    [role, Role::Visitor]
        .into_iter()
        .any(|role| match cell(action, role) {
            Cell::Yes => true,
            Cell::Setting => place.open,
            Cell::Own | Cell::Refused => false,
        })
}

fn outcome(route: &Route, status: u16, body: &str) -> Option<Outcome> {
    // Nobody publishes: whoever may watch is told so, at the same status.
    let empty_stage = body.contains("has no such file");
    Some(match status {
        // No stream key was shown.
        401 if route.path == routes::api_whip() => Outcome::Allowed,
        401 => Outcome::SignInNeeded,
        403 => Outcome::Forbidden,
        404 if route.path.starts_with("/hls/") && empty_stage => Outcome::Allowed,
        // Nobody opened the session that was asked for.
        404 if route.path.starts_with("/api/v1/whip/") => Outcome::Allowed,
        // Nobody made the webhook that was posted to.
        404 if route.path == "/hooks/in/{token}" => Outcome::Allowed,
        // Whoever may ask is told that nobody made what was asked for.
        404 if route.policy == Policy::Needs(Action::Integrate) => Outcome::Allowed,
        404 => Outcome::NotFound,
        422 if route.policy == Policy::Needs(Action::Register) => Outcome::Closed,
        500.. => return None,
        _ => Outcome::Allowed,
    })
}

fn fill(route: &Route, place: &Place, hall: &Hall, asset: &str) -> String {
    let file = match route.path {
        "/assets/{*file}" => asset,
        "/public/{*file}" => "hello.txt",
        "/{event}/schedule/export/{file}" => "schedule.xml",
        "/{event}/organise/integrations/exports/{file}" => &format!("{}.zip", Uuid::nil()),
        "/{event}/talk/{file}" => &format!("{}.ics", hall.code),
        _ => "index.m3u8",
    };
    let code = if route.path.contains("/speaker/") {
        &place.speaker
    } else {
        &hall.code
    };
    let channel = if route.path.starts_with("/api/") {
        place.channel.to_string()
    } else {
        "lobby".into()
    };
    let whose = if route.path.contains("/moderate/") {
        place.muted
    } else {
        place.person
    };
    route
        .path
        .replace("{event}", &place.event)
        .replace("{room}", hall.slug)
        .replace("{code}", code)
        .replace("{channel}", &channel)
        .replace("{message}", &place.message.to_string())
        .replace("{image}", &place.image.to_string())
        .replace("{size}", "small")
        .replace("{seq}", "1")
        .replace("{report}", &place.report)
        .replace("{anonymous}", &place.anonymous)
        .replace("{person}", &whose.to_string())
        .replace("{sanction}", &place.sanction)
        .replace("{held}", &place.held)
        .replace("{bulk}", &place.bulk)
        .replace("{outside}", &place.outside.to_string())
        .replace("{action}", "test")
        .replace("{session}", RECEIPT)
        .replace("{hook}", &Uuid::nil().to_string())
        .replace("{bot}", &Uuid::nil().to_string())
        .replace("{token}", &Uuid::nil().to_string())
        .replace("{*file}", file)
        .replace("{file}", file)
}

/// The request with the least that its handler takes for whole.
fn with_body(person: &Person, route: &Route, path: &str, place: &Place) -> RequestBuilder {
    let method = Method::from_bytes(route.method.as_bytes()).unwrap();
    let request = person.request(method, path);
    if route.method == "GET" {
        return request;
    }
    let key = key().to_string();
    let request = request.header("origin", &person.url);
    let open = if place.open { "yes" } else { "" };
    let message = place.message.to_string();
    let person = place.person.to_string();
    match route.path {
        "/api/v1/channels/{channel}/messages" => {
            return request.json(&json!({ "body": "hello", "key": key }));
        }
        "/api/v1/messages/{message}" if route.method == "PUT" => {
            return request.json(&json!({ "body": "other words", "key": key }));
        }
        "/api/v1/messages/{message}" | "/api/v1/messages/{message}/pin" => {
            return request.json(&json!({ "key": key }));
        }
        "/api/v1/messages/{message}/reactions" => {
            return request.json(&json!({ "emoji": "👍", "key": key }));
        }
        // No picture, which whoever may send one is told.
        "/api/v1/channels/{channel}/images" => return request.body("x"),
        "/api/v1/images/{image}" => return request,
        "/live/command" => return request.json(&json!({ "type": "ping" })),
        "/api/v1/whip" | "/api/v1/events/{event}/stages/{room}/whip" => {
            return request
                .header("content-type", "application/sdp")
                .body("no offer");
        }
        "/api/v1/whip/{session}" => {
            return request
                .header("content-type", "application/trickle-ice-sdpfrag")
                .body("");
        }
        "/api/v1/channels/{channel}/follow" => {
            return request.json(&json!({ "level": "mentions", "key": key }));
        }
        "/api/v1/channels/{channel}/reading" => {
            return request.json(&json!({ "seq": 1, "key": key }));
        }
        // More than there may be, which whoever may start one is told.
        "/api/v1/events/{event}/rehearsal" => {
            return match route.method {
                "DELETE" => request.json(&json!({ "key": key })),
                _ => request.json(&json!({ "people": 0, "minutes": 5, "key": key })),
            };
        }
        "/api/v1/account/push" => {
            let browser = json!({ "endpoint": "https://push.example/1", "key": key });
            return match route.method {
                "DELETE" => request.json(&browser),
                _ => request.json(&json!({
                    "endpoint": "https://push.example/1", "key": key, "auth": "BTBZMqHH6r4Tts7J_aSIgg",
                    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                })),
            };
        }
        "/{event}/organise/import" => return import(request, place),
        "/{event}/organise/integrations/slack" => {
            let empty =
                "--edge\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\nx\r\n--edge--\r\n";
            return request
                .header("content-type", "multipart/form-data; boundary=edge")
                .body(empty);
        }
        _ => {}
    }
    let form: Vec<(&str, &str)> = match route.path {
        "/organise/new" => vec![
            ("title", "Another"),
            ("slug", "another"),
            ("first_day", "2027-01-01"),
            ("last_day", "2027-01-02"),
            ("zone", "UTC"),
        ],
        "/account/profile" => vec![
            ("name", "Walker"),
            ("pronouns", ""),
            ("zone", ""),
            ("lang", "en"),
        ],
        "/account/mail-off" => vec![],
        "/account/telling" => vec![("quiet_begins", ""), ("quiet_ends", "")],
        // Not ticked: the walkers are still needed.
        "/account/delete" => vec![("sure", "")],
        "/account/preferences" => vec![("lang", "en"), ("next", "/")],
        "/account/sign-in" => vec![("email", "somebody@example.org")],
        "/account/sign-in/confirm" => vec![("token", "nonsense")],
        // A sign-in that is nobody's, for the same reason.
        "/account/sign-out" => vec![("sign_in", &key)],
        "/{event}/register" => vec![
            ("name", "New"),
            ("email", "new@example.org"),
            ("conduct", "yes"),
        ],
        "/{event}/chat/{channel}/messages" => vec![("body", "hello")],
        "/{event}/chat/{channel}/messages/{message}/edit" => vec![("body", "other words")],
        "/{event}/chat/{channel}/messages/{message}/pin" => vec![("action", "pin")],
        "/{event}/chat/{channel}/messages/{message}/remove" => vec![],
        "/account/card" => vec![("listed", "yes"), ("languages", "en")],
        "/account/talk" => vec![("open", "yes")],
        "/{event}/chat/new" => vec![("name", "Another")],
        "/{event}/chat/rooms/" => vec![
            ("name", "Elsewhere"),
            ("url", "https://chat.example.org/"),
            ("run_by", "Somebody"),
        ],
        "/{event}/chat/rooms/{outside}" => vec![("handling", "endorse")],
        "/{event}/chat/direct/" => vec![("who", &person), ("line", "hello")],
        "/{event}/chat/{channel}/about" => vec![("name", "Lobby")],
        // What it is already: the walkers still have to write there.
        "/{event}/chat/{channel}/state" => vec![("turn", "unlock")],
        "/{event}/chat/{channel}/invite" | "/{event}/chat/{channel}/hand-over" => {
            vec![("who", &person)]
        }
        "/{event}/chat/{channel}/members" => vec![("person", &person), ("handling", "remove")],
        "/{event}/chat/{channel}/membership" => vec![("answer", "leave")],
        "/{event}/chat/{channel}/block" => vec![],
        "/{event}/chat/{channel}/mark" => vec![("mark", "endorsed"), ("set", "on")],
        "/{event}/chat/{channel}/merge" => vec![("into", "lobby"), ("sure", "yes")],
        "/{event}/people/{person}/block" => vec![("block", "yes")],
        "/{event}/chat/catch-up" => vec![("marks", "")],
        "/{event}/chat/{channel}/follow" => vec![("level", "mentions")],
        "/{event}/chat/{channel}/unread" => vec![("seq", "1")],
        "/{event}/chat/{channel}/messages/{message}/reactions" => {
            vec![("emoji", "🎉"), ("action", "add")]
        }
        // Nobody's, so that it is asked for and not found wanting.
        "/{event}/conduct/appeal" => vec![("sanction", ""), ("words", "please")],
        "/{event}/conduct/anonymous" => vec![("receipt", RECEIPT), ("words", "somebody shouts")],
        "/{event}/conduct/anonymous/answers" => vec![("receipt", RECEIPT)],
        "/{event}/moderate/anonymous/{anonymous}" => vec![("words", "thank you")],
        "/{event}/report" => vec![("message", &message), ("category", "spam"), ("words", "")],
        "/{event}/moderate/report/{report}/claim"
        | "/{event}/chat/{channel}/moderate/report/{report}/claim" => vec![("claim", "yes")],
        "/{event}/moderate/report/{report}/end"
        | "/{event}/chat/{channel}/moderate/report/{report}/end" => {
            vec![("outcome", "dismissed"), ("reason", "nothing to it")]
        }
        "/{event}/moderate/person/{person}"
        | "/{event}/chat/{channel}/moderate/person/{person}" => {
            vec![("kind", "warning"), ("reason", "be kind")]
        }
        "/{event}/organise/conduct" => vec![("code", ""), ("contact", "")],
        "/{event}/organise/rehearsal" => vec![("people", "0"), ("minutes", "5")],
        "/{event}/organise/rehearsal/stop" => vec![],
        "/{event}/moderate/settings" => vec![("words", "")],
        // Nobody's box is ticked.
        "/{event}/moderate/newcomers" | "/{event}/chat/{channel}/moderate/newcomers" => {
            vec![("minutes", "5")]
        }
        "/{event}/moderate/newcomers/{bulk}/restore"
        | "/{event}/chat/{channel}/moderate/newcomers/{bulk}/restore" => vec![],
        "/{event}/chat/{channel}/moderate/slow-mode" => vec![("seconds", "0")],
        "/{event}/moderate/slow-mode" => vec![("channel", "lobby"), ("seconds", "0")],
        "/{event}/moderate/calm" | "/{event}/chat/{channel}/moderate/calm" => {
            vec![("minutes", "0")]
        }
        // Refused, so that it is still there for the next.
        "/{event}/moderate/held/{held}" | "/{event}/chat/{channel}/moderate/held/{held}" => {
            vec![("approve", "no")]
        }
        "/{event}/moderate/sanction/{sanction}/lift"
        | "/{event}/chat/{channel}/moderate/sanction/{sanction}/lift" => {
            vec![("reason", "enough")]
        }
        "/{event}/moderate/sanction/{sanction}/appeal" => {
            vec![("granted", "no"), ("answer", "it stays")]
        }
        "/{event}/organise/settings" => {
            vec![
                ("title", &place.event),
                ("guests_watch", open),
                ("guests_read", open),
                ("registration", open),
                ("people_open_channels", open),
            ]
        }
        "/{event}/organise/integrations/exports"
        | "/{event}/organise/integrations/hooks/{hook}/rotate"
        | "/{event}/organise/integrations/hooks/{hook}/revoke"
        | "/{event}/organise/integrations/bots/{bot}/retire"
        | "/{event}/organise/integrations/bots/{bot}/tokens/{token}/revoke" => vec![],
        "/{event}/organise/integrations/hooks" => vec![("name", "CI"), ("channel", "lobby")],
        "/{event}/organise/integrations/outgoing" => {
            vec![("url", "https://tell.example/us"), ("channel", "lobby")]
        }
        "/{event}/organise/integrations/outgoing/{hook}/{action}" => vec![],
        "/{event}/organise/integrations/bots" => vec![("name", "Helper")],
        "/{event}/organise/integrations/bots/{bot}/tokens" => {
            vec![("label", "laptop"), ("read_chat", "yes"), ("days", "30")]
        }
        "/hooks/in/{token}" => return request.body("{\"text\": \"hello\"}"),
        "/{event}/organise/stage/{room}/key" => vec![("sure", "yes")],
        "/{event}/organise/stage/{room}/takeover"
        | "/{event}/organise/stage/{room}/{code}/start"
        | "/{event}/organise/stage/{room}/{code}/end" => vec![],
        path => panic!("{path} is new: say here what its smallest form is"),
    };
    let form: Vec<(&str, &str)> = form.into_iter().chain([("key", key.as_str())]).collect();
    request.form(&form)
}

/// The programme that is there already, as a file.
fn import(request: RequestBuilder, place: &Place) -> RequestBuilder {
    let part = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\n{}\r\n--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"s.xml\"\r\n\r\n{}\r\n--edge--\r\n",
        key(),
        programme(&place.event, place.after())
    );
    request
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(part)
}

impl Place {
    /// The number its programme's ids follow.
    fn after(&self) -> u32 {
        [EVENT, "closedival", "otherival", "privatival"]
            .iter()
            .position(|slug| *slug == self.event)
            .unwrap() as u32
            * 10
    }
}

async fn place(t: &TestServer, event: &str, after: u32, open: bool, theirs: bool) -> Place {
    let operator = Actor::operator();
    let xml = programme(event, after);
    t.service()
        .import_schedule(&operator, event, None, Source::Bytes(xml.into()))
        .await
        .unwrap();
    let settings = Settings {
        record: true,
        guests_watch: open,
        guests_read_chat: open,
        index_chat: open,
        registration_open: open,
        people_open_channels: open,
        ..Settings::default()
    };
    let change = ChangeSettings {
        event: event.into(),
        title: event.into(),
        settings,
    };
    t.service().write(&operator, None, change).await.unwrap();
    let root = t.person(&format!("Root-{event}"), Role::Admin).await;
    let (channel, sessions) = objects(&root, event).await;
    let code = |n: usize| sessions[n]["code"].as_str().unwrap().to_owned();
    let in_room = |slug: &str| {
        sessions
            .iter()
            .position(|session| session["room"] == slug)
            .unwrap()
    };
    let rooms = ["main-hall", "side-room"].map(|slug| Hall {
        slug,
        code: code(in_room(slug)),
    });
    for hall in &rooms {
        publish(t, event, &hall.code).await;
    }
    let speakers = root.page(&routes::speakers(event)).await;
    let speaker = codes(&speakers, &routes::speakers(event)).remove(0);
    let bulk = raided(t, &root, event, channel).await;
    let (muted, report, sanction, held) = judged(t, &root, event, channel).await;
    let anonymous = unnamed(&root, event).await;
    let known = t
        .person_at(&format!("Known-{event}"), Role::Attendee, event)
        .await;
    let person = known.say(channel, "hello").await.author.unwrap().id.0;
    Place {
        event: event.into(),
        open,
        theirs,
        channel,
        message: root.say(channel, "hello").await.id.0,
        image: pictured(&root, channel).await.images[0].id.0,
        person,
        outside: elsewhere(t, &root, event).await,
        rooms,
        speaker,
        muted,
        report,
        anonymous,
        sanction,
        held,
        bulk,
    }
}

/// A newcomer's message that was removed, as one of many.
async fn raided(t: &TestServer, root: &Person, event: &str, channel: Uuid) -> String {
    let raider = t
        .person_at(&format!("Raider-{event}"), Role::Attendee, event)
        .await;
    let until = t.service().now().0 + 3_600_000;
    let new = format!("UPDATE person SET new_until = {until} WHERE name = 'Raider-{event}'");
    execute(t.database_url(), &new).await;
    let person = raider.say(channel, "raid").await.author.unwrap().id;
    let path = routes::moderate_newcomers(&routes::channel_ward(event, "lobby"));
    let (key, ticked) = (key().to_string(), format!("person-{person}"));
    let form = [
        ("key", key.as_str()),
        ("minutes", "5"),
        (ticked.as_str(), "yes"),
    ];
    assert_eq!(root.form(&path, &form).await.status(), 303);
    let page = root.page(&path).await;
    let (_, rest) = page.split_once("/moderate/newcomers/").expect("a removal");
    rest[..36].to_owned()
}

/// A report without a name, found by [`RECEIPT`].
async fn unnamed(root: &Person, event: &str) -> String {
    let fields = [("receipt", RECEIPT), ("words", "somebody shouts")];
    let form = root.form(&routes::anonymous_report(event), &fields).await;
    assert_eq!(form.status(), 200);
    let queue = root.page(&routes::moderate(event)).await;
    let (_, rest) = queue.split_once("/moderate/anonymous/").expect("a report");
    rest[..36].to_owned()
}

/// Somebody who was reported and muted, with the ids of both.
async fn judged(
    t: &TestServer,
    root: &Person,
    event: &str,
    channel: Uuid,
) -> (Uuid, String, String, String) {
    let name = format!("Muted-{event}");
    let muted = t.person_at(&name, Role::Attendee, event).await;
    let shout = muted.say(channel, "shout").await;
    let person = shout.author.unwrap().id;
    let post = async |path: String, fields: &[(&str, &str)]| {
        let key = key().to_string();
        let fields: Vec<(&str, &str)> = [("key", key.as_str())]
            .into_iter()
            .chain(fields.iter().copied())
            .collect();
        assert_eq!(root.form(&path, &fields).await.status(), 303, "{path}");
    };
    let about = shout.id.to_string();
    let report = [("message", about.as_str()), ("category", "spam")];
    post(routes::make_report(event), &report).await;
    let page = routes::moderate_person(event, person);
    let hold = [("kind", "hold"), ("length", "60"), ("reason", "shouting")];
    post(page.clone(), &hold).await;
    let waits = muted.say_with_key(channel, "shout", key()).await;
    assert_eq!(waits.status(), 202);
    let mute = [("kind", "mute"), ("length", "60"), ("reason", "shouting")];
    let page = routes::moderate_person(&routes::channel_ward(event, "lobby"), person);
    post(page.clone(), &mute).await;
    let id_after = |page: &str, before: &str| {
        let (_, rest) = page.split_once(before).expect(before);
        rest[..36].to_owned()
    };
    let queue = root.page(&routes::moderate(event)).await;
    let report = id_after(&queue, "/moderate/report/");
    let held = id_after(&queue, "/moderate/held/");
    let sanction = id_after(&root.page(&page).await, "/moderate/sanction/");
    (person.0, report, sanction, held)
}

/// Registers a place elsewhere.
async fn elsewhere(t: &TestServer, root: &Person, event: &str) -> Uuid {
    let fields = [
        ("key", key().to_string()),
        ("name", "Elsewhere".to_owned()),
        ("url", format!("https://{event}.example.org/")),
        ("run_by", "Somebody".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let answer = root.form(&routes::outside_rooms(event), &fields).await;
    assert_eq!(answer.status(), 303);
    let actor = t.actor_of(root).await;
    let listing = t.service().places(&actor, event).await.unwrap();
    listing.outside[0].id.0
}

/// The lobby of an event, and its sessions.
async fn objects(person: &Person, event: &str) -> (Uuid, Vec<Value>) {
    let json = async |path: String| -> Value { person.get(&path).await.json().await.unwrap() };
    let channels = json(routes::api_channels(event)).await;
    let lobby = channels["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["kind"] == "event")
        .unwrap()["id"]
        .clone();
    let schedule = json(routes::api_schedule(event)).await;
    (
        serde_json::from_value(lobby).unwrap(),
        schedule["sessions"].as_array().unwrap().clone(),
    )
}

/// A recording that is published, though its files are not there.
pub async fn publish(t: &TestServer, event: &str, code: &str) {
    let id = key();
    let id = if t.database_url().starts_with("sqlite") {
        format!("X'{}'", id.simple())
    } else {
        format!("'{id}'")
    };
    let insert = format!(
        "INSERT INTO recording (id, session, state, millis, cue_from, cue_to, changed) \
         SELECT {id}, s.id, 'published', 1000, 0, 1000, 0 FROM session s JOIN event e ON e.id = s.event \
         WHERE e.slug = '{event}' AND s.code = '{code}'"
    );
    execute(t.database_url(), &insert).await;
}

async fn walker(t: &TestServer, who: Who) -> Person {
    match who {
        Who::Visitor => t.visitor(),
        Who::Stranger => t.person("Stranger", Role::Visitor).await,
        Who::Holder(Role::Admin) => t.person("admin", Role::Admin).await,
        Who::Holder(role) => {
            t.person_at(role.word(), role, EVENT).await;
            t.person_at(role.word(), role, "closedival").await
        }
        Who::OfRoom => {
            let person = t.person("Roomer", Role::Visitor).await;
            for event in [EVENT, "closedival"] {
                let grant = GrantRole {
                    email: Email::parse("roomer@example.org").unwrap(),
                    role: Role::Producer,
                    event: Some(event.into()),
                    room: Some("main-hall".into()),
                };
                t.service()
                    .write(&Actor::operator(), None, grant)
                    .await
                    .unwrap();
            }
            person
        }
    }
}

/// Two events by the same people: what is of one is not there under the other.
#[rstest]
#[tokio::test]
async fn another_events_objects_are_not_found_under_this_events_address(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let operator = Actor::operator();
    let other = programme("otherival", 10).replace("Side Room", "Back Room");
    t.service()
        .import_schedule(&operator, "otherival", None, Source::Bytes(other.into()))
        .await
        .unwrap();
    let root = t.person("Root", Role::Admin).await;
    let (channel, sessions) = objects(&root, "otherival").await;
    let code = sessions[0]["code"].as_str().unwrap();
    let message = root.say(channel, "of the other event").await;
    let speakers = root.page("/otherival/speaker/").await;
    let speaker = codes(&speakers, "/otherival/speaker/").remove(0);
    assert_eq!(
        root.get(&routes::speaker("otherival", &speaker))
            .await
            .status(),
        200
    );

    let talk_channel = format!("talk-{}", code.to_lowercase());
    for path in [
        routes::talk(EVENT, code),
        routes::talk_ics(EVENT, code),
        routes::speaker(EVENT, &speaker),
        routes::stage(EVENT, "back-room"),
        routes::desk(EVENT, "back-room"),
        routes::channel(EVENT, &talk_channel),
        routes::recording(EVENT, code),
        routes::stage_playlist(EVENT, "back-room"),
        routes::api_stage(EVENT, "back-room"),
    ] {
        let ours = path.replace(EVENT, "otherival");
        assert_eq!(root.get(&path).await.status(), 404, "{path}");
        if !ours.starts_with("/hls/") {
            assert_eq!(root.get(&ours).await.status(), 200, "{ours}");
        }
    }
    let before = dump(t.database_url()).await;
    for (path, fields) in [
        (routes::desk_cue(EVENT, "main-hall", code, "start"), vec![]),
        (routes::desk_key(EVENT, "back-room"), vec![("sure", "yes")]),
        (
            routes::channel_messages(EVENT, &talk_channel),
            vec![("body", "hello")],
        ),
        (
            routes::message_reactions(EVENT, "lobby", message.id),
            vec![("emoji", "🎉"), ("action", "add")],
        ),
        (
            routes::message_reactions("otherival", &talk_channel, message.id),
            vec![("emoji", "🎉"), ("action", "add")],
        ),
    ] {
        let key = key().to_string();
        let fields: Vec<(&str, &str)> = fields.into_iter().chain([("key", key.as_str())]).collect();
        assert_eq!(root.form(&path, &fields).await.status(), 404, "{path}");
    }
    // Nothing of it was written, not even an answer to a key.
    assert_eq!(dump(t.database_url()).await, before);

    // Lists hold what is of their event alone.
    for path in [
        routes::schedule(EVENT),
        routes::speakers(EVENT),
        routes::channels(EVENT),
        routes::api_schedule(EVENT),
    ] {
        let page = root.page(&path).await;
        assert!(
            !page.contains(code) && !page.contains("otherival/"),
            "{path}"
        );
    }
    t.stop().await;
}

/// Codes that follow a path on a page.
pub fn codes(page: &str, path: &str) -> Vec<String> {
    let mut codes: Vec<String> = page
        .split(path)
        .skip(1)
        .filter_map(|rest| rest.split_once('/'))
        .map(|(code, _)| code.to_owned())
        .filter(|code| !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric()))
        .collect();
    codes.dedup();
    codes
}

#[rstest]
#[tokio::test]
async fn a_room_producer_runs_no_session_of_another_room(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::start(kind).await;
    let (_, sessions) = objects(&t.visitor(), EVENT).await;
    let elsewhere = sessions
        .iter()
        .find(|session| session["room"] == "side-room")
        .unwrap();
    let code = elsewhere["code"].as_str().unwrap();
    let producer = t.person("Roomer", Role::Visitor).await;
    let grant = GrantRole {
        email: Email::parse("roomer@example.org").unwrap(),
        role: Role::Producer,
        event: Some(EVENT.into()),
        room: Some("main-hall".into()),
    };
    t.service()
        .write(&Actor::operator(), None, grant)
        .await
        .unwrap();
    let before = dump(t.database_url()).await;
    for action in ["start", "end"] {
        let path = routes::desk_cue(EVENT, "main-hall", code, action);
        assert_eq!(
            producer
                .form(&path, &[("key", &key().to_string())])
                .await
                .status(),
            403,
            "{path}"
        );
    }
    assert_eq!(dump(t.database_url()).await, before);
    t.stop().await;
}

/// Every unsafe route, in the name of an admin who is signed in in a browser.
#[rstest]
#[tokio::test]
async fn another_sites_page_changes_nothing(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::empty(kind).await;
    let place = place(&t, EVENT, 0, true, true).await;
    let cookie = browser(&t, &format!("root-{EVENT}@example.org")).await;
    let before = dump(t.database_url()).await;
    let mut tried = 0;
    for route in table().into_iter().filter(|route| route.method != "GET") {
        let path = fill(&route, &place, &place.rooms[0], "");
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:1"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("x-nothing", "said"),
        ] {
            let mut request = with_body(&t.visitor(), &route, &path, &place)
                .build()
                .unwrap();
            request.headers_mut().remove("origin");
            request.headers_mut().insert(name, value.parse().unwrap());
            request
                .headers_mut()
                .insert("cookie", cookie.parse().unwrap());
            let answer = t.visitor().http.execute(request).await.unwrap();
            assert_eq!(
                answer.status(),
                403,
                "{} {path} with {name}: {value}",
                route.method
            );
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(dump(t.database_url()).await, before);
    t.stop().await;
}

/// The cookie of a browser that used a link.
pub async fn browser(t: &TestServer, email: &str) -> String {
    let link = t
        .service()
        .make_link(&Actor::operator(), Email::parse(email).unwrap())
        .await
        .unwrap();
    let (_, token) = link.split_once("token=").unwrap();
    let answer = t
        .visitor()
        .form("/account/sign-in/confirm", &[("token", token)])
        .await;
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn nobody_ends_another_persons_sign_in(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let t = TestServer::start(kind).await;
    let alice = t.person("Alice", Role::Admin).await;
    t.person("Bob", Role::Attendee).await;
    let of_bob = browser(&t, "bob@example.org").await;
    let account = async |cookie: &str| {
        let answer = t
            .visitor()
            .request(Method::GET, "/account/")
            .header("cookie", cookie)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = account(&of_bob).await;
    assert_eq!(status, 200);
    let ids: Vec<&str> = page
        .split("name=\"sign_in\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(!ids.is_empty(), "{page}");
    let before = dump(t.database_url()).await;
    for id in ids {
        alice.form("/account/sign-out", &[("sign_in", id)]).await;
    }
    assert_eq!(dump(t.database_url()).await["sign_in"], before["sign_in"]);
    assert_eq!(account(&of_bob).await.0, 200);
    t.stop().await;
}

/// What trust.md asks of a first start: nobody gets in without having been let.
#[rstest]
#[tokio::test]
async fn a_new_installation_has_no_way_in_but_by_the_operator(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let t = TestServer::empty(kind).await;
    assert!(t.service().needs_admin().await.unwrap());
    let stranger = t.person("Stranger", Role::Visitor).await;
    for path in ["/organise/new", "/testival/organise/"] {
        let refused = stranger.get(path).await.status().as_u16();
        assert!(matches!(refused, 403 | 404), "{path}: {refused}");
    }
    let create = CreateUser {
        email: Email::parse("mallory@example.org").unwrap(),
        name: hallway_model::people::DisplayName::parse("Mallory").unwrap(),
    };
    assert!(
        t.service()
            .write(&Actor::visitor(), None, create)
            .await
            .is_err()
    );
    assert!(t.service().needs_admin().await.unwrap());
    t.stop().await;
}

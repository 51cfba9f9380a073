//! Who is who across readings of the same source: sessions by guid, else by
//! the source and id; speakers by guid or code, else by id *and* name, since
//! ids of merged sources collide. What has no guid gets one that the same
//! source leads to again (UUID version 5, RFC 9562 §5.5).

use std::collections::{HashMap, HashSet};

use hallway_model::ids::Code;
use hallway_model::programme::{Identity, ProgrammeSpeaker};
use uuid::Uuid;

use super::{Fields, Notes, short, some};
use crate::drafts::{PersonDraft, SessionDraft};

pub(super) struct SessionIdentities {
    namespace: Uuid,
    /// How often each was seen.
    ids: HashMap<String, usize>,
    guids: HashMap<Uuid, usize>,
    codes: HashSet<Code>,
}

impl SessionIdentities {
    pub fn new(namespace: Uuid) -> Self {
        Self {
            namespace,
            ids: HashMap::new(),
            guids: HashMap::new(),
            codes: HashSet::new(),
        }
    }

    pub fn read(
        &mut self,
        draft: &SessionDraft,
        place: &str,
        room: Option<&str>,
        notes: &mut Notes,
    ) -> Identity {
        let id = some(draft.id.clone()).map(|id| {
            let seen = self.ids.entry(id.clone()).or_default();
            *seen += 1;
            if *seen == 1 {
                return id;
            }
            notes.add(
                place,
                format!("the id occurs again; kept as {}#{seen}", short(&id)),
            );
            format!("{id}#{seen}")
        });
        let code = match draft.code.parse::<Code>() {
            Ok(code) if self.codes.insert(code.clone()) => Some(code),
            Ok(code) => {
                notes.add(
                    place,
                    format!("the code {code} occurs again and was left out"),
                );
                None
            }
            Err(_) if draft.code.is_empty() => None,
            Err(_) => {
                notes.add(
                    place,
                    format!("code `{}` is not six of 0-9 and A-Z", short(&draft.code)),
                );
                None
            }
        };
        let stated = Uuid::parse_str(&draft.guid)
            .ok()
            .filter(|guid| !guid.is_nil());
        if stated.is_none() && !draft.guid.is_empty() {
            notes.add(
                place,
                format!("guid `{}` is not a UUID", short(&draft.guid)),
            );
        }
        let guid = stated.unwrap_or_else(|| {
            let name = match (&id, &code) {
                (Some(id), _) => format!("session/id/{id}"),
                (None, Some(code)) => format!("session/code/{code}"),
                // No name at all: what it is called, where and when, is the
                // best there is. Moving it makes it another session.
                (None, None) => {
                    let room = room.unwrap_or_default();
                    format!(
                        "session/{}\n{room}\n{}\n{}\n{}",
                        draft.title, draft.day, draft.date, draft.start
                    )
                }
            };
            Uuid::new_v5(&self.namespace, name.as_bytes())
        });
        let seen = self.guids.entry(guid).or_default();
        *seen += 1;
        let guid = if *seen == 1 {
            guid
        } else {
            if stated.is_some() {
                notes.add(
                    place,
                    format!("the guid {guid} occurs again; kept as a session of its own"),
                );
            }
            Uuid::new_v5(&guid, format!("#{seen}").as_bytes())
        };
        Identity {
            guid: Some(guid),
            id,
            code,
        }
    }
}

/// Speakers in order of appearance, each once.
pub(super) struct Speakers {
    namespace: Uuid,
    pub list: Vec<ProgrammeSpeaker>,
    by_key: HashMap<Key, usize>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Guid(Uuid),
    Code(String),
    IdAndName(String, String),
    Name(String),
}

impl Key {
    /// The name a guid is derived from.
    fn seed(&self) -> String {
        match self {
            Self::Guid(guid) => guid.to_string(),
            Self::Code(code) => format!("speaker/code/{code}"),
            Self::IdAndName(id, name) => format!("speaker/id/{id}\n{name}"),
            Self::Name(name) => format!("speaker/name/{name}"),
        }
    }
}

impl Speakers {
    pub fn new(namespace: Uuid) -> Self {
        Self {
            namespace,
            list: Vec::new(),
            by_key: HashMap::new(),
        }
    }

    /// The speakers of one session, in its order, each once.
    pub fn read(
        &mut self,
        persons: &[PersonDraft],
        base_url: Option<&str>,
        place: &str,
        notes: &mut Notes,
    ) -> Vec<usize> {
        let mut indexes = Vec::with_capacity(persons.len());
        let mut taken = HashSet::with_capacity(persons.len());
        for person in persons {
            if person.name.is_empty() {
                notes.add(place, "a speaker without a name was left out");
                continue;
            }
            let index = self.index(person);
            let speaker = &mut self.list[index];
            if speaker.biography.is_none() {
                speaker.biography = some(person.biography.clone());
            }
            if speaker.avatar.is_none() {
                speaker.avatar = Fields {
                    base_url,
                    place,
                    notes: &mut *notes,
                }
                .address("avatar", &person.avatar);
            }
            if taken.insert(index) {
                indexes.push(index);
            }
        }
        indexes
    }

    fn index(&mut self, person: &PersonDraft) -> usize {
        let guid = Uuid::parse_str(&person.guid)
            .ok()
            .filter(|guid| !guid.is_nil());
        let key = match guid {
            Some(guid) => Key::Guid(guid),
            None if !person.code.is_empty() => Key::Code(person.code.clone()),
            None if !person.id.is_empty() => Key::IdAndName(person.id.clone(), person.name.clone()),
            None => Key::Name(person.name.clone()),
        };
        let guid = guid.unwrap_or_else(|| Uuid::new_v5(&self.namespace, key.seed().as_bytes()));
        *self.by_key.entry(key).or_insert_with(|| {
            self.list.push(ProgrammeSpeaker {
                identity: Identity {
                    guid: Some(guid),
                    id: some(person.id.clone()),
                    code: person.code.parse().ok(),
                },
                name: person.name.clone(),
                biography: None,
                avatar: None,
            });
            self.list.len() - 1
        })
    }
}

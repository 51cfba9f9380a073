//! Who is in a channel, as far as they want it known.

use hallway_model::ids::PersonId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// A page of those who are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PeopleHere {
    /// How many are there, named or not.
    #[ts(type = "number")]
    pub count: i64,
    /// Those who want to be named.
    pub people: Vec<PersonHere>,
    /// Whether another page follows.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct PersonHere {
    #[ts(type = "string")]
    #[schema(value_type = uuid::Uuid)]
    pub id: PersonId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pronouns: Option<String>,
    /// Open to talk at the moment.
    pub open_to_talk: bool,
}

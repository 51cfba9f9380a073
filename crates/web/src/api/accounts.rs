//! Who the reader is signed in as.

use hallway_model::people::Language;
use hallway_protocol::Kind;
use hallway_protocol::sign_ins::Account;

use super::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// The account of the cookie or token sent.
#[utoipa::path(
    get,
    path = "/api/v1/account",
    operation_id = "find_account",
    tag = "accounts",
    responses((status = 200, body = Account)),
    security(("cookie" = []), ("bearer" = [])),
)]
pub(crate) async fn find(call: Call) -> Result<Answer<Account>, Failure> {
    let person = call.signed_in.ok_or(Kind::SignInNeeded)?.person;
    Ok(Answer(Account {
        id: person.id.0,
        name: person.name.as_str().to_owned(),
        email: person.email.map(|email| email.as_str().to_owned()),
        pronouns: person.pronouns,
        zone: person.zone.map(|zone| zone.name().to_owned()),
        language: person.language.map(Language::code).map(str::to_owned),
    }))
}

//! Who it is that comes in. A hall comes in at once, each with a token of their
//! own: those of the same moment are looked up in one look at the database.

use std::mem::take;
use std::sync::{Mutex, PoisonError};

use hallway_model::access::Actor;
use hallway_model::ids::{PersonId, SignInId};
use hallway_model::people::Person;
use hallway_model::secrets::Secret;
use hallway_model::time::{Span, Timestamp};
use hallway_store::holdings::Holdings;
use hallway_store::sign_ins::{self as store, Shown, SignIn};
use hallway_store::{Conn, holdings};
use tokio::sync::oneshot;

use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::memory::AsOf;
use crate::sign_ins::SIGN_IN_LIFE;
use crate::{Service, secrets};

/// Tokens of one look at the most.
const TOGETHER: usize = 200;

/// A sign-in's last-seen time is written at most this often.
const TOUCH_EVERY: Span = Span::hours(1);

/// Somebody signed in, with all they hold.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub actor: Actor,
    pub person: Person,
    pub sign_in: SignIn,
    pub as_of: AsOf,
}

/// Tokens that wait for the next look, by hash, and whom to tell.
#[derive(Default)]
pub(crate) struct Arriving(Mutex<Vec<(String, Told)>>);

type Told = oneshot::Sender<Result<Option<Shown>, Error>>;

impl Arriving {
    /// Whether this is the first: it is its turn to see that they are looked up.
    fn add(&self, hash: String, told: Told) -> bool {
        let mut arriving = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arriving.push((hash, told));
        arriving.len() == 1
    }

    fn take(&self) -> Vec<(String, Told)> {
        take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Service {
    /// Who a session cookie or API token stands for; none where it does not.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, Error> {
        let Some(secret) = Secret::presented(token) else {
            return Ok(None);
        };
        let hash = secrets::hash(&secret);
        let known = || self.0.memory.sign_ins.get(&hash, self.moment());
        if let Some(known) = known() {
            return Ok(Some(known));
        }
        match self.look_up(hash.clone()).await {
            Err(Error::Unavailable(why)) => known().map(Some).ok_or(Error::Unavailable(why)),
            found => found,
        }
    }

    async fn look_up(&self, hash: String) -> Result<Option<SignedIn>, Error> {
        let (now, moment) = (self.now(), self.moment());
        let Some(shown) = self.find_with_others(hash.clone()).await? else {
            return Ok(None);
        };
        let shown = SignedIn {
            actor: actor_of(&shown.sign_in, shown.held),
            person: shown.person,
            sign_in: shown.sign_in,
            as_of: moment.as_of(),
        };
        if now - shown.sign_in.seen > TOUCH_EVERY {
            let touch = TouchSignIn {
                id: shown.sign_in.id,
                goes_on: shown.sign_in.kind == "browser",
            };
            match self.write(&shown.actor, None, touch).await {
                // Whoever only reads is not kept from it; it is noted next time.
                Ok(_) | Err(Error::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        } else {
            let sign_ins = &self.0.memory.sign_ins;
            sign_ins.keep(hash, moment, shown.clone());
        }
        Ok(Some(shown))
    }

    async fn find_with_others(&self, hash: String) -> Result<Option<Shown>, Error> {
        let (told, found) = oneshot::channel();
        if self.0.arriving.add(hash, told) {
            // Of its own, since whoever came first may leave before the others.
            let service = self.clone();
            tokio::spawn(async move {
                // All whose turn came at this moment have their word first.
                tokio::task::yield_now().await;
                service.find_arriving().await;
            });
        }
        let unheard = |_| Error::Unavailable("nobody looked".to_owned());
        found.await.map_err(unheard)?
    }

    async fn find_arriving(&self) {
        let mut arriving = self.0.arriving.take();
        while !arriving.is_empty() {
            let rest = arriving.split_off(arriving.len().min(TOGETHER));
            let hashes: Vec<String> = arriving.iter().map(|(hash, _)| hash.clone()).collect();
            let found = self.while_it_answers(async {
                let mut conn = self.read().await?;
                Ok(store::find(&mut conn, &hashes, self.now()).await?)
            });
            let found = found.await;
            for (hash, told) in arriving {
                let answer = match &found {
                    Ok(found) => Ok(found.get(&hash).cloned()),
                    Err(Error::Unavailable(why)) => Err(Error::Unavailable(why.clone())),
                    Err(error) => Err(Error::Internal(error.to_string())),
                };
                // Who has left need not hear it.
                let _ = told.send(answer);
            }
            arriving = rest;
        }
    }

    /// What somebody holds now who showed a sign-in before; none where it has
    /// ended since.
    pub async fn actor_again(&self, sign_in: SignInId) -> Result<Option<Actor>, Error> {
        let now = self.now();
        let shown = store::find_again(&mut self.read().await?, sign_in, now).await?;
        Ok(shown.map(|shown| actor_of(&shown.sign_in, shown.held)))
    }

    /// Whether all that this process has learnt of changes since leaves it as it
    /// was.
    pub fn still_holds(&self, as_of: AsOf) -> bool {
        self.moment().as_of() == as_of
    }
}

fn actor_of(sign_in: &SignIn, held: Holdings) -> Actor {
    Actor {
        // A token is for what it was made for, whatever else changes.
        narrowing: sign_in.narrowing.clone(),
        ..holder(sign_in.person, held)
    }
}

fn holder(person: PersonId, held: Holdings) -> Actor {
    Actor {
        person: Some(person),
        grants: held.grants,
        registered: held.registered,
        sanctions: held.sanctions,
        narrowing: None,
    }
}

/// A person with what they hold now.
pub(crate) async fn actor(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<Actor, Error> {
    Ok(holder(person, holdings::find(conn, person, now).await?))
}

#[derive(Clone, Debug)]
struct TouchSignIn {
    id: SignInId,
    /// A browser stays signed in for as long as it is used; a token ends when
    /// it was meant to.
    goes_on: bool,
}

impl Command for TouchSignIn {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        let now = ctx.now();
        if self.goes_on {
            store::touch(ctx.conn, self.id, now, now + SIGN_IN_LIFE).await?;
        } else {
            store::see(ctx.conn, self.id, now).await?;
        }
        Ok(())
    }
}

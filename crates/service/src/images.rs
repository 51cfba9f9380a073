//! Pictures in messages: sent first, then said with a message. What comes is
//! read and written anew away from the async threads, a few at a time; its
//! pixels are blobs in two sizes. Whoever may read the message may see them.

mod codecs;

use bytes::Bytes;
use hallway_blob::{BlobError, Key};
use hallway_model::access::{Action, Actor};
use hallway_model::ids::{ChannelId, HeldId, ImageId, MessageId, PersonId};
use hallway_model::images::{self as rules, Coding, ImageError, MAX_IMAGES, Size};
use hallway_model::time::Span;
use hallway_protocol::images::{AttachImage, Image};
use hallway_protocol::routes;
use hallway_store::Conn;
use hallway_store::images::{self as store, StoredImage};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;

use crate::Service;
use crate::access::{access_channel, access_image, access_message};
use crate::command::{Command, Ctx};
use crate::error::Error;
use crate::jobs::JobError;
use crate::screening;
use codecs::Pictured;

/// Kind of the job that takes blobs away.
pub(crate) const FORGET: &str = "image-forget";
/// How long a picture waits to be said with a message.
pub(crate) const KEEP_UNPOSTED: Span = Span::days(1);
/// Pictures whose blobs one job takes away.
const FORGOTTEN_AT_ONCE: usize = 200;

/// Pictures are read in memory that is shared out in pieces of 4 MB.
const PIECE: u64 = 4_000_000;
const PIECES: u32 = (codecs::MOST_READ / PIECE) as u32;
/// What a small one takes, so that no more than four are read at once.
const LEAST: u32 = PIECES / 4;
/// Pictures that may wait for their turn; whoever comes then is asked to come
/// back.
const WAITING: usize = 32;

/// Where pictures are read.
pub(crate) struct Workshop {
    memory: Semaphore,
    waiting: Semaphore,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        Self {
            memory: Semaphore::new(PIECES as usize),
            waiting: Semaphore::new(WAITING),
        }
    }

    async fn room(&self, pieces: u32) -> Result<SemaphorePermit<'_>, Error> {
        self.memory
            .acquire_many(pieces)
            .await
            .map_err(|e| Error::Internal(e.to_string()))
    }

    async fn picture(&self, file: Bytes) -> Result<Pictured, Error> {
        let _place = self.waiting.try_acquire().map_err(|_| {
            Error::Unavailable("many send pictures just now: try again in a moment".into())
        })?;
        let room = self.room(LEAST).await?;
        let header = file.clone();
        let bytes = away(move || codecs::measure(&header)).await?;
        // Given back first: two that want more must not wait for each other.
        drop(room);
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(PIECES);
        let _room = self.room(pieces.clamp(LEAST, PIECES)).await?;
        away(move || codecs::picture(&file)).await
    }
}

/// Work that takes its time, away from what answers people.
async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
) -> Result<T, Error> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(Error::Image),
        // A decoder that gave up on a file is about the file.
        Err(error) => {
            tracing::error!(%error, "a picture could not be read");
            Err(Error::Image(ImageError::Damaged))
        }
    }
}

/// A picture as it is kept in its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    id: ImageId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    alt: String,
    width: u32,
    height: u32,
}

impl Said {
    fn of(image: &StoredImage, alt: &str) -> Self {
        Self {
            id: image.id,
            alt: alt.to_owned(),
            width: image.width,
            height: image.height,
        }
    }

    fn shown(self) -> Image {
        Image {
            url: routes::image(self.id, Size::Large),
            thumbnail: routes::image(self.id, Size::Small),
            id: self.id,
            alt: self.alt,
            width: self.width,
            height: self.height,
        }
    }
}

/// The pictures that stand in a stored message.
pub fn shown(stored: Option<&str>) -> Result<Vec<Image>, Error> {
    let Some(text) = stored else {
        return Ok(vec![]);
    };
    let said: Vec<Said> = serde_json::from_str(text)
        .map_err(|e| Error::Internal(format!("a stored message's pictures: {e}")))?;
    Ok(said.into_iter().map(Said::shown).collect())
}

/// A message's words with what its pictures are said to show, for a copy that
/// stays when the pictures go.
pub(crate) fn quoted(words: String, stored: Option<&str>) -> Result<String, Error> {
    let pictures = shown(stored)?;
    let lines = pictures.iter().map(|image| format!("🖼️ {}", image.alt));
    let all: Vec<String> = std::iter::once(words)
        .filter(|words| !words.is_empty())
        .chain(lines)
        .collect();
    Ok(all.join("\n"))
}

/// What may go with one message, with descriptions as they are kept.
pub(crate) fn parse(images: &[AttachImage]) -> Result<Vec<AttachImage>, Error> {
    let twice = |n: usize| images[..n].iter().any(|other| other.id == images[n].id);
    if images.len() > MAX_IMAGES || (0..images.len()).any(twice) {
        return Err(Error::Image(ImageError::TooMany));
    }
    images
        .iter()
        .map(|image| {
            let alt = rules::alt(&image.alt).map_err(Error::Image)?;
            Ok(AttachImage { id: image.id, alt })
        })
        .collect()
}

/// The pictures that a person sent and wants to say now, if they are there.
pub(crate) async fn own(
    conn: &mut Conn,
    person: PersonId,
    images: &[AttachImage],
) -> Result<Vec<(StoredImage, String)>, Error> {
    let mut found = vec![];
    for image in images {
        let stored = store::find(conn, image.id)
            .await?
            .filter(|stored| stored.person == Some(person) && stored.message.is_none())
            .ok_or_else(gone)?;
        found.push((stored, image.alt.clone()));
    }
    Ok(found)
}

/// The same where none of them may wait with another message.
pub(crate) async fn own_free(
    conn: &mut Conn,
    person: PersonId,
    images: &[AttachImage],
) -> Result<(), Error> {
    let found = own(conn, person, images).await?;
    if found.iter().any(|(stored, _)| stored.held.is_some()) {
        return Err(gone());
    }
    Ok(())
}

fn gone() -> Error {
    Error::Image(ImageError::Gone)
}

/// What a message keeps of its pictures.
pub(crate) fn kept(images: &[(StoredImage, String)]) -> Result<Option<String>, Error> {
    if images.is_empty() {
        return Ok(None);
    }
    let said: Vec<Said> = images
        .iter()
        .map(|(image, alt)| Said::of(image, alt))
        .collect();
    crate::messages::json(&said).map(Some)
}

/// Puts pictures into the message that says them.
pub(crate) async fn post(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    message: MessageId,
    images: &[(StoredImage, String)],
) -> Result<(), Error> {
    for (image, _) in images {
        if !store::post(ctx.conn, image.id, person, message).await? {
            return Err(gone());
        }
    }
    Ok(())
}

/// Lets pictures wait with the message that says them.
pub(crate) async fn hold(
    ctx: &mut Ctx<'_>,
    person: PersonId,
    held: HeldId,
    images: &[AttachImage],
) -> Result<(), Error> {
    for image in images {
        if !store::hold(ctx.conn, image.id, person, held).await? {
            return Err(gone());
        }
    }
    Ok(())
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ForgetJob {
    images: Vec<ImageId>,
}

/// Rows of pictures are gone: their blobs go by a job.
pub(crate) async fn forget(ctx: &mut Ctx<'_>, images: Vec<ImageId>) -> Result<(), Error> {
    for some in images.chunks(FORGOTTEN_AT_ONCE) {
        let job = ForgetJob {
            images: some.to_vec(),
        };
        ctx.enqueue(FORGET, &job).await?;
    }
    Ok(())
}

/// The pictures of a message are gone with its words.
pub(crate) async fn forget_in(ctx: &mut Ctx<'_>, message: MessageId) -> Result<(), Error> {
    let images = store::delete_in(ctx.conn, message).await?;
    forget(ctx, images).await
}

/// Takes away what was never said and what nobody can bring back.
pub(crate) async fn sweep(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let before = ctx.now() - KEEP_UNPOSTED;
    let images = store::sweep(ctx.conn, before).await?;
    forget(ctx, images).await
}

/// Notes a picture before its blobs are written, so that none is ever without a
/// row that leads to it.
#[derive(Clone, Debug)]
struct KeepImage(StoredImage);

impl Command for KeepImage {
    type Answer = ();
    const WORDS_ALONE: bool = true;
    async fn run(self, ctx: &mut Ctx<'_>, _actor: &Actor) -> Result<(), Error> {
        Ok(store::insert(ctx.conn, &self.0).await?)
    }
}

/// Takes back a picture that was not said yet.
#[derive(Clone, Debug)]
pub struct RemoveImage {
    pub image: ImageId,
}

impl Command for RemoveImage {
    type Answer = ();
    const WORDS_ALONE: bool = true;

    async fn run(self, ctx: &mut Ctx<'_>, actor: &Actor) -> Result<(), Error> {
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        if store::delete_unposted(ctx.conn, self.image, person).await? {
            forget(ctx, vec![self.image]).await?;
        }
        Ok(())
    }
}

/// A picture's pixels on their way to a reader.
#[derive(Clone, Debug)]
pub struct Pixels {
    pub bytes: Bytes,
    pub coding: Coding,
    /// Whether everybody may see it, so that any cache may keep it.
    pub public: bool,
}

impl Service {
    /// Whether the actor may send pictures for messages of a channel; asked
    /// before a byte of one is read.
    pub async fn may_send_images(
        &self,
        actor: &Actor,
        channel: ChannelId,
    ) -> Result<PersonId, Error> {
        let mut conn = self.read().await?;
        let (event, channel) =
            access_channel(&mut conn, actor, channel, Action::PostMessage).await?;
        let person = actor.person.ok_or(Error::SignInNeeded)?;
        screening::ask_image(&mut conn, actor, &event, &channel, self.now()).await?;
        Ok(person)
    }

    /// Takes a picture in for a message that is being written.
    pub async fn send_image(
        &self,
        actor: &Actor,
        channel: ChannelId,
        file: Bytes,
    ) -> Result<Image, Error> {
        let person = self.may_send_images(actor, channel).await?;
        if file.len() > rules::MAX_BYTES {
            return Err(Error::Image(ImageError::TooHeavy));
        }
        self.limits().image(person, file.len())?;
        let Pictured { large, small } = self.0.workshop.picture(file).await?;
        let now = self.now();
        let image = StoredImage {
            id: self.random().id(now),
            person: Some(person),
            message: None,
            held: None,
            width: large.width,
            height: large.height,
            large: large.coding,
            small: small.coding,
            made: now,
        };
        self.write(&Actor::operator(), None, KeepImage(image.clone()))
            .await?;
        for (size, written) in [(Size::Large, large), (Size::Small, small)] {
            let key = blob(image.id, size)?;
            let put = self.0.blobs.put(&key, written.bytes.into()).await;
            put.map_err(|e| Error::Internal(e.to_string()))?;
        }
        Ok(Said::of(&image, "").shown())
    }

    /// The pixels of a picture, for whoever may read where it stands.
    pub async fn image(&self, actor: &Actor, id: ImageId, size: Size) -> Result<Pixels, Error> {
        let mut conn = self.read().await?;
        let image = access_image(&mut conn, actor, id).await?;
        let public = match image.message {
            Some(message) => {
                let visitor = Actor::visitor();
                access_message(&mut conn, &visitor, message, Action::ReadChat)
                    .await
                    .is_ok()
            }
            None => false,
        };
        drop(conn);
        Ok(Pixels {
            bytes: self.pixels(id, size).await?.ok_or(Error::NotFound)?,
            coding: image.coding(size),
            public,
        })
    }

    /// A picture's blob; none where it was taken away in the meantime.
    pub(crate) async fn pixels(&self, id: ImageId, size: Size) -> Result<Option<Bytes>, Error> {
        match self.0.blobs.get(&blob(id, size)?).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(BlobError::NotFound(_)) => Ok(None),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }

    pub(crate) async fn forget_images(&self, job: ForgetJob) -> Result<(), JobError> {
        for image in job.images {
            let deleted = self.0.blobs.delete(&folder(image)?).await;
            deleted.map_err(|e| JobError::Retry(e.to_string()))?;
        }
        Ok(())
    }
}

/// Name of a picture's file in an export.
pub(crate) fn file_name(image: &StoredImage) -> String {
    format!("images/{}.{}", image.id, image.large.ending())
}

fn folder(image: ImageId) -> Result<Key, Error> {
    Key::new(format!("images/{image}")).map_err(|e| Error::Internal(e.to_string()))
}

fn blob(image: ImageId, size: Size) -> Result<Key, Error> {
    folder(image)?
        .join(size.word())
        .map_err(|e| Error::Internal(e.to_string()))
}
